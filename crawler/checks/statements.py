"""Whether a page states what a sentence of the data says: a denial is no statement, nor is an open question.

The words around a sentence decide, up to where another sentence or clause begins (`statements.toml`).
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from crawler.checks import company_names, phrases
from crawler.lib import words as data
from crawler.lib.remembered import per_short_text
from crawler.lib.text import letters, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Grade = Literal["stated", "open", "denied"]

BREAK = "\u2028"  # what stands for an element's line break: weaker than a full stop, stronger than a blank
NEAR_WORDS = 4  # words between a denial and what it denies: "bukan merupakan layanan yang disediakan"
LOOKED_CHARS = 300  # before and behind a sentence
_WORD = re.compile(r"[\w'\u2019&]+")
_STOP = re.compile(r"[.!?;](?=[\s\"'\u201d\u2019)\]]|$)")
_COMMA = re.compile(r"[,:\u2013\u2014|\u2022()\u2028]|\s-\s")
_ORDER: tuple[Grade, ...] = ("stated", "open", "denied")
_QUOTES = {"\u201c": "\u201d", "\u201e": "\u201d", "\u00ab": "\u00bb", '"': '"'}


@dataclass(frozen=True)
class Statement:
    """Where a sentence stands in a text, which one, and whether the text states it."""

    start: int
    end: int
    phrase: str
    grade: Grade


class _Token(NamedTuple):
    text: str
    start: int
    end: int


def find_sentences(text: str, sentences: Iterable[str], *, whole: bool = False) -> tuple[Statement, ...]:
    """Return where sentences stand in a text, in order; one a place, with the worst that is said of it.

    Of sentences that share words the text states none if it denies one: “tidak disediakan dan dikelola oleh”.
    With `whole`, the name in which a sentence ends must end there too, else it is left open: “oleh PT
    Tokopedia Palsu Jaya” names another company.
    """
    return _found(text, tuple(sentences), whole)


@per_short_text
def _found(text: str, sentences: tuple[str, ...], whole: bool) -> tuple[Statement, ...]:
    drawn, origins = _drawn(text)
    folded = letters(drawn)
    every = sorted(
        (
            Statement(origins[start], origins[end - 1] + 1, sentence, _grade(drawn, start, end, whole=whole))
            for sentence in sentences
            for start, end in phrases.places(folded, sentence)
        ),
        key=lambda each: (each.start, -each.end),
    )
    kept: list[Statement] = []
    for each in every:
        if kept and each.start < kept[-1].end:
            worst = max(kept[-1].grade, each.grade, key=_ORDER.index)
            kept[-1] = Statement(kept[-1].start, max(kept[-1].end, each.end), kept[-1].phrase, worst)
        else:
            kept.append(each)
    return tuple(kept)


def best(text: str, sentences: Iterable[str], *, whole: bool = False) -> Statement | None:
    """Return the clearest place where a text holds one of some sentences; None where it holds none."""
    return min(
        find_sentences(text, sentences, whole=whole), key=lambda each: _ORDER.index(each.grade), default=None
    )


def better(one: Grade, other: Grade) -> bool:
    """Say whether one grade is clearer a statement than another."""
    return _ORDER.index(one) < _ORDER.index(other)


def _drawn(text: str) -> tuple[str, Sequence[int]]:
    """Return a text without what is drawn as nothing, and where each sign stood: “ti-dak” is “tidak”."""
    if text.isascii():
        return text, range(len(text))
    kept = [(sign, at) for at, sign in enumerate(text) if sign == BREAK or shown(sign)]
    return "".join(sign for sign, _ in kept), [at for _, at in kept]


def _grade(text: str, start: int, end: int, *, whole: bool) -> Grade:
    before = _before(text, start)
    behind, stop = _behind(text, end)
    inside = _tokens(text[start:end])
    if any(token.text in _set("denials") for token in inside) or _refuted(behind):
        return "denied"
    denied = _denied(text, before, start)
    if denied == "denied":
        return "denied"
    open_ = (
        stop == "?"
        or denied == "open"
        or _quoted(text, start, end)
        or (whole and company_names.goes_on(text, start, end))
        or any(token.text in _set("open_words") for token in (*_clause(text, before, start), *inside))
        or any(token.text in _set("open_words") for token in _tokens(_COMMA.split(behind)[0])[:NEAR_WORDS])
    )
    return "open" if open_ else "stated"


def _before(text: str, start: int) -> list[_Token]:
    """Return the words before a place that belong to its sentence and, where one turns, to its clause."""
    begin = max(0, start - LOOKED_CHARS)
    for stop in _STOP.finditer(text, begin, start):
        if not _abbreviated(text, stop.start()):
            begin = stop.end()
    tokens = [_Token(each.text, each.start + begin, each.end + begin) for each in _tokens(text[begin:start])]
    turn = max((at for at, each in enumerate(tokens) if each.text in _set("turns")), default=-1)
    return tokens[turn + 1 :]


def _behind(text: str, end: int) -> tuple[str, str]:
    """Return the rest of the sentence behind a place, and the sign that ends it."""
    last = min(len(text), end + LOOKED_CHARS)
    for stop in _STOP.finditer(text, end, last):
        if not _abbreviated(text, stop.start()):
            return text[end : stop.start()], stop.group()
    return text[end:last], ""


def _abbreviated(text: str, dot: int) -> bool:
    """Say whether a dot belongs to an abbreviation: `PT.` or `Tbk.` of a company."""
    word = re.search(r"\w+$", text[max(0, dot - 12) : dot])
    return text[dot] == "." and word is not None and letters(word.group()).text in _set("abbreviations")


def _denied(text: str, before: list[_Token], start: int) -> Literal["denied", "open", ""]:
    """Return whether the words before a sentence deny it.

    A denial reaches to what follows it in its clause. A comma, a line break or a join with a subject of its
    own begins another; a line break or comma with nothing between it and the denial does not.
    """
    scope = _scope(text, before, start)
    at = [index for index, token in enumerate(scope) if token.text in _set("denials")]
    if not at:
        return ""
    behind = scope[at[-1] + 1 :]
    more = bool(behind) and behind[0].text in _set("more_than")
    claimed = any(token.text in _set("claims") for token in behind)
    if len(at) > 1 or more or claimed or len(behind) > NEAR_WORDS:
        return "open"
    return "denied"


def _scope(text: str, before: list[_Token], start: int) -> list[_Token]:
    """Return the words before a sentence whose denial would be one of it."""
    scope: list[_Token] = []
    for token, gap in _backwards(text, before, start):
        bare = not scope and token.text in _set("denials") and gap.strip(" ") == BREAK
        if (_COMMA.search(gap) and not bare) or (token.text in _set("joins") and scope):
            break
        scope.insert(0, token)
    return scope


def _clause(text: str, before: list[_Token], start: int) -> list[_Token]:
    """Return the words before a sentence up to the last comma."""
    backwards = _backwards(text, before, start)
    return [token for token, _ in itertools.takewhile(lambda each: not _COMMA.search(each[1]), backwards)]


def _backwards(text: str, before: list[_Token], start: int) -> list[tuple[_Token, str]]:
    """Return the words before a place, nearest first, each with what stands between it and the next."""
    ends = [*(token.start for token in before[1:]), start]
    pairs = zip(before, ends[: len(before)], strict=True)
    return [(token, text[token.end : end]) for token, end in pairs][::-1]


def _refuted(behind: str) -> bool:
    """Say whether the rest of the sentence takes back what was said before it."""
    near = _COMMA.split(behind)
    said = " ".join(token.text for token in _tokens(near[0] if near[0].strip() else " ".join(near[:2])))
    return any(_holds(said, phrase) for phrase in _refutations())


def _holds(said: str, phrase: str) -> bool:
    return f" {phrase} " in f" {said} "


def _quoted(text: str, start: int, end: int) -> bool:
    """Say whether quotation marks open before a sentence and close behind it."""
    around = text[max(0, start - LOOKED_CHARS) : start]
    behind = text[end : end + LOOKED_CHARS]
    for opening, closing in _QUOTES.items():
        if opening == closing:
            if around.count(opening) % 2 and closing in behind:
                return True
        elif around.rfind(opening) > around.rfind(closing) and closing in behind:
            return True
    return False


def _tokens(text: str) -> list[_Token]:
    """Return the words of a text, folded, with where they stand in it."""
    return [
        _Token(letters(word.group().replace("\u2019", "'")).text, *word.span())
        for word in _WORD.finditer(text)
    ]


@cache
def _set(name: str) -> frozenset[str]:
    return frozenset(letters(word).text for word in _sentence_data()[name])


@cache
def _refutations() -> tuple[str, ...]:
    return tuple(letters(phrase).text for phrase in _sentence_data()["refuted"])


def _sentence_data() -> dict[str, Any]:
    return data.load("statements")
