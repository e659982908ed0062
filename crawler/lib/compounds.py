"""Brand names inside longer words, and sounds that are written like one: for a person to look at.

A whole word is found by `text.find_words`. Here is what runs into other letters (“TikToknya”, “racuntiktok”),
is drawn out (“TikTookk”) or has characters between its parts (“Tik♪Tok”), and what only sounds like a name.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from crawler.lib import words
from crawler.lib.remembered import per_short_text
from crawler.lib.text import Folded, Match, in_word, letters, parts_of, stands_alone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SAFE_ENDING = 5  # letters of a word from which on it may be the end of a longer one: "tokobutik"
LONGEST_WORD = 60  # letters looked at on each side of a name
NEAR_CHARS = 40  # in which a word of a clock stands near a sound
_SEVERAL = r"[^\w\s]{1,3}"
_REPEATED = r"[\s,.!~*\-\u2013\u2014\u2026]{1,4}"

Sound = Literal["", "sound", "doubtful"]


class _Place(NamedTuple):
    start: int
    end: int


def inside(text: str, spellings: Iterable[str]) -> list[Match]:
    """Return where names stand inside longer words, drawn out, or with characters between their parts.

    Such a place is left out where two other words run together make the name (`compounds.toml`).
    """
    return list(_inside(text, tuple(spellings)))


@per_short_text
def _inside(text: str, spellings: tuple[str, ...]) -> tuple[Match, ...]:
    folded = letters(text)
    found: list[Match] = []
    taken = bytearray(len(text))
    signs = set(folded.text)
    for spelling in sorted(dict.fromkeys(spellings), key=len, reverse=True):
        if not signs.issuperset("".join(parts_of(spelling))):
            continue  # every pattern needs all letters of the name
        for place in _places(text, folded, spelling):
            start, end = folded.origin(*place)
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append(Match(start, end, text[start:end], "confusable", spelling))
    return tuple(sorted(found, key=lambda match: match.start))


def sound(text: str, start: int, end: int, spelling: str) -> Sound:
    """Return whether a name in small letters with a gap is a sound: repeated, or near words of a clock."""
    data = next((each for each in words.load("compounds")["sounds"] if each["name"] == spelling), None)
    written = text[start:end]
    if data is None or not re.search(r"[\W_]", written.strip()):
        return ""
    capitals = sum(sign.isupper() for sign in written)
    near = letters(text[max(0, start - NEAR_CHARS) : start]), letters(text[end : end + NEAR_CHARS])
    pattern = r"[\W_]{1,3}".join(map(re.escape, parts_of(spelling)))
    before = re.search(rf"{pattern}{_REPEATED}$", near[0].text)
    behind = re.match(rf"{_REPEATED}{pattern}(?!\w)", near[1].text)
    if before or behind:
        return "sound" if capitals < 2 else "doubtful"
    said = [re.findall(r"\w+", part.text) for part in near]
    if capitals < 2 and {*said[0][-1:], *said[1][:1]} & _letters_of_words(data["beside"]):
        return "sound"
    return "doubtful" if capitals < 2 and {*said[0], *said[1]} & _letters_of_words(data["near"]) else ""


def _letters_of_words(listed: list[str]) -> set[str]:
    return {letters(word).text for word in listed}


def _places(text: str, folded: Folded, spelling: str) -> Iterator[_Place]:
    glued, drawn_out, gapped, signed = _patterns(spelling)
    for hit in glued.finditer(folded.text):
        place = _Place(*hit.span())
        before, behind = _around(folded, place)
        alone = stands_alone(text, *folded.origin(*place))
        if (before or behind) and not alone and not _by_chance(text, folded, place, spelling):
            yield place
    for hit in drawn_out.finditer(folded.text):
        place = _Place(*hit.span())
        if not glued.search(hit.group()) and _around(folded, place) == ("", ""):
            yield place
    for hit in gapped.finditer(folded.text):
        yield _Place(hit.start(), hit.end("name"))
    for pattern in signed:
        for hit in pattern.finditer(folded.text):
            if not set(re.findall(r"[^\w\s]", hit.group())) & set(words.load("compounds")["parting"]):
                yield _Place(*hit.span())


def _around(folded: Folded, place: _Place) -> tuple[str, str]:
    """Return the letters that touch a place, before and behind, up to those of the longest words."""
    start, end = place
    first, last = max(0, start - LONGEST_WORD), min(len(folded.text), end + LONGEST_WORD)
    while start > first and in_word(folded.text[start - 1]):
        start -= 1
    while end < last and in_word(folded.text[end]):
        end += 1
    return folded.text[start : place.start], folded.text[place.end : end]


def _by_chance(text: str, folded: Folded, place: _Place, spelling: str) -> bool:
    """Say whether two other words run together make the name: its parts belong to one of them each."""
    data = next((each for each in _chances() if each["name"] == spelling), None)
    before, behind = _around(folded, place)
    start, _ = folded.origin(*place)
    if data is None or not before or (text[start].isupper() and text[start - 1 : start].islower()):
        return False
    name = folded.text[place.start : place.end]
    left, right = before + name[: data["cut"]], name[data["cut"] :] + behind
    first = any(left == word or (len(word) >= SAFE_ENDING and left.endswith(word)) for word in data["first"])
    if not behind:
        return left in data["first"]
    return first and any(right.startswith(word) for word in data["second"])


@cache
def _chances() -> list[dict[str, Any]]:
    return [
        {**each, **{key: frozenset(letters(word).text for word in each[key]) for key in ("first", "second")}}
        for each in words.load("compounds")["chance"]
    ]


@cache
def _patterns(
    spelling: str,
) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], tuple[re.Pattern[str], ...]]:
    parts = parts_of(spelling)
    name = "".join(parts)
    endings = "|".join(re.escape(letters(word).text) for word in words.load("compounds")["endings"])
    gapped = r"[\s\-_.·]{1,2}".join(map(re.escape, parts)) if len(parts) > 1 else r"(?!)"
    first, *others = map(re.escape, name)
    each_signed = first + r"(?P<sign>[^\w\s]{1,3})" + r"(?P=sign)".join(others)
    signed = _SEVERAL.join(map(re.escape, parts)) if len(parts) > 1 else r"(?!)"
    return (
        re.compile(re.escape(name)),
        re.compile("".join(rf"{re.escape(letter)}{{1,9}}" for letter in name)),
        re.compile(rf"(?<!\w)(?P<name>{gapped})(?:{endings})(?!\w)"),
        (re.compile(rf"(?<!\w){signed}(?!\w)"), re.compile(rf"(?<!\w){each_signed}(?!\w)")),
    )
