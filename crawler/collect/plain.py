"""Text from a page as it can be stored: whole, or cut at a bound, without what UTF-8 cannot say."""

from __future__ import annotations

import re

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str, limit: int | None = None) -> str:
    """Return a text cut at `limit` characters, with each lone surrogate as U+FFFD."""
    cut = text if limit is None or len(text) <= limit else text[:limit]
    return cut if cut.isascii() else _LONE_SURROGATE.sub("�", cut)
