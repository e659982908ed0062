"""Text made comparable, and brand names found in it as whole words.

Folding undoes what hides a name from a search and not from a reader: case, width, accents, invisible
characters, letters of other scripts that look the same, 1/l/I/| for i and 0 for o. Since i and l become one
letter, folded text is for comparing only, never for showing.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from string import ascii_lowercase
from typing import TYPE_CHECKING, Literal, NamedTuple

from crawler.lib import words
from crawler.lib.remembered import per_short_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Kind = Literal["exact", "folded", "confusable"]

WORD, PREPOSITIONS = 3, ("di", "ke")  # letters of a word that OCR may have glued to a name
_PARENTHESISED = re.compile(r"\(.\)")  # one sign that shows a letter in brackets
_FORMAT = "Cf"  # zero-width characters, soft hyphen, direction marks, tags
_MARKS = frozenset({"Mn", "Me"})
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters that are drawn as nothing
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|[\W_]+")
_GAP = r"(?:\s{1,40}|\s?[-_.·•‧∙・]\s?)"  # blanks, or a sign that joins the parts of a name
_SHORT = 1_000  # characters of a text that is worth remembering among many
_SPACED = r"[\s.·•_-]{1,4}"


@dataclass(frozen=True)
class Match:
    """A brand name found in a text: `text` is `original[start:end]`.

    `exact` differs from the spelling in case and gaps at most; `folded` needed folding or letter-spacing;
    `confusable` is one misreading away and is for a person to look at.
    """

    start: int
    end: int
    text: str
    kind: Kind
    spelling: str


class Folded(NamedTuple):
    """Folded text; `origins` has for each folded character the index of the original one."""

    text: str
    origins: Sequence[int]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original text that a span of the folded one, not empty, stands for."""
        return self.origins[start], self.origins[end - 1] + 1


def plain(text: str) -> str:
    """Return a text in NFKC, case-folded, without invisible characters, accents kept out, blanks as one.

    Unlike `fold` it keeps i, l and 1 apart.
    """
    return " ".join("".join(map(_plain, text)).split())


def shown(text: str) -> str:
    """Return a text without what is drawn as nothing, full-width characters and digits as plain ones."""
    return text if text.isascii() else "".join(map(_shown, text))


def fold(text: str) -> str:
    """Return a text as it is compared: `plain`, and look-alikes made one. Blanks are kept as they are."""
    return _folded(text).text


def find_words(
    text: str, spellings: Iterable[str], *, confusable: bool = False, torn: bool = False
) -> list[Match]:
    """Return where any of the spellings stands in a text as a whole word, in order, without overlaps.

    Args:
        text: Any text. Offsets of the matches are into it.
        spellings: Names as their owner writes them. A gap may stand where the name has one or where a
            capital follows a small letter: `TikTok` also finds `Tik Tok` and `TIK-TOK`.
        confusable: Add names that are one visual misreading away (`misreadings.toml`).
        torn: Let a blank stand between any two letters of a name, as OCR leaves some: `T ikTok`.
    """
    return list(_words_in(text, tuple(spellings), confusable, torn)) if text else []


@per_short_text
def _words_in(text: str, spellings: tuple[str, ...], confusable: bool, torn: bool) -> tuple[Match, ...]:
    folded = _folded(text)
    letters = set(folded.text)
    found: list[Match] = []
    for spelling in sorted(dict.fromkeys(spellings), key=len, reverse=True):
        if not _letters_of(spelling) <= letters:
            continue
        for pattern in (*_patterns(spelling), *(_torn_patterns(spelling) if torn else ())):
            found += _matches(text, folded, pattern, spelling)
    found = _without_overlaps(found)
    if confusable:
        near = [match for spelling in spellings for match in _near(text, folded, spelling)]
        found = _without_overlaps(found + near)
    return tuple(sorted(found, key=lambda match: match.start))


def glued(text: str, spellings: Iterable[str]) -> list[Match]:
    """Return where a spelling stands in a text with letters right before or after it, as in `kirimtiktok`.

    Such a place may be the name with its blanks lost, or part of another word: its pixels have to tell.
    """
    folded = _folded(text)
    found = [
        Match(start, end, text[start:end], "confusable", spelling)
        for spelling in dict.fromkeys(spellings)
        for pattern in _torn_patterns(spelling)
        for hit in pattern.finditer(folded.text)
        for start, end in [(folded.origins[hit.start()], folded.origins[hit.end() - 1] + 1)]
        if not stands_alone(text, start, end)
    ]
    return _without_overlaps(found)


def between_words(text: str, start: int, end: int) -> bool:
    """Say whether what touches a name at either side is long enough for a word: none is in `batik toko`."""
    before, after = _letters(text[:start][::-1]), _letters(text[end:])
    preposition = before[::-1].casefold() in PREPOSITIONS
    return (not before or len(before) >= WORD or preposition) and (not after or len(after) >= WORD)


def _letters(text: str) -> str:
    return "".join(itertools.takewhile(str.isalpha, text))


def _without_overlaps(matches: list[Match]) -> list[Match]:
    """Keep sure matches before near ones, longer before shorter, earlier before later."""
    kept: list[Match] = []
    taken = bytearray(max((match.end for match in matches), default=0))
    order = {"exact": 0, "folded": 0, "confusable": 1}
    for match in sorted(matches, key=lambda m: (order[m.kind], m.start - m.end, m.start)):
        if not any(taken[match.start : match.end]):
            taken[match.start : match.end] = b"\1" * (match.end - match.start)
            kept.append(match)
    return kept


def _matches(text: str, folded: Folded, pattern: re.Pattern[str], spelling: str) -> Iterator[Match]:
    for hit in pattern.finditer(folded.text):
        start, end = folded.origins[hit.start()], folded.origins[hit.end() - 1] + 1
        spaced = _lone_letters(hit.group())
        if stands_alone(text, start, end) and not (spaced and _goes_on(folded.text, hit)):
            shown = text[start:end]
            kind: Kind = "exact" if not spaced and _same(shown, spelling) else "folded"
            yield Match(start, end, shown, kind, spelling)


def _near(text: str, folded: Folded, spelling: str) -> Iterator[Match]:
    pattern = _near_pattern(spelling)
    if pattern is None:
        return
    for hit in pattern.finditer(folded.text):
        start, end = folded.origins[hit.start()], folded.origins[hit.end() - 1] + 1
        if stands_alone(text, start, end) and _skeleton(hit.group()) not in _blocked():
            yield Match(start, end, text[start:end], "confusable", spelling)


def stands_alone(text: str, start: int, end: int) -> bool:
    """Say whether no letter touches the match, save where another word shows to begin.

    Capitals show it, and letters of a writing that sets no blanks between words, or none at foreign names.
    """
    before, after = _neighbour(text, start - 1, -1), _neighbour(text, end, 1)
    first, last = text[start], text[end - 1]
    begins = not in_word(before) or (before.islower() and first.isupper())
    ends = not in_word(after) or (last.islower() and after.isupper())
    # TIKTOKhari, TIKTOKMall: capitals end where small letters begin, or a word with one capital
    capitals = text[start:end].isupper() and (after.islower() or text[end + 1 : end + 2].islower())
    return begins and (ends or capitals)


@lru_cache(maxsize=65_536)
def in_word(char: str) -> bool:
    """Say whether a character is a letter of a writing with capitals, by itself or by what it looks like."""
    return char.isalpha() and any(each.upper() != each for each in letters(char).text)


def _neighbour(text: str, index: int, step: int) -> str:
    while 0 <= index < len(text) and not _plain(text[index]) and not text[index].isspace():
        index += step
    return text[index] if 0 <= index < len(text) else " "


def _lone_letters(hit: str) -> bool:
    return len(re.findall(r"(?<![^\W_])[^\W_](?![^\W_])", hit)) > 2


def _goes_on(folded: str, hit: re.Match[str]) -> bool:
    """Say whether a letter-spaced match is part of a longer letter-spaced word, as in `b a t i k t o k o`."""
    widest = max(map(len, re.findall(r"[\W_]+", hit.group())))
    before = re.search(rf"(?<![^\W_])[^\W_]([\W_]{{1,{widest}}})$", folded[: hit.start()][-widest - 3 :])
    after = re.match(rf"([\W_]{{1,{widest}}})[^\W_](?![^\W_])", folded[hit.end() :][: widest + 3])
    return bool(before or after)


def _same(shown: str, spelling: str) -> bool:
    def bare(text: str) -> str:
        return re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", text).casefold())

    return bare(shown) == bare(spelling) and all(map(_plain, shown.replace(" ", "_")))


@cache
def parts_of(spelling: str) -> tuple[str, ...]:
    """Return the parts of a name between which a gap may stand, folded: those of `TikTok Shop` are three."""
    return tuple(part for part in map(_skeleton, _HUMP.split(spelling)) if part)


@cache
def _letters_of(spelling: str) -> frozenset[str]:
    """Return the letters that every pattern of a name needs."""
    return frozenset("".join(parts_of(spelling)))


@cache
def _patterns(spelling: str) -> tuple[re.Pattern[str], ...]:
    parts = parts_of(spelling)
    letters = "".join(parts)
    if not letters:
        return ()
    written = f"{_GAP}?".join(map(re.escape, parts))
    patterns = [re.compile(written)]
    if "|" in spelling:  # Shop | Tokopedia: the bar belongs to the name
        patterns = [re.compile(r"\s{0,4}\|\s{0,4}".join(map(re.escape, parts)))]
    if len(letters) > 3:
        patterns.append(re.compile(_SPACED.join(map(re.escape, letters))))
    return tuple(patterns)


@cache
def _torn_patterns(spelling: str) -> tuple[re.Pattern[str], ...]:
    letters = _skeleton(spelling)
    return (re.compile(r"[\s-]{0,2}".join(map(re.escape, letters))),) if len(letters) > 3 else ()


@cache
def _near_pattern(spelling: str) -> re.Pattern[str] | None:
    data = words.load("misreadings")
    parts = parts_of(spelling)
    if "|" in spelling or len("".join(parts)) < data["min_letters"]:
        return None
    variants = dict.fromkeys(_torn(parts))
    for index, part in enumerate(parts):
        for misread in _misread(part, data["read_as"]):
            shown = [*parts[:index], misread, *parts[index + 1 :]]
            variants[f"{_GAP}?".join(re.escape(piece) for piece in shown if piece)] = None
    return re.compile("|".join(f"(?:{variant})" for variant in sorted(variants, key=len, reverse=True)))


def _misread(part: str, read_as: dict[str, list[str]]) -> Iterator[str]:
    for index, letter in enumerate(part):
        for instead in ["", *read_as.get(letter, [])]:
            yield part[:index] + instead + part[index + 1 :]


def _torn(parts: Sequence[str]) -> Iterator[str]:
    """Yield patterns for a name with one gap where it has none, as in `TikT ok`."""
    for index, part in enumerate(parts):
        for cut in range(1, len(part)):
            shown = [*parts[:index], part[:cut] + r"\s" + part[cut:], *parts[index + 1 :]]
            yield f"{_GAP}?".join(shown)


@cache
def _blocked() -> frozenset[str]:
    return frozenset(_skeleton(word) for word in words.load("misreadings")["blocked"])


def _skeleton(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


def letters(text: str) -> Folded:
    """Return a text folded letter by letter, with where each came from; `|` and the like stay as they are."""
    return _short_letters(text) if len(text) <= _SHORT else _long_letters(text)


def _folded(text: str) -> Folded:
    """Return a text folded, characters that stand for letters too."""
    return _short_folded(text) if len(text) <= _SHORT else _long_folded(text)


def _fold(text: str, *, signs: bool) -> Folded:
    if text.isascii() and not (signs and any(sign in text for sign in _homoglyphs()[1])):
        return Folded(text.translate(_ascii_letters()), range(len(text)))
    return _fold_each(text, signs=signs)


@cache
def _ascii_letters() -> dict[int, str]:
    """Return how each ASCII character is folded: to one character, so that all stay in their places."""
    letters, _ = _homoglyphs()
    table = {code: letters.get(plain, plain) for code in range(128) for plain in [_plain(chr(code))]}
    assert all(len(letter) == 1 for letter in table.values())
    return table


# Rules and their phrases ask for the same texts again and again: many short ones, few long ones.
_short_letters = lru_cache(maxsize=16_384)(partial(_fold, signs=False))
_short_folded = lru_cache(maxsize=16_384)(partial(_fold, signs=True))
_long_letters = lru_cache(maxsize=64)(partial(_fold, signs=False))
_long_folded = lru_cache(maxsize=64)(partial(_fold, signs=True))


def _fold_each(text: str, *, signs: bool) -> Folded:
    letters, sign_letters = _homoglyphs()
    pieces: list[str] = []
    origins: list[int] = []
    for index, char in enumerate(text):
        piece = _plain(char)
        if signs and char in sign_letters and _inside_word(text, index):
            piece = sign_letters[char]
        for folded in piece:
            pieces.append(letters.get(folded, folded))
            origins.append(index)
    return Folded("".join(pieces), origins)


def _inside_word(text: str, index: int) -> bool:
    return _neighbour(text, index - 1, -1).isalnum() and _neighbour(text, index + 1, 1).isalnum()


@lru_cache(maxsize=65_536)
def _plain(char: str) -> str:
    """Return one character in NFKD, case-folded, without marks; empty if it is drawn as nothing."""
    if char in _BLANK_LETTERS or unicodedata.category(char) == _FORMAT:
        return ""
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    if len(parts) > 1 and unicodedata.decomposition(char).startswith("<super>"):
        return ""  # a mark of trade is no part of the word before it
    if _PARENTHESISED.fullmatch(parts):
        parts = parts[1]
    return "".join(part for part in parts if unicodedata.category(part) not in _MARKS)


@lru_cache(maxsize=65_536)
def _shown(char: str) -> str:
    if char in _BLANK_LETTERS or unicodedata.category(char) == _FORMAT:
        return ""
    digit = unicodedata.decimal(char, None)
    return unicodedata.normalize("NFKC", char) if digit is None else str(digit)


def drawn_letters() -> dict[str, str]:
    """Return the letter of each character outside ASCII that only looks like it."""
    return {char: letter for char, letter in _homoglyphs()[0].items() if not char.isascii()}


@cache
def _homoglyphs() -> tuple[dict[str, str], dict[str, str]]:
    data = words.load("homoglyphs")
    rows = {
        chr(ord(first) + step): letter
        for first in data["alphabets"]
        for step, letter in enumerate(ascii_lowercase)
    }
    drawn = {char: letter for letter, chars in data["letters"].items() for char in chars}
    return (
        {**{char: drawn.get(letter, letter) for char, letter in rows.items()}, **drawn},
        {char: letter for letter, chars in data["signs"].items() for char in chars},
    )
