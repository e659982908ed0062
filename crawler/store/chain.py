"""The hash chain of a bundle: one line for each artifact, written at the moment of capture."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from crawler.lib.clock import stamp
from crawler.store.verify import CHAIN, FIRST

if TYPE_CHECKING:
    from pathlib import Path


class Chain:
    """Appends to `data/chain.jsonl`, each line with the hash of the one before it, synced to disk.

    Opening an existing chain goes on where it ended. A last line that was cut off by a kill is dropped from
    the file and counted in `dropped`, since no artifact can have been committed by it. `head` is the hash of
    the last line and `time` when it was written, if it was written by this object.
    """

    def __init__(self, root: Path) -> None:
        self._path = root / CHAIN
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self.head, self.seq, self.dropped = self._resume()
        self.time = ""
        self._file = self._path.open("ab")

    def append(self, path: str, sha256: str, size_bytes: int, **facts: Any) -> None:
        """Commit a file by its path inside the bundle, hash and size; `facts` say more."""
        self.time = stamp()
        entry = {
            "seq": self.seq + 1,
            "time": self.time,
            "path": path,
            "sha256": sha256,
            "bytes": size_bytes,
            **facts,
            "prev": self.head,
        }
        line = json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode()
        self._file.write(line + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.head, self.seq = hashlib.sha256(line).hexdigest(), self.seq + 1

    def committed(self) -> frozenset[str]:
        """Return the paths that whole-file lines of the chain name."""
        entries = (json.loads(line) for line in self._path.read_bytes().splitlines())
        return frozenset(entry["path"] for entry in entries if entry.get("kind") != "stream")

    def close(self) -> None:
        """Close the file; the chain can be opened again."""
        self._file.close()

    def _resume(self) -> tuple[str, int, int]:
        if not self._path.exists():
            return FIRST, 0, 0
        data = self._path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if whole != data:
            os.truncate(self._path, len(whole))
        lines = whole.splitlines()
        head = hashlib.sha256(lines[-1]).hexdigest() if lines else FIRST
        return head, len(lines), int(whole != data)
