"""An append-only record: JSON lines, each with the SHA-256 of the line before it.

What people and nights decide (notices, deletions) is kept so: nothing is changed or taken out, and whoever
tries breaks the chain at a line that is named.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import stat
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from crawler.errors import JournalBroken, JournalUnwritable
from crawler.lib.clock import stamp
from crawler.store.verify import FIRST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

MAX_BYTES = 256 * 2**20
_CLOCK_TICK_NS = 20_000_000  # file times move in steps: 4 ms as most kernels are built, 10 ms at the most
_OWN = ("seq", "time", "prev")


class _Followed(NamedTuple):
    """How far a file was followed: what the system says of it, how many lines, the hash of the last."""

    facts: tuple[int, int, int, int]
    lines: int
    head: str


class Journal:
    """Reads and appends to one file of lines. Any number of processes may append; they take turns.

    Who appends follows the chain from its first line, unless nobody else wrote to the file since this object
    did: a long record takes a line as fast as a short one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last: _Followed | None = None

    def entries(self) -> tuple[dict[str, Any], ...]:
        """Return all whole lines in order; none where there is no file.

        Each has what was appended, and `seq` from 1, `time` (UTC) and `prev`. A last line that a kill cut off
        is passed over: nothing was told of it.

        Raises:
            JournalBroken: the chain is broken; the message names the line.
            JournalUnwritable: the file cannot be read.
        """
        return self._followed(self._whole())[0]

    def append(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Append a line, synced to disk, and return it.

        Raises:
            JournalBroken: the chain is broken; nothing is appended to a record that somebody changed.
            JournalUnwritable: the disk does not take it; the record is as it was.
        """
        with self.turn() as write:
            return write(facts)

    @contextmanager
    def turn(self) -> Iterator[Callable[[Mapping[str, Any]], dict[str, Any]]]:
        """Hold the record alone and yield what appends to it, so that what is read before still holds.

        Raises:
            JournalBroken: as for `append`.
            JournalUnwritable: as for `append`.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = _open_to_append(self.path)
        except OSError as error:
            raise _unwritten(self.path, error) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield lambda facts: self._append(file, facts)
        finally:
            os.close(file)

    def _append(self, file: int, facts: Mapping[str, Any]) -> dict[str, Any]:
        try:
            facts_now = _facts_of(file)
            last = self._last
            if last is None or last.facts != facts_now or _is_fresh(facts_now):
                last = self._follow(file)
            entry = {"seq": last.lines + 1, "time": stamp(), **facts, "prev": last.head}
            line = json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode()
            self._last = None  # until the line is written whole
            _write_all(file, line + b"\n", os.fstat(file).st_size)
            self._last = _Followed(_facts_of(file), last.lines + 1, hashlib.sha256(line).hexdigest())
        except OSError as error:
            raise _unwritten(self.path, error) from error
        return entry

    def _follow(self, file: int) -> _Followed:
        """Follow the whole chain, and drop a last line that was cut off."""
        whole = self._whole()
        entries, head = self._followed(whole)
        if os.fstat(file).st_size != len(whole):
            from crawler import logs  # noqa: PLC0415 - structlog takes long to load, and this is rare

            logs.get("journal").warning("a line that was cut off is dropped", path=str(self.path))
            os.ftruncate(file, len(whole))
        return _Followed(_facts_of(file), len(entries), head)

    def _whole(self) -> bytes:
        """Return the file up to the end of its last whole line."""
        try:
            with os.fdopen(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
                _check_plain(file.fileno())
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise JournalUnwritable(f"{self.path} cannot be read: {error.strerror or error}.") from error
        if len(data) > MAX_BYTES:
            raise JournalBroken(f"{self.path} is larger than {MAX_BYTES} bytes.")
        return data[: data.rfind(b"\n") + 1]

    def _followed(self, whole: bytes) -> tuple[tuple[dict[str, Any], ...], str]:
        """Return the entries and the hash of the last line."""
        head, entries = FIRST, []
        for number, line in enumerate(whole.splitlines(), 1):
            entry = _entry(line)
            if entry is None or entry.get("seq") != number or entry.get("prev") != head:
                raise JournalBroken(
                    f"{self.path} is broken at line {number}: it was changed, or a line before it is gone.",
                    hint="Put back a copy of the file; nothing is appended to it as it is.",
                )
            entries.append(entry)
            head = hashlib.sha256(line).hexdigest()
        return tuple(entries), head


def facts(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was appended, without what the record itself added."""
    return {name: value for name, value in entry.items() if name not in _OWN}


def _facts_of(file: int) -> tuple[int, int, int, int]:
    """Return what changes when somebody writes to a file, or puts another in its place."""
    facts = os.fstat(file)
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns


def _is_fresh(facts_now: tuple[int, int, int, int]) -> bool:
    """Say whether a file was written so lately that its time need not tell one writing from the next."""
    return time.time_ns() - facts_now[3] < _CLOCK_TICK_NS


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _open_to_append(path: Path) -> int:
    """Open a plain file, made if there is none; a new one's name is on the disk before a line is."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
    try:
        _check_plain(file)
        if not os.fstat(file).st_size:
            folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError:
        os.close(file)
        raise
    return file


def _check_plain(file: int) -> None:
    """Raise an `OSError` for a pipe or a device, which would be waited for."""
    if not stat.S_ISREG(os.fstat(file).st_mode):
        raise OSError(errno.EINVAL, "it is no plain file")


def _write_all(file: int, line: bytes, start: int) -> None:
    """Write a line whole and synced, or not at all."""
    if start + len(line) > MAX_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    try:
        done = 0
        while done < len(line):
            done += os.pwrite(file, line[done:], start + done)
        os.fsync(file)
    except OSError:
        os.ftruncate(file, start)
        raise


def _unwritten(path: Path, error: OSError) -> JournalUnwritable:
    return JournalUnwritable(
        f"{path} cannot be written: {error.strerror or error}.",
        hint="Free some space, or make it a plain file you can write to; nothing in it was changed.",
    )
