"""ZIP files of bundles, good ones and ones that were made to harm."""

from __future__ import annotations

import stat
import struct
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LINK = (stat.S_IFLNK | 0o777) << 16


def zip_of(root: Path, to: Path, *, prefix: str | None = None, extra=(), leave_out=()) -> Path:
    """Pack a bundle; `extra` are (name or ZipInfo, bytes) beside it, `leave_out` what is not packed."""
    folder = f"{root.parent.name}/{root.name}/" if prefix is None else prefix
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and name not in leave_out:
                archive.write(path, folder + name)
        for name, data in extra:
            archive.writestr(name, data)
    return to


def entry(name: str, *, attributes: int = 0) -> zipfile.ZipInfo:
    """Return an entry whose name stays as it is given, whatever it is."""
    made = zipfile.ZipInfo("x")
    made.filename = made.orig_filename = name
    made.external_attr = attributes
    return made


def altered(path: Path, old: bytes, new: bytes) -> Path:
    """Replace bytes of a file by as many others, each place."""
    assert len(old) == len(new)
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    return path


def flagged_as_encrypted(path: Path) -> Path:
    """Say of the first entry, in both of its headers, that it is encrypted."""
    data = bytearray(path.read_bytes())
    data[6] |= 1
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)
    return path


def with_directory_of(path: Path, entries: int, length: int) -> Path:
    """Say of a file that its list of entries is as long as given."""
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x05\x06")
    data[at + 10 : at + 16] = struct.pack("<HI", entries, length)
    path.write_bytes(data)
    return path
