"""Reads a sealed evidence bundle and answers what is asked of it: artifacts, records, streams, bodies."""

from __future__ import annotations

import hashlib
import io
import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from crawler.errors import ArtifactMissing, BundleCorrupt, SchemaTooNew
from crawler.model.evidence import (
    SCHEMA_VERSION,
    Change,
    ProxiedConnection,
    Refusal,
    Request,
    Response,
    RunRecord,
)
from crawler.store import layout
from crawler.store import verify as verifier

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crawler.model.evidence import Body

MAX_JSON_BYTES = 256 * 2**20
STREAMED: dict[str, type[BaseModel]] = {
    layout.REQUESTS: Request,
    layout.RESPONSES: Response,
    layout.REFUSALS: Refusal,
    layout.CHANGES: Change,
    layout.PROXY: ProxiedConnection,
}

ModelT = TypeVar("ModelT", bound=BaseModel)
ResultT = TypeVar("ResultT")


class Reader(Protocol):
    """How a JSON document becomes a record; raises ValueError or RecursionError where it is none."""

    def __call__(self, kind: type[ModelT], data: bytes, /) -> ModelT:
        """Return the record."""


def read_whole(kind: type[ModelT], data: bytes) -> ModelT:
    """Return a JSON document as a record with all that its model can do."""
    return kind.model_validate_json(data)


class Bundle:
    """A sealed bundle, read only. Every file is checked against the manifest as it is read.

    Streams are read once and remembered, since judging, every report and the index ask for them.

    Args:
        root: The folder.
        reader: How records are read; `bare.read_bare` where nobody needs more than their fields.
    """

    def __init__(self, root: Path, reader: Reader = read_whole) -> None:
        self.root = root
        self._reader = reader
        problems = verifier.verify(str(root))
        if problems:
            raise BundleCorrupt(
                f"The bundle {root} fails verification: {problems[0]}"
                + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""),
                hint=f"Run: pantau verify {root}",
            )
        manifest = (root / layout.MANIFEST).read_bytes()
        self.seal = hashlib.sha256(manifest).hexdigest()
        """SHA-256 of the manifest: names the whole payload."""
        try:
            self._hashes = verifier.entries(layout.MANIFEST, io.BytesIO(manifest))
        except verifier.Problem as error:  # it was whole a moment ago
            raise BundleCorrupt(f"The bundle {root} changed while it was read: {error}.") from error
        self._streams: dict[str, tuple[tuple[Any, ...], int]] = {}
        self._made: dict[Callable[..., Any], Any] = {}
        self.run = self._run()

    def __getstate__(self) -> dict[str, Any]:
        """Leave what can be read again at home: a bundle is sent to the processes that read its pictures."""
        return {**self.__dict__, "_streams": {}, "_made": {}}

    def once(self, make: Callable[[Bundle], ResultT]) -> ResultT:
        """Return what a function makes of this bundle: made at the first call, then remembered with it."""
        if make not in self._made:
            self._made[make] = make(self)
        made: ResultT = self._made[make]
        return made

    def paths(self) -> tuple[str, ...]:
        """Return the paths of all files of the payload."""
        return tuple(self._hashes)

    def holds(self, path: str) -> bool:
        """Say whether the seal covers a file of this path."""
        return path in self._hashes

    def sha256(self, path: str) -> str:
        """Return the sealed SHA-256 of a file."""
        try:
            return self._hashes[path]
        except KeyError:
            raise ArtifactMissing(f"The bundle {self.root} has no {path}.") from None

    def read(self, path: str) -> bytes:
        """Return the bytes of a file, checked against its sealed hash."""
        expected = self.sha256(path)
        with open(f"{self.root}/{path}", "rb", buffering=0) as file:  # noqa: PTH123 - a path is made for every file of every bundle
            if os.fstat(file.fileno()).st_size > MAX_JSON_BYTES:
                raise BundleCorrupt(f"{path} in {self.root} is larger than {MAX_JSON_BYTES} bytes.")
            data = file.readall()
        if hashlib.sha256(data).hexdigest() != expected:
            raise BundleCorrupt(f"{path} in {self.root} changed while it was read.")
        return data

    def record(self, path: str, kind: type[ModelT]) -> ModelT:
        """Return a JSON artifact as its record.

        Raises:
            ArtifactMissing: there is no such file.
            BundleCorrupt: the file holds no such record.
        """
        return self._as_record(path, self.read(path), kind, self._reader)

    def records(self, path: str, kind: type[ModelT]) -> tuple[ModelT, ...]:
        """Return a JSON artifact that is a list of records.

        Raises:
            ArtifactMissing: there is no such file.
            BundleCorrupt: the file holds no list of such records.
        """
        try:
            return _list_of(kind).validate_json(self.read(path))
        except (ValueError, RecursionError) as error:
            raise self._no_record(path, f"a list of {kind.__name__}", _reason(error)) from error

    def blob(self, sha256: str) -> bytes:
        """Return a body by the SHA-256 of what was kept of it.

        Raises:
            ArtifactMissing: the bundle does not hold it.
        """
        return self.read(layout.blob(sha256))

    def body(self, body: Body) -> bytes | None:
        """Return what was kept of a body; None where nothing was, or the bundle does not hold it."""
        kept = body.sha256_stored
        return self.blob(kept) if kept and self.holds(layout.blob(kept)) else None

    def requests(self) -> tuple[Request, ...]:
        """Return the requests in the order they were seen; each has an id of its own."""
        return self._stream(layout.REQUESTS)[0]

    def responses(self) -> dict[str, Response]:
        """Return how requests ended, by request id."""
        return {response.id: response for response in self._stream(layout.RESPONSES)[0]}

    def proxied_connections(self) -> tuple[ProxiedConnection, ...] | None:
        """Return what the browser asked the checking proxy for, None where the run had none."""
        return self._stream(layout.PROXY)[0] if self.holds(layout.PROXY) else None

    def unreadable_lines(self) -> dict[str, int]:
        """Return how many lines of each stream could not be read, by its path."""
        return {path: self._stream(path)[1] for path in STREAMED}

    def _stream(self, path: str) -> tuple[tuple[Any, ...], int]:
        """Return the records of a stream and how many lines are none: cut off by a kill, broken, or twice."""
        if path not in self._streams:
            self._streams[path] = self._lines(self.read(path) if self.holds(path) else b"", STREAMED[path])
        return self._streams[path]

    def _run(self) -> RunRecord:
        data = self.read(layout.RUN)
        version = self._schema_version(data)
        if version > SCHEMA_VERSION:
            raise SchemaTooNew(
                f"{self.root} has schema version {version}; this Pantau reads up to {SCHEMA_VERSION}.",
                hint="Judge it with a newer Pantau.",
            )
        return self._as_record(layout.RUN, data, RunRecord, read_whole)

    def _schema_version(self, data: bytes) -> int:
        """Return the schema version, looked at before anything else of the record is."""
        try:
            content = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self._no_record(layout.RUN, "a RunRecord", _reason(error)) from error
        version = content.get("schema_version") if isinstance(content, dict) else None
        if type(version) is not int or version < 1:  # a bool is an int too
            raise self._no_record(
                layout.RUN, "a RunRecord", "there is no schema version, a whole number from 1"
            )
        return version

    def _as_record(self, path: str, data: bytes, kind: type[ModelT], reader: Reader) -> ModelT:
        try:
            return reader(kind, data)
        except (ValueError, RecursionError) as error:
            raise self._no_record(path, f"a {kind.__name__}", _reason(error)) from error

    def _lines(self, data: bytes, kind: type[ModelT]) -> tuple[tuple[ModelT, ...], int]:
        """Return the record of each line, and how many lines are none or have the id of an earlier one."""
        found: list[ModelT] = []
        told: set[str] = set()
        lost = 0
        for line in filter(None, data.split(b"\n")):
            try:
                record = self._reader(kind, line)
            except (ValueError, RecursionError):  # pydantic's error is one of the former
                lost += 1
                continue
            ident = getattr(record, "id", None)
            if ident in told:
                lost += 1
                continue
            if ident is not None:
                told.add(ident)
            found.append(record)
        return tuple(found), lost

    def _no_record(self, path: str, wanted: str, why: str) -> BundleCorrupt:
        return BundleCorrupt(f"{path} in {self.root} is not {wanted}: {why}")


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return type(error).__name__


@cache
def _list_of(kind: type[ModelT]) -> TypeAdapter[tuple[ModelT, ...]]:
    return TypeAdapter(tuple[kind, ...])  # type: ignore[valid-type]  # mypy - it knows no type that is made at run time
