"""Words that may be others, misread: so that a worse reading never weighs more than a better one.

What OCR reads around a name decides what the name amounts to: part of a name in public use, or of an
invitation that the pack allows. A letter lost there must not make a failure of what is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.lib.likeness import letters_of, likeness
from crawler.lib.text import find_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MISREAD_NAME = 0.85  # a name of 21 letters with three of them read twice has 0.93
MISREAD_REST = 0.5  # of a name's other words: "Shc", "5nop" and "S" for "Shop", but not "Live" or "Mall"
MISREAD_PHRASE = (
    0.72  # of the words of an invitation: "lkuti kani dl" for "Ikuti kami di", but not "Mall" for "ala"
)
MAX_NAME_CHARS = 80


def name_read(text: str, start: int, end: int, spelling: str, names: Iterable[str]) -> str | None:
    """Return the name that words of a line, a brand among them, are misread from, but for a few letters."""
    mine = [name for name in names if find_words(name, [spelling])]
    return next(
        (name for name in mine if any(_is_alike(said, name) for said in _windows(text, start, end))), None
    )


def may_name(text: str, start: int, end: int, spelling: str, names: Iterable[str]) -> str | None:
    """Return the name that words around a brand may be a poor reading of, its beginning included."""
    return _may_read(text, start, end, spelling, names, least=MISREAD_REST, begun=True)


def may_invite(text: str, start: int, end: int, spelling: str, phrases: Iterable[str]) -> str | None:
    """Return the phrase that words around a brand may be a poor reading of."""
    return _may_read(text, start, end, spelling, phrases, least=MISREAD_PHRASE, begun=False)


def _may_read(
    text: str, start: int, end: int, spelling: str, phrases: Iterable[str], *, least: float, begun: bool
) -> str | None:
    """Return the phrase that words around a brand may be a poor reading of; None where they say otherwise.

    The words beside the brand are compared, each side by itself and without the brand, which is long enough
    to make any two phrases alike. A side that a phrase leaves empty may hold anything.
    """
    for phrase in phrases:
        for match in find_words(phrase, [spelling]):
            before, behind = phrase[: match.start], phrase[match.end :]
            if before.strip() or behind.strip():
                sides = (
                    (_words_before(text[:start], before), before),
                    (_words_behind(text[end:], behind), behind),
                )
                if all(_may_stand_for(said, wanted, least, begun=begun) for said, wanted in sides):
                    return phrase
    return None


def _words_before(said: str, wanted: str) -> list[str]:
    """Return what of the words before a brand may stand for those that a phrase has there."""
    words, count = said.split(), len(wanted.split())
    return [" ".join(words[-size:]) for size in _sizes(count) if size <= len(words)] or [said]


def _words_behind(said: str, wanted: str) -> list[str]:
    words, count = said.split(), len(wanted.split())
    return [" ".join(words[:size]) for size in _sizes(count) if size <= len(words)] or [said]


def _sizes(count: int) -> range:
    return range(max(1, count - 1), count + 2)


def _may_stand_for(said: list[str], wanted: str, least: float, *, begun: bool) -> bool:
    """Say whether one of some readings may be that of a phrase's words: alike, or their beginning."""
    goal = letters_of(wanted)
    return not goal or any(_is_reading_of(letters_of(each), goal, least, begun=begun) for each in said)


def _is_reading_of(read: str, goal: str, least: float, *, begun: bool) -> bool:
    if begun and read and goal.startswith(read):
        return True
    return likeness(read, goal, at_least=least) >= least


def _windows(text: str, start: int, end: int) -> Iterator[str]:
    """Yield the words of a line from any to any, that hold a place."""
    ends = [at for at, sign in enumerate(text + " ") if sign == " "]
    starts = [0, *(each + 1 for each in ends[:-1])]
    for first in starts:
        for last in ends:
            if first <= start and last >= end and last - first <= MAX_NAME_CHARS:
                yield text[first:last]


def _is_alike(read: str, name: str) -> bool:
    return likeness(letters_of(read), letters_of(name), at_least=MISREAD_NAME) >= MISREAD_NAME
