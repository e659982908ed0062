"""Writes an evidence bundle: `snapshots/<scenario-id>/<run-id>/`.

While a run goes on, files are only ever added: a writer refuses to overwrite. Sealing writes the manifests
last, so that a folder without them is plainly an unfinished one.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler import __version__
from crawler.errors import CaptureError, ConfigError
from crawler.lib.lock import hold_lock
from crawler.store import layout
from crawler.store import verify as verifier
from crawler.store.chain import Chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from crawler.model.evidence import RunRecord


def new_run_id() -> str:
    """Return a run id: UTC time to the second and eight random hex digits; sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def previous_run(root: Path, target: str, device: str, session_kind: str) -> str | None:
    """Return the id of the last sealed run before the one in `root` that saw the shop as it did.

    That is one of the same scenario, target and device, and as a guest or logged in (`session_kind`) like it.

    Held under a lock of the scenario's folder, so that two runs that end together see each other in order.
    """
    with hold_lock(root.parent / ".lock"):
        for folder in sorted(root.parent.iterdir(), reverse=True):
            if folder.name < root.name and layout.is_sealed(folder):
                run = _run_facts(folder / layout.RUN)
                facts = (run.get("target"), run.get("device"), run.get("session_kind", "guest"))
                if facts == (target, device, session_kind):
                    return folder.name
    return None


def _run_facts(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


class BundleWriter:
    """Adds files to a run folder and commits each to the chain. One process at a time may hold it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._chain = Chain(root)
        self._streams: dict[str, Any] = {}

    @classmethod
    def create(cls, snapshots: Path, scenario_id: str, run_id: str) -> BundleWriter:
        """Make the folder of a new run.

        Raises:
            ConfigError: the folder cannot be made, or is there already.
        """
        root = snapshots / scenario_id / run_id
        try:
            root.mkdir(parents=True, exist_ok=False)
            return cls(root)
        except OSError as error:
            raise ConfigError(
                f"The evidence folder {root} cannot be made: {error.strerror}.",
                hint="Choose a folder you can write to with --out.",
            ) from error

    @property
    def dropped_lines(self) -> int:
        """How many cut-off lines were found when the chain was opened."""
        return self._chain.dropped

    def add(self, path: str, data: bytes, **facts: Any) -> str:
        """Write a new file, synced to disk, commit it to the chain and return its SHA-256.

        Args:
            path: Path inside the bundle, such as `data/stages/03-cart/viewport.png`.
            data: The whole content.
            facts: What the chain line should say beside path, hash and size (kind, visit, page).

        Raises:
            CaptureError: the file is there already, or the disk does not take it.
        """
        if not layout.is_evidence(path):
            raise CaptureError(f"{path!r} is no path for evidence.")
        try:
            self._write(path, data)
            digest = hashlib.sha256(data).hexdigest()
            self._chain.append(path, digest, len(data), **facts)
        except OSError as error:
            raise _disk_error(self.root / path, error) from error
        return digest

    def add_json(self, path: str, record: BaseModel, **facts: Any) -> tuple[str, int]:
        """Write a record as JSON and return its SHA-256 and size in bytes."""
        data = record.model_dump_json(indent=1).encode()
        return self.add(path, data, **facts), len(data)

    def add_blob(self, data: bytes) -> str:
        """Keep a body once, under its own SHA-256, and return that."""
        digest = hashlib.sha256(data).hexdigest()
        path = layout.blob(digest)
        if not (self.root / path).exists():
            self.add(path, data, kind="blob")
        return digest

    def append(self, stream: str, record: BaseModel) -> None:
        """Append one record as a line to a stream (one of `layout.STREAMS`) and flush it."""
        try:
            if stream not in self._streams:
                (self.root / stream).parent.mkdir(parents=True, exist_ok=True)
                self._streams[stream] = (self.root / stream).open("ab")
            self._streams[stream].write(record.model_dump_json().encode() + b"\n")
            self._streams[stream].flush()
        except OSError as error:
            raise _disk_error(self.root / stream, error) from error

    def commit_streams(self, visit: int) -> None:
        """Commit the present length and prefix hash of every stream to the chain."""
        for stream in layout.STREAMS:
            if (self.root / stream).exists():
                data = (self.root / stream).read_bytes()
                self._chain.append(
                    stream, hashlib.sha256(data).hexdigest(), len(data), kind="stream", visit=visit
                )

    def close(self) -> None:
        """Close all files. The folder stays unsealed."""
        for stream in self._streams.values():
            stream.close()
        self._streams.clear()
        self._chain.close()

    def seal(self, run: RunRecord) -> None:
        """Write `run.json`, the streams' final hashes and the manifests: from here on nothing may change.

        Raises:
            CaptureError: the disk does not take it; the folder stays unsealed.
        """
        try:
            self._commit_rest()
            self._chained_tags()
            self.add_json(layout.RUN, run, kind="run")
            self.close()
            self._bag_info(run)
            self._manifest(layout.MANIFEST, sorted(self._payload()))
            self._manifest(layout.TAG_MANIFEST, sorted(layout.TAG_FILES))
        except OSError as error:
            raise _disk_error(self.root, error) from error

    def _commit_rest(self) -> None:
        """Commit files that are not in the chain yet: final streams, and what a kill left half-committed."""
        for stream in self._streams.values():
            stream.close()
        self._streams.clear()
        committed = self._chain.committed()
        for path in sorted(self._payload()):
            if path != layout.CHAIN and path not in committed:
                data = (self.root / path).read_bytes()
                kind = "final" if path in layout.STREAMS else "uncommitted"
                self._chain.append(path, hashlib.sha256(data).hexdigest(), len(data), kind=kind)

    def _payload(self) -> Iterator[str]:
        """Yield the paths of all files that the seal covers; links are no evidence."""
        for path in (self.root / layout.PAYLOAD).rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(self.root).as_posix()

    def _write(self, path: str, data: bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def _chained_tags(self) -> None:
        """Write the tag files that are the same for every run, and commit them to the chain like evidence."""
        tags = {
            "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "verify.py": Path(verifier.__file__).read_bytes(),
        }
        for name, data in tags.items():
            self._write(name, data)
            digest = hashlib.sha256(data).hexdigest()
            self._chain.append(name, digest, len(data), kind="tag", tool=f"Pantau {__version__}")

    def _bag_info(self, run: RunRecord) -> None:
        said = {"tool": f"Pantau {__version__}", "head": self._chain.head, "sealed": self._chain.time}
        sizes = [(self.root / path).stat().st_size for path in self._payload()]
        fields = verifier.bag_info(run.model_dump(mode="json"), said, sizes)
        self._write(layout.BAG_INFO, verifier.bag_text(fields).encode())

    def _manifest(self, name: str, paths: list[str]) -> None:
        lines = [f"{hashlib.sha256((self.root / path).read_bytes()).hexdigest()}  {path}\n" for path in paths]
        unfinished = self.root / f".{name}.unfinished"
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self.root / name)


def _disk_error(path: Path, error: OSError) -> CaptureError:
    return CaptureError(
        f"{path} cannot be written: {error.strerror or error}.",
        hint="Free some space or choose another folder with --out; what was captured is kept, unsealed.",
    )
