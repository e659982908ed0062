"""Instructions to pay that a page shows as text: money leaves by them without any request.

An account number, a payment code, cash for the courier, or a QRIS code written out. Who shows them is the
host of the page or frame they stand in; where the money goes behind the account is not visible.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from crawler.derive.claims import qris
from crawler.derive.claims.claim import DeclaredAt, Marks, declared
from crawler.derive.network.request_parts import take_apart
from crawler.lib import words
from crawler.lib.hosts import host_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.derive.claims.claim import Claim
    from crawler.derive.claims.pay_page import PayPage
    from crawler.derive.claims.signals import Signal

MAX_HITS = 200  # of one pattern in one frame


class _Kind(NamedTuple):
    name: str
    near: re.Pattern[str]
    number: re.Pattern[str] | None
    reach: int


def instruction_claims(page: PayPage) -> Iterator[Claim]:
    """Yield one claim for each frame of a payment page that tells a person how to pay."""
    if not page.paying:
        return
    for frame, text in page.words.items():
        strong = tuple(signal for kind in _kinds() if (signal := _instruction_in(kind, text)))
        code = qris.find_code(text)
        if code:
            strong = (*strong, ("qris-text", ", ".join(code.domains) or qris.NATIONAL))
        url = page.address(frame)
        if strong and host_of(url):
            seen = DeclaredAt("text", page.visit.ordinal, page.page)
            operator = page.operators.operator_of(host_of(url), url=url)
            yield declared(seen, Marks("payment", strong), take_apart(url), operator)


def _instruction_in(kind: _Kind, text: str) -> Signal | None:
    for count, hit in enumerate(kind.near.finditer(text)):
        if count >= MAX_HITS:
            return None
        if kind.number is None or kind.number.search(text, hit.end(), hit.end() + kind.reach):
            return kind.name, " ".join(hit[0].split())
    return None


@cache
def _kinds() -> tuple[_Kind, ...]:
    listed: list[dict[str, Any]] = words.load("payments")["instructions"]
    return tuple(
        _Kind(
            each["name"],
            re.compile(each["near"], re.IGNORECASE),
            re.compile(each["number"]) if "number" in each else None,
            each.get("reach", 0),
        )
        for each in listed
    )
