"""Names of HTML that reading a page goes by: `html.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def load_html_names() -> dict[str, Any]:
    """Return the lists by name: `inline` elements, and the names of `meta` that say something."""
    text = resources.files(__package__).joinpath("html.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
