"""Telephone numbers and e-mail addresses in text, in one spelling each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.checks.runs import Run

COUNTRY = "62"
_PHONE = re.compile(r"(?<![\w.,/])(?:\+|\(\+?)?\d(?:[\s().\-\u2010-\u2013]{0,3}\d){4,15}(?![\w/])")
# National numbering plan: 0 with 8 to 13 digits, service numbers 1500xxx and 14xxx. Dates do not fit.
_NATIONAL = re.compile(r"^(0\d{8,13}|1500\d{3}|14\d{3})$")
_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}")
_MONEY = re.compile(r"(?:rp|idr)\.?\s*$", re.IGNORECASE)


def phones(text: str) -> Iterator[str]:
    """Yield the telephone numbers of a text as digits in national form (021…, 08…, 1500…)."""
    for match in _PHONE.finditer(text):
        if not _MONEY.search(text[max(0, match.start() - 8) : match.start()]):
            number = national(match.group())
            if _NATIONAL.match(number):
                yield number


def emails(text: str) -> Iterator[str]:
    """Yield the e-mail addresses of a text in lower case."""
    for match in _EMAIL.finditer(text):
        yield match.group().lower().rstrip(".")


def national(number: str) -> str:
    """Return a number as digits, with the country code of Indonesia put as the leading zero."""
    digits = re.sub(r"\D", "", number)
    return "0" + digits.removeprefix(COUNTRY) if digits.startswith(COUNTRY) else digits


def of(run: Run) -> frozenset[str]:
    """Return every contact of a run: what it says, and what its links dial or write to."""
    links = " ".join(dict.fromkeys(unquote(node.href) for node in run.nodes if _is_contact(node.href)))
    text = f"{run.text}\n{links.replace('mailto:', ' ').replace('tel:', ' ').replace('wa.me/', ' ')}"
    return frozenset((*phones(text), *emails(text)))


def _is_contact(href: str) -> bool:
    return href.startswith(("mailto:", "tel:")) or "wa.me/" in href
