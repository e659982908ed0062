"""Text as it stays: white space put together, and without what changes from night to night."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+")


def tidy(text: str) -> str:
    """Return text with white space put together."""
    return _SPACE.sub(" ", text).strip()


def normal(text: str) -> str:
    """Return text as it stays from night to night: folded case and forms, numbers dropped."""
    return _DIGITS.sub("#", tidy(unicodedata.normalize("NFKC", text)).casefold())
