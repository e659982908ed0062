"""Keeps what is brought from laptops: verified first, and only then among the bundles.

    uploads/<id>/upload.zip    as it came; of one that was accepted it is taken away again
    uploads/<id>/bundle/       where it is unpacked and verified; gone afterwards
    uploads/<id>/upload.json   what became of it

What fails stays in quarantine, with the reason; no part of the desk reads from here.
"""

from __future__ import annotations

import errno
import re
import shutil
import time
from typing import TYPE_CHECKING, NamedTuple

from pydantic import TypeAdapter, ValidationError

from crawler.errors import EvidenceError
from crawler.lib.clock import stamp
from crawler.model.finding import Message
from crawler.model.night import BundleName
from crawler.model.upload import Upload
from crawler.store.bundle import Bundle
from crawler.store.nights import read_record, write_once
from crawler.store.unpacking import SPARE_BYTES, UnfitZip, unpack_bundle
from crawler.store.verify import verify
from crawler.store.writer import new_run_id

if TYPE_CHECKING:
    from pathlib import Path

PACKED, UNPACKED, RECORD = "upload.zip", "bundle", "upload.json"
LEFT_BEHIND_S = 86_400  # bringing one takes an hour at most
_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}\Z")
_NAME: TypeAdapter[str] = TypeAdapter(BundleName)


class Arrival(NamedTuple):
    """A file that has come: its id, the name it came under, who sent it, its size and SHA-256."""

    id: str
    name: str
    by: str
    bytes: int
    sha256: str


class Uploads:
    """What was brought to one desk.

    Args:
        folder: Where it is kept; on the disk of the bundles.
        snapshots: The folder of the bundles.
    """

    def __init__(self, folder: Path, snapshots: Path) -> None:
        self._folder, self._snapshots = folder, snapshots

    def has_room(self, size_bytes: int) -> bool:
        """Say whether the disk takes a file of that size, and what lies in it, and keeps some space."""
        return shutil.disk_usage(self._snapshots).free > 2 * size_bytes + SPARE_BYTES

    def place(self) -> tuple[str, Path]:
        """Make the place of a new one; return its id and the file to write to, which is not there yet.

        Raises:
            OSError: the disk does not take it.
        """
        self._sweep()
        upload_id = new_run_id()
        (self._folder / upload_id).mkdir(parents=True)
        return upload_id, self._folder / upload_id / PACKED

    def discard(self, upload_id: str) -> None:
        """Take away the place of one that did not come to its end."""
        if _ID.match(upload_id):
            shutil.rmtree(self._folder / upload_id, ignore_errors=True)

    def _sweep(self) -> None:
        """Take away the places of those that a killed desk never came to record."""
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            is_left = _ID.match(path.name) and not (path / RECORD).exists()
            if is_left and time.time() - path.stat().st_mtime > LEFT_BEHIND_S:
                shutil.rmtree(path, ignore_errors=True)

    def all(self, *, newest: int) -> list[Upload]:
        """Return what was brought, newest first.

        Raises:
            NightUnreadable: a record cannot be read.
        """
        if not self._folder.is_dir():
            return []
        names = sorted((path.name for path in self._folder.iterdir() if _ID.match(path.name)), reverse=True)
        found = (read_record(self._folder / name / RECORD, Upload) for name in names[:newest])
        return [each for each in found if each is not None]

    def take_in(self, arrival: Arrival) -> Upload:
        """Verify what has come and put it among the bundles, or keep it in quarantine; return its record.

        Raises:
            OSError, NightUnwritable: the disk does not take it.
        """
        folder = self._folder / arrival.id
        facts = {
            "id": arrival.id,
            "name": arrival.name,
            "by": arrival.by,
            "at": stamp(),
            "bytes": arrival.bytes,
            "sha256": arrival.sha256,
        }
        try:
            upload = Upload.model_validate(facts | self._judged(folder))
        except UnfitZip as reason:
            why = Message(id=reason.message_id, params=reason.params)
            upload = Upload.model_validate(facts | {"state": "quarantined", "why": why})
        finally:
            shutil.rmtree(folder / UNPACKED, ignore_errors=True)
        write_once(folder / RECORD, upload)
        if upload.state != "quarantined":
            (folder / PACKED).unlink()
        return upload

    def _judged(self, folder: Path) -> dict[str, object]:
        """Unpack, verify and place what has come.

        Raises:
            UnfitZip: it is not fit to be listed.
        """
        root = folder / UNPACKED
        unpacked = unpack_bundle(folder / PACKED, root)
        problems = verify(str(root))
        if problems:
            raise UnfitZip("desk.upload.why.seal", n=len(problems), problem=problems[0][:300])
        name, seal = _known(root)
        target = self._snapshots / name
        placed = {"bundle": name, "left_out": unpacked.left_out}
        if not target.is_symlink() and not target.exists() and _move(root, target):
            return placed | {"state": "accepted"}
        if _seal_of(target) != seal:
            raise UnfitZip("desk.upload.why.other", bundle=name)
        return placed | {"state": "present"}


def _known(root: Path) -> tuple[str, str]:
    """Return the name that a bundle belongs under, by its own record, and its seal."""
    try:
        bundle = Bundle(root)
    except EvidenceError as error:
        raise UnfitZip("desk.upload.why.record", problem=error.message[:300]) from error
    try:
        name = _NAME.validate_python(f"{bundle.run.scenario.id}/{bundle.run.run_id}")
    except ValidationError:
        raise UnfitZip("desk.upload.why.run-name") from None
    return name, bundle.seal


def _seal_of(root: Path) -> str:
    """Return the seal of a bundle that lies there already; empty where it is none that can be read."""
    try:
        return Bundle(root).seal
    except (EvidenceError, OSError):
        return ""


def _move(root: Path, target: Path) -> bool:
    """Give a verified bundle its place in one step, and say whether it was free; what lies there stays."""
    parent = target.parent
    if parent.is_symlink():
        raise UnfitZip("desk.upload.why.run-name")
    parent.mkdir(exist_ok=True)
    try:
        root.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False  # the same or another was brought at the same moment
        raise
    return True
