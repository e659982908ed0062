"""Finds phrases of the policy data in text: whole words, any case, white space as it comes."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING

from crawler.checks.runs import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable

GAP_CHARS = 40
AROUND_CHARS = 400  # what is looked at around a mention, so that a page of mentions is judged in linear time
_TOKEN = re.compile(r"\S+")


@cache
def pattern(phrase: str) -> re.Pattern[str]:
    """Return the expression for a phrase; `…` in it stands for up to `GAP_CHARS` signs."""
    words = [re.escape(word) for word in phrase.split()]
    gap = re.escape("…")
    text = ""
    for word in words:
        if word == gap:
            text += rf".{{0,{GAP_CHARS}}}?"
        else:
            text += (r"\s*" if text and not text.endswith("?") else "") + word
    return re.compile(rf"(?<!\w){text}(?!\w)", re.IGNORECASE | re.DOTALL)


def first(text: str, phrases: Iterable[str]) -> tuple[int, int] | None:
    """Return where the first of several phrases stands in a text; none where none does."""
    for phrase in phrases:
        match = pattern(phrase).search(text)
        if match:
            return match.span()
    return None


def covers(text: str, phrase: str, start: int, end: int) -> bool:
    """Say whether a phrase stands in a text so that it holds the signs from start to end."""
    near, start, end = _around(text, start, end)
    return any(match.start() <= start and end <= match.end() for match in pattern(phrase).finditer(near))


def is_all(text: str, phrase: str) -> bool:
    """Say whether a phrase is all that a text says."""
    return len(text) <= AROUND_CHARS and pattern(phrase).fullmatch(tidy(text)) is not None


def token(text: str, start: int, end: int) -> str:
    """Return the unbroken piece of text that holds the signs from start to end."""
    near, start, end = _around(text, start, end)
    for match in _TOKEN.finditer(near):
        if match.start() <= start and end <= match.end():
            return match.group()
    return ""


def _around(text: str, start: int, end: int) -> tuple[str, int, int]:
    """Return the text around a place, and the place in it."""
    left = max(0, start - AROUND_CHARS)
    return text[left : end + AROUND_CHARS], start - left, end - left


def glob(text: str, patterns: Iterable[str]) -> str | None:
    """Return the first glob that a piece of text fits, folded case; none where it fits none."""
    return next((each for each in patterns if fnmatchcase(text.casefold(), each.casefold())), None)
