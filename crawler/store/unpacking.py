"""Unpacks a bundle from a ZIP that may have been made to harm: what does not fit is refused, not repaired.

Only what the seal covers is taken, and signatures of it. Findings, reports and decisions that came along are
somebody's word about the evidence; they are left out and counted. Nothing of the file is run, no entry leads
out of the folder, and what is written is counted as it comes, whatever the file says of its own sizes.
"""

from __future__ import annotations

import io
import shutil
import stat
import struct
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from crawler.store.verify import MAX_PATH_CHARS, OUTSIDE_FILES, PAYLOAD_PATH, TAG_FILES

if TYPE_CHECKING:
    from pathlib import Path

TAG_MANIFEST = "tagmanifest-sha256.txt"
MAX_ENTRIES = 100_000  # a journey leaves some two thousand files
MAX_DIRECTORY_BYTES = 32 * 2**20  # of the file's own list of entries
MAX_FILE_BYTES = 2 * 2**30
MAX_ALL_BYTES = 8 * 2**30
MAX_RATIO = 1_100  # deflate packs no more than 1,032 to 1
SPARE_BYTES = 2 * 2**30  # that stay free on the disk
_BLOCK_BYTES = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_LARGE = 0xFFFF_FFFF
_TAIL_BYTES = 22 + 0xFFFF + 20


class UnfitZip(Exception):
    """A file is refused: the sentence `message_id` says why, with `params`."""

    def __init__(self, message_id: str, **params: Any) -> None:
        super().__init__(message_id)
        self.message_id, self.params = message_id, params


class Unpacked(NamedTuple):
    """What was taken: how many files and bytes, and how many entries were left out."""

    files: int
    bytes: int
    left_out: int


def unpack_bundle(packed: Path, into: Path) -> Unpacked:
    """Unpack the one bundle of a ZIP into a new folder.

    Args:
        packed: The file.
        into: The folder; made here, and not taken away where unpacking fails.

    Raises:
        UnfitZip: it is no such file, or something of it is not as it should be.
        OSError: the disk does not take it.
    """
    try:
        with packed.open("rb") as file:
            _check_directory(file)
            with zipfile.ZipFile(file) as archive:
                return _unpack(archive, into)
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, ValueError) as error:
        raise UnfitZip("desk.upload.why.broken", problem=str(error)[:200]) from error


def _check_directory(file: IO[bytes]) -> None:
    """Refuse a list of entries that would not fit into memory, before it is read."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise UnfitZip("desk.upload.why.no-zip")
    entries, length = struct.unpack("<HI", tail[at + 10 : at + 16])
    locator = tail[max(0, at - 20) : at]
    if locator.startswith(_LOCATOR_64):
        file.seek(struct.unpack("<Q", locator[8:16])[0])
        record = file.read(56)
        if not record.startswith(_END_64):
            raise UnfitZip("desk.upload.why.broken", problem="ZIP64")
        entries, length = struct.unpack("<QQ", record[32:48])
    elif length == _LARGE:
        raise UnfitZip("desk.upload.why.broken", problem="ZIP64")
    if length > MAX_DIRECTORY_BYTES or entries > MAX_ENTRIES:
        raise UnfitZip("desk.upload.why.too-many", most=MAX_ENTRIES)
    file.seek(0)


def _unpack(archive: zipfile.ZipFile, into: Path) -> Unpacked:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise UnfitZip("desk.upload.why.too-many", most=MAX_ENTRIES)
    _check_entries(entries)
    prefix = _prefix([entry.filename for entry in entries])
    files = [entry for entry in entries if not entry.is_dir()]
    taken = [entry for entry in files if _is_taken(entry.filename, prefix)]
    said = sum(entry.file_size for entry in taken)
    if said > MAX_ALL_BYTES:
        raise UnfitZip("desk.upload.why.too-large", most=MAX_ALL_BYTES)
    into.mkdir()
    if shutil.disk_usage(into).free < said + SPARE_BYTES:
        raise UnfitZip("desk.upload.why.disk", needed=said)
    written = 0
    for entry in taken:
        written += _write(archive, entry, into / entry.filename.removeprefix(prefix), MAX_ALL_BYTES - written)
    return Unpacked(len(taken), written, len(files) - len(taken))


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse names that lead elsewhere or stand twice, links, what is encrypted or packed too tightly."""
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename
        parts = name.rstrip("/").split("/")
        leads_out = "\\" in name or ":" in parts[0] or any(part in ("", ".", "..") for part in parts)
        if leads_out or not name.isprintable() or len(name) > MAX_PATH_CHARS:
            raise UnfitZip("desk.upload.why.name", name=name[:200])
        folded = name.rstrip("/").casefold()
        if folded in seen:
            raise UnfitZip("desk.upload.why.twice", name=name[:200])
        seen.add(folded)
        mode = entry.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise UnfitZip("desk.upload.why.link", name=name[:200])
        if entry.flag_bits & _ENCRYPTED:
            raise UnfitZip("desk.upload.why.encrypted", name=name[:200])
        if entry.compress_type not in _METHODS:
            raise UnfitZip("desk.upload.why.method", name=name[:200])
        if entry.file_size > MAX_FILE_BYTES or entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise UnfitZip("desk.upload.why.bomb", name=name[:200])
    _check_folders([entry.orig_filename.casefold() for entry in entries if not entry.is_dir()])


def _check_folders(files: list[str]) -> None:
    """Refuse a file that is the folder of another."""
    known = set(files)
    for name in files:
        folder = name
        while folder := folder.rpartition("/")[0]:
            if folder in known:
                raise UnfitZip("desk.upload.why.twice", name=folder[:200])


def _prefix(names: list[str]) -> str:
    """Return the folder of the one bundle, with its slash; empty where the file is the bundle itself."""
    found = [name for name in names if name.rpartition("/")[2] == TAG_MANIFEST]
    if not found:
        raise UnfitZip("desk.upload.why.no-bundle")
    if len(found) > 1:
        raise UnfitZip("desk.upload.why.several")
    return found[0].removesuffix(TAG_MANIFEST)


def _is_taken(name: str, prefix: str) -> bool:
    if not name.startswith(prefix):
        return False
    path = name.removeprefix(prefix)
    tag = path in (*TAG_FILES, TAG_MANIFEST) or OUTSIDE_FILES.match(path) is not None
    return tag or PAYLOAD_PATH.match(path) is not None


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, most_bytes: int) -> int:
    """Write one entry, counted as it comes, and return its size; its check sum has to fit its bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    limit, written = min(entry.file_size, most_bytes), 0
    with archive.open(entry) as source, target.open("xb") as file:
        while block := source.read(_BLOCK_BYTES):
            written += len(block)
            if written > limit:
                raise UnfitZip("desk.upload.why.bomb", name=entry.filename[:200])
            file.write(block)
    if written != entry.file_size:
        raise UnfitZip("desk.upload.why.broken", problem=entry.filename[:200])
    return written
