"""Writes a file beside the sealed evidence: whole or not at all, and never through a link.

A bundle may come from anywhere. Its folders are opened as what they are, so that a link in their place leads
nothing out of the bundle.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import uuid4

from crawler.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def keep(root: Path, folder: str, name: str, data: bytes) -> Path:
    """Write `<folder>/<name>` below a bundle's root in one step and return its path.

    Raises:
        ReportError: the folder is a link or no folder, or the file cannot be written; an earlier file stays.
    """
    return keep_written(root, folder, name, lambda file: _write(file, data))


def keep_written(root: Path, folder: str, name: str, write: Callable[[BinaryIO], None]) -> Path:
    """Write a file as `keep` does, by something that writes it piece by piece.

    Raises:
        ReportError: as for `keep`.
    """
    target = root / folder / name
    if not name or name.startswith(".") or "/" in name or "\0" in name:
        raise ReportError(f"{name!r} is no name for a file in {root / folder}.")
    try:
        (root / folder).mkdir(exist_ok=True)
        opened = os.open(root / folder, _FOLDER)
        try:
            _replace(opened, name, write)
        finally:
            os.close(opened)
    except OSError as error:
        raise ReportError(
            f"{target} cannot be written: {error.strerror or error}.",
            hint="Free some space, or make it a plain folder you can write to; the evidence is untouched.",
        ) from error
    return target


def _write(file: BinaryIO, data: bytes) -> None:
    file.write(data)


def _replace(folder: int, name: str, write: Callable[[BinaryIO], None]) -> None:
    """Write a file into an open folder under another name, then give it its own."""
    unfinished = f".{uuid4().hex}.unfinished"
    try:
        with os.fdopen(os.open(unfinished, _NEW_FILE, 0o644, dir_fd=folder), "wb") as file:
            write(file)
        os.replace(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        _remove(unfinished, folder)
        raise


def _remove(name: str, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
