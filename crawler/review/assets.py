"""The desk's own scripts and styles, each at an address with its hash, which browsers keep for ever."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_HASH_DIGITS = 12


@dataclass(frozen=True)
class Asset:
    """One file as it is served."""

    content: bytes
    content_type: str


@cache
def _addresses() -> tuple[dict[str, str], dict[str, Asset]]:
    """Return the address of each file by its name, and the file at each address."""
    names, served = {}, {}
    for path in sorted(STATIC.rglob("*")):
        if path.suffix in TYPES and path.is_file():
            content = path.read_bytes()
            digits = hashlib.sha256(content).hexdigest()[:_HASH_DIGITS]
            address = f"{path.stem}.{digits}{path.suffix}"
            names[path.relative_to(STATIC).as_posix()] = address
            served[address] = Asset(content, TYPES[path.suffix])
    return names, served


def asset(name: str) -> str:
    """Return the address of a file below `static/`, such as `vendor/htmx.min.js`.

    Raises:
        KeyError: there is no such file: a mistake in a template.
    """
    return f"/static/{_addresses()[0][name]}"


def asset_at(address: str) -> Asset | None:
    """Return the file at an address; None where there is none."""
    return _addresses()[1].get(address)
