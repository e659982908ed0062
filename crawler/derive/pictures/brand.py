"""Brand names in what was read in pixels: graded, and compared with a second reading of the same place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from crawler.lib.likeness import letters_of
from crawler.lib.text import Match, between_words, find_words, fold, glued
from crawler.model.box import ImageBox
from crawler.model.evidence import CssBox, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


Grade = Literal["exact", "folded", "phrase", "confusable"]
Second = Literal["agrees", "silent", "differs", "none"]

MISREAD = 0.4  # a confusable reading is not half as sure as the letters that were read
WEIGHT: dict[Second, float] = {"agrees": 1.0, "none": 1.0, "silent": 0.85, "differs": 0.6}
LEGIBLE_LETTERS = 4  # a second reading with fewer says nothing


class Terms(NamedTuple):
    """What to look for: names, and sentences around a name that tell it even where it is misread."""

    names: tuple[str, ...]
    phrases: tuple[str, ...] = ()


VOWELS = tuple("aeiou")  # tiktok + o, as in a torn `…tik toko`: then it is no name
NOTHING = Terms(())


class Hit(Record):
    """A brand name in a line of pixels.

    `start` and `end` are offsets into the line's text; `confidence` is 0 to 1; `again` holds the readings of
    the second reader and `second` what they amount to: `none` where there was no second reader.
    """

    start: int
    end: int
    text: str
    spelling: str
    grade: Grade
    confidence: float
    box: CssBox
    again: tuple[str, ...] = ()
    second: Second = "none"


def matches(text: str, terms: Terms) -> list[tuple[Match, Grade | None]]:
    """Return the names in a line with their grades; None for one that letters touch: see `settled`."""
    whole = find_words(text, terms.names, confusable=True, torn=True)
    touched = [
        match
        for match in glued(text, terms.names)
        if between_words(text, match.start, match.end)
        and all(match.end <= other.start or match.start >= other.end for other in whole)
    ]
    graded = [
        (match, None if _after_letter(text, match.start) else _grade(text, match, terms)) for match in whole
    ]
    return [*graded, *((match, None) for match in touched)]


def _after_letter(text: str, start: int) -> bool:
    """Say whether a lone letter stands right before: `I tik Tok` may be a torn `Itik Tok`."""
    return bool(re.search(r"(?<![^\W_])[^\W\d_]\s$", text[:start]))


def settled(grade: Grade | None, said: Second, text: str, match: Match) -> Grade | None:
    """Return the grade after the second reading; None where letters touch the name and nothing parts them.

    A name in one piece that runs into another word is for a person to look at. One with a gap or a capital
    inside is more likely the end of one word and the beginning of another, as in `plastikTokyo`.
    """
    if grade is not None:
        return grade
    if said == "agrees":
        return "folded"
    whole = not re.search(r"\s|[a-z][A-Z]", match.text)
    goes_on = text[match.end : match.end + 1].casefold() in VOWELS
    return "confusable" if whole and not goes_on else None


def _grade(text: str, match: Match, terms: Terms) -> Grade:
    if match.kind != "confusable":
        return match.kind
    around = _words(text[: match.start]), _words(text[match.end :])
    return (
        "phrase"
        if any(_fits_sentence(around, phrase, terms.names) for phrase in terms.phrases)
        else "confusable"
    )


def _fits_sentence(around: tuple[str, str], phrase: str, names: Iterable[str]) -> bool:
    """Say whether the words before and after a misread name are those of a sentence that names it."""
    for name in names:
        before, found, after = phrase.partition(name)
        if found and (before.strip() or after.strip()):
            head, tail = _words(before.rpartition("…")[2]), _words(after.partition("…")[0])
            if around[0].endswith(head) and around[1].startswith(tail):
                return True
    return False


def _words(text: str) -> str:
    return " ".join(fold(text).split())


def compare_readings(
    readings: Sequence[str], spelling: str, *, touched: bool = False, touching: tuple[str, str] = ("", "")
) -> Second:
    """Return what second readings of a place say about a name.

    Args:
        readings: What was read there again.
        spelling: The name.
        touched: Letters stood beside it in the first reading: then no reading may show it touched.
        touching: That letter before and behind, none as empty: a reading that parts it from the name shows
            it, for one that lost it may have lost the word's other letters too.
    """
    torn = touched and any(glued(reading, [spelling]) for reading in readings)
    if not torn and any(
        _shows(reading, match, touching)
        for reading in readings
        for match in find_words(reading, [spelling], torn=True)
    ):
        return "agrees"
    return "differs" if any(len(letters_of(reading)) >= LEGIBLE_LETTERS for reading in readings) else "silent"


def touching(text: str, match: Match) -> tuple[str, str]:
    """Return the letters that touch a name, before and behind, none as empty; a lone one may stand near."""
    before, behind = text[: match.start], text[match.end :][:1]
    if _after_letter(text, match.start):
        before = before.rstrip()
    return before[-1:] if before[-1:].isalpha() else "", behind if behind.isalpha() else ""


def _shows(reading: str, match: Match, touching: tuple[str, str]) -> bool:
    """Say whether a reading of a name shows the letters that touched it, blanks or signs between them."""
    shown = letters_of(reading[: match.start])[-1:], letters_of(reading[match.end :])[:1]
    return all(not letter or fold(letter) == near for letter, near in zip(touching, shown, strict=True))


def confidence(read: float, grade: Grade, said: Second) -> float:
    """Return how sure a hit is, 0 to 1."""
    return round(read * (MISREAD if grade == "confusable" else WEIGHT[said]), 2)


def area_to_read(boxes: Sequence[ImageBox], *, margin: float = 0.25) -> ImageBox:
    """Return the box around some boxes with a margin in parts of its height: what is read again."""
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    by = round(margin * (bottom - top))
    return ImageBox.between(left - by, top - by, right + by, bottom + by)
