"""The custody log: what everybody did at the desk, one line each, hash-chained and only ever appended to.

It is a row of files, `custody-0001.jsonl` and on: when one is full, the next begins with the hash of the
last line before, so that the chain goes through all of them.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from crawler.errors import JournalBroken, JournalUnwritable
from crawler.lib.lock import hold_lock
from crawler.store.journal import Journal
from crawler.store.verify import FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_FILE_BYTES = 2 * 2**20  # followed whole where two lines come in one tick of the clock: some 25 ms
_GOES_ON = "goes-on"
_LOCK = ".custody.lock"


class Custody:
    """Appends to and reads the custody log of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._journal: Journal | None = None

    def note(self, who: str, action: str, about: str = "", **facts: Any) -> None:
        """Append that somebody did something, or is about to.

        Args:
            who: The person's name; empty where nobody had come in.
            action: What was done, such as `log-in` or `decision.confirm`.
            about: What it was done to, such as the name of a run.
            facts: What more there is to say; JSON values.

        Raises:
            JournalBroken: somebody changed the log; nothing is appended to it.
            JournalUnwritable: the disk does not take it. What was to be done must not be done then.
        """
        with self._turn():
            self._current().append({"who": who, "action": action, "about": about, **facts})

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield all lines in order, the whole chain followed.

        Raises:
            JournalBroken: somebody changed the log, or a file of it is gone; the message names the place.
            JournalUnwritable: it cannot be read.
        """
        head = ""
        for number, path in enumerate(self._files(), 1):
            found = Journal(path).entries()
            if path != self._file(number) or (number > 1 and (not found or found[0].get("about") != head)):
                raise JournalBroken(
                    f"{path} does not go on where the custody log before it ended.",
                    hint="Put back a copy of the folder's files.",
                )
            yield from (entry for entry in found if entry.get("action") != _GOES_ON)
            head = _last_hash(path)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the log alone, so that nobody appends to a file after the next one began."""
        with ExitStack() as held:
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                held.enter_context(hold_lock(self.folder / _LOCK))
            except OSError as error:
                raise JournalUnwritable(
                    f"{self.folder} cannot be written: {error.strerror or error}.",
                    hint="Free some space, or make it a folder you can write to.",
                ) from error
            yield

    def _current(self) -> Journal:
        """Return the file that takes the next line; a full one is followed by a new one."""
        files = self._files() or [self._file(1)]
        if self._journal is None or self._journal.path != files[-1]:
            self._journal = Journal(files[-1])
        if _size(files[-1]) >= MAX_FILE_BYTES:
            self._journal = self._following(len(files) + 1, _last_hash(files[-1]))
        return self._journal

    def _following(self, number: int, head: str) -> Journal:
        journal = Journal(self._file(number))
        journal.append({"who": "", "action": _GOES_ON, "about": head})
        return journal

    def _file(self, number: int) -> Path:
        return self.folder / f"custody-{number:04d}.jsonl"

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("custody-*.jsonl"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _last_hash(path: Path) -> str:
    """Return the hash of the last whole line of a file."""
    lines = path.read_bytes().rpartition(b"\n")[0].splitlines()
    return hashlib.sha256(lines[-1]).hexdigest() if lines else FIRST
