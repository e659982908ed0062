"""The hand-over point: the first request at which the operator changes while the page stays.

The front end may switch from one business to another without a visible jump. What shows it is the first
request that serves the page and goes to the other side's systems, though the page's own address is still run
by the first. Telemetry, advertising, pictures and third parties hand nothing over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.derive.operators.hosts import Group
from crawler.derive.operators.rungs import SIDES
from crawler.lib import words
from crawler.lib.hosts import host_of
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.derive.network.ledger import Entry, Ledger
    from crawler.derive.operators.operator import Operator
    from crawler.model.evidence import Request, Visit

SERVING = frozenset({"document", "xhr", "fetch", "websocket", "eventsource"})


class HandOver(Record):
    """Where the operator changed: the request, the page it was made for, and who runs each of the two."""

    request: str
    time: str
    visit: int
    page_host: str
    page_operator: Group
    host: str
    operator: Group
    method: str
    url: str


def find_handover(
    ledger: Ledger, visits: tuple[Visit, ...], operator: Callable[[Entry], Operator]
) -> HandOver | None:
    """Return the hand-over point of a journey, None where the operator never changed under a page.

    Args:
        ledger: What went over the network.
        visits: The visits of the run.
        operator: Says who runs the host of an entry.
    """
    pages = {visit.ordinal: frozenset(_hosts(visit)) for visit in visits}
    by_host: dict[str, Operator] = {}
    for entry, request, _ in ledger.exchanges:
        answer = operator(entry)
        by_host.setdefault(entry.host, answer)
        page_host = _page_host(entry, request, pages)
        page = by_host.get(page_host)
        if page is None or page.operator not in SIDES or not _serves(entry, answer):
            continue
        if answer.operator in SIDES and answer.operator != page.operator:
            return HandOver(
                request=entry.id,
                time=entry.time,
                visit=entry.visit,
                page_host=page_host,
                page_operator=page.operator,
                host=entry.host,
                operator=answer.operator,
                method=entry.method,
                url=entry.url,
            )
    return None


def _serves(entry: Entry, operator: Operator) -> bool:
    """Say whether a request serves its page, and reached somebody or would have but for the guard."""
    aside = operator.role in words.load("payments")["traps"]["roles"]
    reached = entry.contacted or entry.state == "refused"
    return reached and not aside and not entry.own and entry.type in SERVING


def _page_host(entry: Entry, request: Request | None, pages: dict[int, frozenset[str]]) -> str:
    """Return the host of the page that a request was made for, where that is a page of its visit."""
    host = host_of(request.frame if request else "") or host_of(entry.initiator)
    return host if host in pages.get(entry.visit, ()) and host != entry.host else ""


def _hosts(visit: Visit) -> set[str]:
    return {host_of(url) for url in (*visit.urls, *(page.url for page in visit.pages))}
