"""Reads the TOML data that ships with Pantau."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib import resources
from typing import Any


def raw(name: str) -> bytes:
    """Return the bytes of `crawler/policies/<name>`."""
    return resources.files("crawler.policies").joinpath(*name.split("/")).read_bytes()


def sha256(name: str) -> str:
    """Return the SHA-256 of `crawler/policies/<name>`, so that a record can say which data it used."""
    return hashlib.sha256(raw(name)).hexdigest()


@cache
def load(name: str) -> dict[str, Any]:
    """Return `crawler/policies/words/<name>.toml` as a dictionary. Callers must not change it."""
    return tomllib.loads(raw(f"words/{name}.toml").decode())
