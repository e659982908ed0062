"""Telephone numbers and e-mail addresses in text, in one spelling each.

Text is read without what no reader sees (zero-width characters, soft hyphens), full-width characters as plain
ones, and addresses that are spelt so that no collector finds them (“nama [at] toko [titik] id”) as they are
meant.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from crawler.lib import words as data
from crawler.lib.remembered import per_object, per_short_text
from crawler.lib.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.checks.runs import TextRun

COUNTRY = "62"
DIALS = ("mailto:", "tel:", "sms:", "whatsapp:")
CHATS = ("wa.me/", "api.whatsapp.com/", "web.whatsapp.com/")
_PHONE = re.compile(r"(?<![\w.,/])(?:\+|\(\+?)?\d(?:[\s().\-\u2010-\u2015\u2212·]{0,3}\d){4,17}(?![\w/])")
# National numbering plan: 0 with 8 to 13 digits, service numbers 1500xxx and 14xxx. Dates do not fit.
_NATIONAL = re.compile(r"^(0\d{8,13}|1500\d{3}|14\d{3})$")
_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}")
_MONEY = re.compile(r"(?:rp|idr)\.?\s*$", re.IGNORECASE)
_TWO_NUMBERS = re.compile(r"(?<=\d{3})\s{0,3}/\s{0,3}(?=[(+]?[01]\d)")


def phones(text: str) -> Iterator[str]:
    """Yield the telephone numbers of a text as digits in national form (021…, 08…, 1500…)."""
    text = _TWO_NUMBERS.sub(" | ", shown(text))
    for match in _PHONE.finditer(text):
        if not _MONEY.search(text[max(0, match.start() - 8) : match.start()]):
            number = national(match.group())
            if _NATIONAL.match(number):
                yield number


def emails(text: str) -> Iterator[str]:
    """Yield the e-mail addresses of a text in lower case."""
    text = shown(text)
    if not text.isascii() or _may_be_spelt_out(text):
        for pattern in _spelt_out():
            text = pattern.sub(_meant, text)
    for match in _EMAIL.finditer(text):
        yield match.group().lower().rstrip(".")


def national(number: str) -> str:
    """Return a number as digits, with the country code of Indonesia put as the leading zero."""
    digits = re.sub(r"\D", "", number).removeprefix("00")
    return "0" + digits.removeprefix(COUNTRY).lstrip("0") if digits.startswith(COUNTRY) else digits


@per_object
def contacts_of(run: TextRun) -> frozenset[str]:
    """Return every contact of a run: what it says, and what its links dial or write to."""
    links = dict.fromkeys(unquote(piece.href) for piece in run.pieces if _is_contact(piece.href))
    text = "\n".join((run.text, *(re.sub(r"[:/=&?]", " ", link) for link in links)))
    return _said(text)


@per_short_text
def _said(text: str) -> frozenset[str]:
    return frozenset((*phones(text), *emails(text)))


def _is_contact(href: str) -> bool:
    return href.startswith(DIALS) or any(host in href for host in CHATS)


def _meant(match: re.Match[str]) -> str:
    """Return an address that is spelt out as it is meant."""
    return re.sub(_dot(), ".", f"{match['name']}@{match['host']}", flags=re.IGNORECASE)


def _may_be_spelt_out(text: str) -> bool:
    """Say whether a text has what either expression of `_spelt_out` needs: most have none of it."""
    return any(sign in text for sign in "@[({<") or any(dot in text.lower() for dot in _dots())


@cache
def _dots() -> tuple[str, ...]:
    return tuple(word.lower() for word in data.load("contacts")["dot"])


@cache
def _spelt_out() -> tuple[re.Pattern[str], ...]:
    """Return the expressions for an address with words, brackets or blanks in place of its characters.

    A bare word stands for `@` only where the host's dots are words too: “toko at mal.id” is no address.
    """
    part = r"[A-Za-z0-9_%+-]{1,40}"
    at, dot = data.load("contacts")["at"], data.load("contacts")["dot"]
    name = rf"(?<![\w.+-])(?P<name>{part}(?:{_dot()}{part}){{0,4}})"
    return tuple(
        re.compile(rf"{name}(?:{sign})(?P<host>{part}(?:{between}{part}){{1,5}})(?![\w-])", re.IGNORECASE)
        for sign, between in (
            (rf"\s{{0,2}}@\s{{0,2}}|{_bracketed(at)}", _dot()),
            (_bare(at), rf"(?:{_bare(dot)}|{_bracketed(dot)})"),
        )
    )


@cache
def _dot() -> str:
    said = data.load("contacts")["dot"]
    return rf"(?:\.|{_bracketed(said)}|{_bare(said)})"


def _bracketed(said: list[str]) -> str:
    words = "|".join(map(re.escape, ("@", ".", *said)))
    return rf"\s{{0,2}}[\[({{<]\s{{0,2}}(?:{words})\s{{0,2}}[\])}}>]\s{{0,2}}"


def _bare(said: list[str]) -> str:
    return rf"\s{{1,2}}(?:{'|'.join(map(re.escape, said))})\s{{1,2}}"
