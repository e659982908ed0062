"""What is derived from a bundle, kept beside it under `derived/`, outside the seal.

A result is filed under the hash of its inputs, the reader's name and its version. The folder travels with the
bundle and anybody can write to it, so each entry bears a keyed hash that only this machine can make: one that
was damaged, edited or made elsewhere is seen and made again. The folder may be deleted at any time, and where
it cannot be written, or the machine has no key, the result is just not kept.

It stands beside its bundle and goes with it: what was read of a shop must not outlive evidence that was
pruned. It is packed: a ledger is a tenth of its size then, and a night keeps one for every journey. What
depends only on content, such as the words in one picture, is shared between bundles in one bounded table of
the user's cache, marked the same way.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import zlib
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from crawler import __version__
from crawler.derive.key import machine_key
from crawler.store import layout
from crawler.store.result_table import result_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.store.bundle import Bundle
    from crawler.store.result_table import ResultTable

_PACKED = ".json.z"  # of an entry in a bundle
_CODE = (".py", ".toml", ".csv")
ResultT = TypeVar("ResultT", bound=BaseModel)


def cached(
    bundle: Bundle,
    reader: str,
    inputs: dict[str, str],
    kind: type[ResultT],
    make: Callable[[], ResultT],
    *,
    most: int | None = None,
) -> ResultT:
    """Return a derived result from the cache, or make it and keep it.

    Args:
        bundle: Whose `derived` folder to use.
        reader: Name of the reader, such as `ocr`; the folder its entries are filed in.
        inputs: Everything that the result depends on: artifact hashes, versions, options.
        kind: Record of the result.
        make: Computes the result; what it raises is raised.
        most: How many results of the reader stay in the bundle's folder; all unless given. See `keep`.
    """
    found = find_kept(bundle, reader, inputs, kind)
    if found is not None:
        return found
    result = make()
    keep_result(bundle, reader, inputs, result, most=most)
    return result


def find_kept(bundle: Bundle, reader: str, inputs: dict[str, str], kind: type[ResultT]) -> ResultT | None:
    """Return what this machine derived from a bundle before; None if nothing. See `cached`."""
    secret = machine_key()
    return _read_entry(_kept_path(bundle, reader, inputs), kind, secret) if secret else None


def is_kept(bundle: Bundle, reader: str, inputs: dict[str, str]) -> bool:
    """Say whether something is filed for these inputs; whether it is good shows when it is read."""
    return _kept_path(bundle, reader, inputs).is_file()


def keep_result(
    bundle: Bundle, reader: str, inputs: dict[str, str], result: BaseModel, *, most: int | None = None
) -> None:
    """Keep a derived result for `kept`.

    Args:
        bundle: Whose `derived` folder to use.
        reader: Name of the reader.
        inputs: Everything that the result depends on.
        result: The result.
        most: How many results of the reader stay, the newest; all unless given. What depends on Pantau's own
            code is made again with every change of it, and what older code made is of no use to anybody.
    """
    secret = machine_key()
    if secret:
        place = _kept_path(bundle, reader, inputs)
        _write_entry(place, result, secret)
        if most is not None:
            _keep_newest(place.parent, most)


def _keep_newest(folder: Path, most: int) -> None:
    """Remove all entries of a folder but the newest; one that another process removed is gone."""
    with suppress(OSError):
        entries = sorted(folder.glob("*.json*"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for old in entries[most:]:
            old.unlink()


@lru_cache(maxsize=16)
def code_sha256(*folders: str) -> str:
    """Return a hash of Pantau's code and data in some of its folders: what other code made is made again.

    Args:
        folders: Folders of the package, such as `derive/network`; what they import is to be named too.
    """
    package = Path(__file__).parents[1]
    digest = hashlib.sha256(__version__.encode())
    for folder in folders:
        for path in sorted(path for path in (package / folder).rglob("*") if path.suffix in _CODE):
            name = path.relative_to(package).as_posix()
            digest.update(f"{name}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def find_shared(reader: str, inputs: dict[str, str], kind: type[ResultT]) -> ResultT | None:
    """Return what this machine derived from the same content before, for whatever bundle; None if nothing.

    Args:
        reader: Name of the reader.
        inputs: Everything that the result depends on: hash of the content, versions, options.
        kind: Record of the result.
    """
    secret = machine_key()
    name = _shared_name(reader, inputs)
    entry = _shared_table().get(name) if secret else None
    body = _checked_body(entry, name, secret) if entry is not None and secret else None
    return None if body is None else _record(body, kind)


def keep_shared(reader: str, inputs: dict[str, str], result: BaseModel) -> None:
    """Keep a result for `recall`; several processes may do so at once."""
    secret = machine_key()
    if secret:
        name = _shared_name(reader, inputs)
        _shared_table().put(name, _marked_entry(name, result.model_dump_json().encode(), secret))


def shared_folder() -> Path:
    """Return the folder of what is shared between bundles: `$XDG_CACHE_HOME/pantau`, or `~/.cache/pantau`.

    It may be deleted at any time. Source: XDG Base Directory Specification 0.8.
    """
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".cache") / "pantau"


def _kept_path(bundle: Bundle, reader: str, inputs: dict[str, str]) -> Path:
    return bundle.root / layout.DERIVED / reader / f"{_hash_of_inputs(inputs)}{_PACKED}"


def _shared_table() -> ResultTable:
    return result_table(shared_folder() / "results.db")


def _shared_name(reader: str, inputs: dict[str, str]) -> str:
    return f"{reader}/{_hash_of_inputs(inputs)}"


def _hash_of_inputs(inputs: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def _keyed_hash(name: str, body: bytes, secret: bytes) -> bytes:
    """Return the keyed hash of an entry; with its name, so that it is good in its own place only."""
    return hmac.digest(secret, f"{name}\n".encode() + body, "sha256").hex().encode()


def _marked_entry(name: str, body: bytes, secret: bytes) -> bytes:
    return _keyed_hash(name, body, secret) + b"\n" + body


def _checked_body(entry: bytes, name: str, secret: bytes) -> bytes | None:
    """Return what an entry holds, or None: it is damaged, or not of this machine."""
    mark, _, body = entry.partition(b"\n")
    return body if hmac.compare_digest(mark, _keyed_hash(name, body, secret)) else None


def _record(body: bytes, kind: type[ResultT]) -> ResultT | None:
    """Return the record of a JSON text, or None where it is not what is looked for."""
    try:
        return kind.model_validate_json(body)
    except ValidationError:
        return None


def _read_entry(path: Path, kind: type[ResultT], secret: bytes) -> ResultT | None:
    try:
        body = _checked_body(path.read_bytes(), _file_name(path), secret)
        # The mark says that this machine packed it: it is as large as what was packed.
        return None if body is None else _record(zlib.decompress(body), kind)
    except (OSError, zlib.error):
        return None


def _write_entry(path: Path, result: BaseModel, secret: bytes) -> None:
    body = zlib.compress(result.model_dump_json().encode())
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}")
    with suppress(OSError):  # a bundle on a read-only disk is judged all the same
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(_marked_entry(_file_name(path), body, secret))
        unfinished.replace(path)
    with suppress(OSError):
        unfinished.unlink()


def _file_name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
