"""What is derived from a bundle, kept beside it under `derived/`, outside the seal.

A result is filed under the hash of its inputs, the reader's name and its version. The folder travels with the
bundle and anybody can write to it, so each entry bears a keyed hash that only this machine can make: one that
was damaged, edited or made elsewhere is seen and made again. The folder may be deleted at any time, and where
it cannot be written, or the machine has no key, the result is just not kept.

What depends only on content, such as the words in one picture, is shared between bundles in a folder of the
user's cache, marked the same way.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from crawler import __version__
from crawler.derive.key import machine_key
from crawler.store import layout

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.store.bundle import Bundle

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
    found = kept(bundle, reader, inputs, kind)
    if found is not None:
        return found
    result = make()
    keep(bundle, reader, inputs, result, most=most)
    return result


def kept(bundle: Bundle, reader: str, inputs: dict[str, str], kind: type[ResultT]) -> ResultT | None:
    """Return what this machine derived from a bundle before; none if nothing. See `cached`."""
    secret = machine_key()
    return _read(_place(bundle, reader, inputs), kind, secret) if secret else None


def is_kept(bundle: Bundle, reader: str, inputs: dict[str, str]) -> bool:
    """Say whether something is filed for these inputs; whether it is good shows when it is read."""
    return _place(bundle, reader, inputs).is_file()


def keep(
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
        place = _place(bundle, reader, inputs)
        _write(place, result, secret)
        if most is not None:
            _thin(place.parent, most)


def _thin(folder: Path, most: int) -> None:
    """Remove all entries of a folder but the newest; one that another process removed is gone."""
    with suppress(OSError):
        entries = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
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


def recall(reader: str, inputs: dict[str, str], kind: type[ResultT]) -> ResultT | None:
    """Return what this machine derived from the same content before, for whatever bundle; none if nothing.

    Args:
        reader: Name of the reader.
        inputs: Everything that the result depends on: hash of the content, versions, options.
        kind: Record of the result.
    """
    secret = machine_key()
    return _read(_shelf(reader, inputs), kind, secret) if secret else None


def remember(reader: str, inputs: dict[str, str], result: BaseModel) -> None:
    """Keep a result for `recall`, written in one step, so that several processes may do so at once."""
    secret = machine_key()
    if secret:
        _write(_shelf(reader, inputs), result, secret)


def shelf() -> Path:
    """Return the folder of what is shared between bundles: `$XDG_CACHE_HOME/pantau`, or `~/.cache/pantau`.

    It may be deleted at any time. Source: XDG Base Directory Specification 0.8.
    """
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".cache") / "pantau"


def _place(bundle: Bundle, reader: str, inputs: dict[str, str]) -> Path:
    return bundle.root / layout.DERIVED / reader / f"{_name(inputs)}.json"


def _shelf(reader: str, inputs: dict[str, str]) -> Path:
    name = _name(inputs)
    return shelf() / reader / name[:2] / f"{name}.json"


def _name(inputs: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def _mark(path: Path, body: bytes, secret: bytes) -> bytes:
    """Return the keyed hash of an entry; with its path, so that it is good in its own place only."""
    place = f"{path.parent.name}/{path.name}\n".encode()
    return hmac.new(secret, place + body, hashlib.sha256).hexdigest().encode()


def _read(path: Path, kind: type[ResultT], secret: bytes) -> ResultT | None:
    """Return an entry; none if it is not there, not of this machine, damaged, or not what is looked for."""
    try:
        mark, _, body = path.read_bytes().partition(b"\n")
        if not hmac.compare_digest(mark, _mark(path, body, secret)):
            return None
        return kind.model_validate_json(body)
    except (OSError, ValidationError):
        return None


def _write(path: Path, result: BaseModel, secret: bytes) -> None:
    body = result.model_dump_json().encode()
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}")
    with suppress(OSError):  # a bundle on a read-only disk is judged all the same
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(_mark(path, body, secret) + b"\n" + body)
        unfinished.replace(path)
    with suppress(OSError):
        unfinished.unlink()
