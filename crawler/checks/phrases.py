"""Finds phrases of the policy data in text: whole words, folded, white space as it comes.

Text and phrase are folded alike (case, width, accents, invisible characters, look-alike letters), and the
legal form of a company may be spelt as companies do (`statements.toml`): “P.T. Tokopedia” is “PT Tokopedia”.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING

from crawler.lib import words as data
from crawler.lib.steady import tidy
from crawler.lib.text import letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.lib.text import Folded

GAP_CHARS = 40
AROUND_CHARS = 400  # what is looked at around a mention, so that a page of mentions is judged in linear time
MOST_JOINERS = 8  # characters between two words of a phrase
_TOKEN = re.compile(r"\S+")
_SENTENCE_END = r"[.!?;](?:\s|$)"


@cache
def pattern(phrase: str) -> re.Pattern[str]:
    """Return the expression for a phrase in folded text; `…` in it stands for up to `GAP_CHARS` characters.

    What `…` stands for holds neither the words beside it nor the end of a sentence: the phrase would else
    begin in one statement and end in another.
    """
    words = phrase.split()
    between = _between()
    text = ""
    for index, word in enumerate(words):
        if word == "…":
            near = (*words[max(0, index - 1) : index], *words[index + 1 : index + 2])
            over = "".join(rf"\b{_word(word)}\b|" for word in near)
            text += rf"(?:(?!{over}{_SENTENCE_END}).){{0,{GAP_CHARS}}}?"
        else:
            text += (between if text and words[index - 1] != "…" else "") + _word(word)
    return re.compile(rf"(?<!\w){text}(?!\w)", re.DOTALL)


def spans(text: str, phrase: str) -> Iterator[tuple[int, int]]:
    """Yield where a phrase stands in a text, in order."""
    return places(letters(text), phrase)


def places(folded: Folded, phrase: str) -> Iterator[tuple[int, int]]:
    """Yield where a phrase stands in a text that was folded by `letters`, in order."""
    if _longest(phrase) not in folded.text:
        return
    for match in pattern(phrase).finditer(folded.text):
        if match.end() > match.start():
            yield folded.origin(*match.span())


def first(text: str, phrases: Iterable[str]) -> tuple[int, int] | None:
    """Return where the first of several phrases stands in a text; None where none does."""
    for phrase in phrases:
        place = next(spans(text, phrase), None)
        if place:
            return place
    return None


def covers(text: str, phrase: str, start: int, end: int) -> bool:
    """Say whether a phrase stands in a text so that it holds the characters from start to end."""
    near, start, end = _around(text, start, end)
    return any(first <= start and end <= last for first, last in spans(near, phrase))


def is_all(text: str, phrase: str) -> bool:
    """Say whether a phrase is all that a text says."""
    return len(text) <= AROUND_CHARS and pattern(phrase).fullmatch(letters(tidy(text)).text) is not None


def token(text: str, start: int, end: int) -> str:
    """Return the unbroken piece of text that holds the characters from start to end."""
    near, start, end = _around(text, start, end)
    for match in _TOKEN.finditer(near):
        if match.start() <= start and end <= match.end():
            return match.group()
    return ""


def glob(text: str, patterns: Iterable[str]) -> str | None:
    """Return the first glob that a piece of text fits, folded case; None where it fits none."""
    return next((each for each in patterns if fnmatchcase(text.casefold(), each.casefold())), None)


def _around(text: str, start: int, end: int) -> tuple[str, int, int]:
    """Return the text around a place, and the place in it."""
    left = max(0, start - AROUND_CHARS)
    return text[left : end + AROUND_CHARS], start - left, end - left


def _word(word: str) -> str:
    """Return the expression for one word of a phrase; for a company's form, for any spelling of it."""
    forms = _form(word)
    if forms is None:
        return re.escape(letters(word).text)
    spelt = (r"(?:\s*\.)?\s*".join(map(re.escape, letters(form).text.split())) for form in forms)
    return rf"(?:{'|'.join(spelt)})(?:\s*\.)?"


@cache
def _longest(phrase: str) -> str:
    """Return the longest word of a phrase that has one spelling, folded: text without it is not searched."""
    spelt = [letters(word).text for word in phrase.split() if word != "…" and not _form(word)]
    return max(spelt, key=len, default="")


def _form(word: str) -> list[str] | None:
    """Return the spellings of a company's form, if a word is one."""
    return next((each for each in data.load("statements")["company_forms"] if word in each), None)


@cache
def _between() -> str:
    """Return the expression for what may stand between two words of a phrase."""
    signs = "".join(dict.fromkeys(letters(data.load("statements")["joiners"]).text))
    return rf"\s*(?:[{re.escape(signs)}]{{1,{MOST_JOINERS}}}\s*)?"
