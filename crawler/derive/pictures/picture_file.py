"""The frames of a picture file that a person hands in, decoded in a bounded process.

A file may be a pipe, a device, a bomb, or break its decoder: it then ends that process, is told with its
reason, and the other files are looked at.
"""

from __future__ import annotations

import json
import os
import select
import stat
import subprocess
import sys
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from crawler.derive.pictures import decoder
from crawler.errors import BadPicture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]

MAX_BYTES = 200_000_000
WALL_S = 120  # without a byte from the decoder
MAX_LINE = 4_096
HINT = "Give a picture: PNG, JPEG, WebP, GIF, TIFF, BMP, AVIF or HEIC."


class Frames:
    """Iterates over the frames of a picture file; `end` is None until the file was read to its end.

    Raises:
        BadPicture: nothing of the file can be looked at; the message says why.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.end: decoder.End | None = None

    def __iter__(self) -> Iterator[tuple[decoder.Head, Pixels]]:
        """Yield each frame with its RGB pixels as a viewer shows them, `(height, width, 3)`.

        The decoder waits meanwhile, so that one frame is in memory at a time.
        """
        file = _opened(self.path)
        try:
            child = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
                [sys.executable, "-I", "-m", decoder.__name__],
                stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        finally:
            os.close(file)
        try:
            yield from self._told(_Pipe(child.stdout))
        finally:
            child.kill()
            child.wait()
            if child.stdout:
                child.stdout.close()

    def _told(self, pipe: _Pipe) -> Iterator[tuple[decoder.Head, Pixels]]:
        seen: set[int] = set()
        while self.end is None:
            try:
                told = json.loads(pipe.line())
                if "why" in told:
                    self.end = decoder.End(**told)
                    break
                head = decoder.Head(**told)
                pixels = np.frombuffer(pipe.exactly(head.width * head.height * 3), np.uint8)
            except (EOFError, ValueError, TypeError):
                self.end = decoder.End(len(seen) or 1, len(seen), "its decoder broke or took too much")
                break
            yield head, pixels.reshape(head.height, head.width, 3)
            seen.add(head.frame)
        if not self.end.written:
            raise BadPicture(f"{self.path}: {self.end.why}.", hint=HINT)


class _Pipe:
    """Reads what a process writes, and does not wait for ever."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        if stream is None:
            raise EOFError
        self._fd = stream.fileno()

    def line(self) -> bytes:
        """Return one line, byte by byte: what follows it belongs to a frame."""
        line = bytearray()
        while not line.endswith(b"\n"):
            if len(line) > MAX_LINE:
                raise ValueError("line too long")
            line += self._some(1)
        return bytes(line)

    def exactly(self, size: int) -> bytearray:
        """Return so many bytes."""
        data = bytearray(size)
        view, at = memoryview(data), 0
        while at < size:
            part = self._some(min(size - at, 1 << 20))
            view[at : at + len(part)] = part
            at += len(part)
        return data

    def _some(self, most: int) -> bytes:
        ready, _, _ = select.select([self._fd], [], [], WALL_S)
        part = os.read(self._fd, most) if ready else b""
        if not part:
            raise EOFError
        return part


def _opened(path: Path) -> int:
    """Return a descriptor of a plain file; nothing else is waited for or read.

    Raises:
        BadPicture: it is not there, no plain file, empty or too large.
    """
    try:
        why = _no_picture(path.stat())  # before it is opened: opening a device may do something
        file = -1 if why else os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:  # a name with NUL is the latter
        why = getattr(error, "strerror", None) or "it has no name that can be opened"
        raise BadPicture(f"{path}: {why}.", hint="Name a picture file that you may read.") from error
    why = why or _no_picture(os.fstat(file))  # it may have been exchanged in between
    if why:
        if file >= 0:
            os.close(file)
        raise BadPicture(f"{path}: {why}.", hint=HINT)
    return file


def _no_picture(found: os.stat_result) -> str:
    if stat.S_ISDIR(found.st_mode):
        return "it is a folder; name the pictures in it"
    if not stat.S_ISREG(found.st_mode):
        return "it is no plain file but a pipe, socket or device, and is not read"
    if not found.st_size:
        return "it is empty"
    return f"it is too large to read: more than {MAX_BYTES // 10**6} MB" if found.st_size > MAX_BYTES else ""
