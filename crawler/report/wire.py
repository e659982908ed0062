"""Requests and hosts of a run, joined with how they ended and with who runs the host."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.derive import handover
from crawler.derive import ledger as ledgers
from crawler.derive.ledger import NETLOG, UNEXPLAINED
from crawler.lib.hosts import host_of
from crawler.report.views import HostView, LedgerStage, LedgerView, OperatorView, RequestView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.derive.ledger import Entry
    from crawler.derive.operators import Operator, Operators
    from crawler.model.evidence import Request, Visit
    from crawler.store.bundle import Bundle

_CONFIDENCES = ("none", "low", "medium", "high")


class Wire:
    """The network of one bundle, read once.

    Args:
        bundle: The bundle whose requests are shown.
        operators: The operator table of the day that is judged.
    """

    def __init__(self, bundle: Bundle, operators: Operators) -> None:
        self._operators = operators
        self.ledger = ledgers.of(bundle)
        self._responses = self.ledger.responses
        self._requests = {request.id: request for request in self.ledger.requests}

    def request(self, request_id: str) -> RequestView | None:
        """Return the request with this id, or none if the bundle does not have it."""
        request = self._requests.get(request_id)
        return self._view(request) if request else None

    def requests(self) -> Iterator[tuple[int, RequestView]]:
        """Yield every request of the run with the visit it belongs to, in the order of their capture."""
        for request in self._requests.values():
            yield request.visit, self._view(request)

    def hosts(self, visit: int) -> tuple[HostView, ...]:
        """Return the hosts that a visit named in its requests, in alphabetical order."""
        groups: dict[str, list[RequestView]] = defaultdict(list)
        for request in self._requests.values():
            if request.visit == visit and host_of(request.url):
                groups[host_of(request.url)].append(self._view(request))
        return tuple(_host(host, views) for host, views in sorted(groups.items()))

    def ledger_view(self, visits: tuple[Visit, ...]) -> LedgerView:
        """Return the ledger, summed up by visit, and the hand-over point of the journey."""
        book = self.ledger
        numbers = sorted({entry.visit for entry in book.entries} | {visit.ordinal for visit in visits})
        return LedgerView(
            witnesses=book.witnesses,
            complete=book.complete,
            problem=book.problem,
            stages=tuple(_stage(number, book.entries) for number in numbers),
            handover=handover.find(book, visits, self.operator_of),
            entries=book.entries,
            certificates=book.certificates,
            aliases=book.aliases,
        )

    def operator_of(self, entry: Entry) -> Operator:
        """Return who runs the host of an entry."""
        evidence = self.ledger.evidence(entry.id, entry.host)
        return self._operators.of(entry.host, url=entry.url, evidence=evidence)

    def _view(self, request: Request) -> RequestView:
        response = self._responses.get(request.id)
        return RequestView(
            id=request.id,
            time=request.time,
            method=request.method,
            scheme=request.url.partition(":")[0],
            host=host_of(request.url),
            path=_path(request.url),
            type=request.type,
            state=request.state,
            contacted=bool(response and response.contacted),
            status=response.status if response else None,
            address=response.address if response else None,
            fields=request.fields,
            operator=self._operator(request),
        )

    def _operator(self, request: Request) -> OperatorView:
        host, response = host_of(request.url), self._responses.get(request.id)
        found = self._operators.of(
            host,
            url=request.url,
            headers=response.headers if response else {},
            evidence=self.ledger.evidence(request.id, host),
        )
        return OperatorView(
            operator=found.operator,
            name_class=found.name_class,
            owner=found.owner,
            role=found.role,
            payment=found.payment,
            confidence=found.confidence,
            conflicts=found.conflicts,
            resembles=found.resembles,
            rungs=tuple(rung for rung in found.rungs if rung.result == "match"),
        )


def _stage(visit: int, entries: tuple[Entry, ...]) -> LedgerStage:
    """Sum up one visit. What the browser does for itself is counted among the causes alone."""
    own = [entry for entry in entries if entry.visit == visit]
    pages = [entry for entry in own if not entry.own]
    log_only = [entry for entry in pages if entry.seen_by == (NETLOG,)]
    both = [entry for entry in pages if NETLOG in entry.seen_by and len(entry.seen_by) > 1]
    unexplained = {entry.host for entry in pages if entry.cause == UNEXPLAINED}
    return LedgerStage(
        visit=visit,
        both=len(both),
        events_only=len(pages) - len(both) - len(log_only),
        log_only=len(log_only),
        causes=dict(Counter(entry.cause for entry in own if entry.cause)),
        unexplained=tuple(sorted(unexplained)),
        ambiguous=sum(entry.ambiguous for entry in pages),
    )


def _path(url: str) -> str:
    """Return the path without its query, where values of a shopper may stand."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _certainty(operator: OperatorView) -> int:
    return _CONFIDENCES.index(operator.confidence)


def _host(host: str, views: list[RequestView]) -> HostView:
    """Sum up one host. The operator is the most certain answer over all its requests."""
    return HostView(
        host=host,
        requests=len(views),
        contacted=any(view.contacted for view in views),
        refused=sum(view.state == "refused" for view in views),
        types=tuple(sorted({view.type for view in views})),
        addresses=tuple(sorted({view.address.ip for view in views if view.address})),
        operator=max((view.operator for view in views), key=_certainty),
    )
