"""Requests and hosts of a run, joined with how they ended and with who runs the host."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.derive.claims import handover
from crawler.derive.network.entries import TOOL
from crawler.derive.network.ledger import NETLOG, UNEXPLAINED
from crawler.lib.hosts import host_of
from crawler.report.views import HostView, LedgerStage, LedgerView, OperatorView, RequestView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from crawler.derive.network.ledger import Entry
    from crawler.derive.operators.operator import Operator
    from crawler.derive.reading import BundleReading
    from crawler.model.evidence import Request, Visit

_CONFIDENCES = ("none", "low", "medium", "high")


class Wire:
    """The network of one bundle, read once.

    Args:
        reading: What is derived from the bundle whose requests are shown.
        on: The day that is judged: who runs a host is said of that day.
    """

    def __init__(self, reading: BundleReading, on: date) -> None:
        self._operators = reading.operators(on)
        self.ledger = reading.ledger
        self._bare = tuple(entry for entry in self.ledger.entries if entry.aside)

    def request(self, request_id: str) -> RequestView | None:
        """Return the request with this id, or None if the bundle does not have it."""
        request = self.ledger.request(request_id)
        if request is not None:
            return self._view(request)
        return next((self._bare_view(entry) for entry in self._bare if entry.id == request_id), None)

    def requests(self) -> Iterator[tuple[int, RequestView]]:
        """Yield every request of the run with the visit it belongs to, in the order of their capture.

        Connections without a request come last.
        """
        for request in self.ledger.requests:
            yield request.visit, self._view(request)
        for entry in self._bare:
            yield entry.visit, self._bare_view(entry)

    def hosts(self, visit: int) -> tuple[HostView, ...]:
        """Return the hosts of a visit, of its requests and its connections, in alphabetical order."""
        return self._hosts(lambda number: number == visit)

    def outside(self, visits: tuple[Visit, ...]) -> tuple[HostView, ...]:
        """Return the hosts that were contacted before the first visit, or at none."""
        numbers = {visit.ordinal for visit in visits}
        found = self._hosts(lambda number: number not in numbers)
        return tuple(host for host in found if host.contacted)

    def _hosts(self, at: Callable[[int], bool]) -> tuple[HostView, ...]:
        groups: dict[str, list[RequestView]] = defaultdict(list)
        for request in self.ledger.requests:
            if at(request.visit) and host_of(request.url):
                groups[host_of(request.url)].append(self._view(request))
        for entry in self._bare:
            if at(entry.visit):
                groups[entry.host].append(self._bare_view(entry))
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
            handover=handover.find_handover(book, visits, self.operator_of),
            entries=book.entries,
            certificates=book.certificates,
            aliases=book.aliases,
            lost=book.lost,
            outside=self.outside(visits),
        )

    def operator_of(self, entry: Entry) -> Operator:
        """Return who runs the host of an entry."""
        evidence = self.ledger.evidence(entry.id, entry.host)
        return self._operators.operator_of(entry.host, url=entry.url, evidence=evidence)

    def _view(self, request: Request) -> RequestView:
        response, entry = self.ledger.responses.get(request.id), self.ledger.entry(request.id)
        return RequestView(
            id=request.id,
            time=request.time,
            method=request.method,
            scheme=request.url.partition(":")[0],
            host=host_of(request.url),
            path=_path(request.url),
            type=entry.type if entry else request.type,
            state=request.state,
            contacted=bool(response and response.contacted and host_of(request.url)),
            status=response.status if response else None,
            address=response.address if response else None,
            fields=request.fields,
            operator=self._operator(request),
            initiator=entry.initiator if entry else request.initiator.url,
            ambiguous=entry is not None and entry.ambiguous,
            answered=bool(response and response.status),
            refused_range=entry.refused_range if entry else "",
        )

    def _bare_view(self, entry: Entry) -> RequestView:
        return RequestView(
            id=entry.id,
            time=entry.time,
            method=entry.method,
            scheme=entry.url.partition(":")[0] if "://" in entry.url else "",
            host=entry.host,
            path=_path(entry.url) if entry.cause == TOOL else "",
            type=entry.type,
            state="tool" if entry.cause == TOOL else "connection",
            contacted=True,
            status=None,
            address=entry.address,
            fields=(),
            operator=_operator_view(self.operator_of(entry)),
            initiator=entry.initiator,
            ambiguous=entry.ambiguous,
            answered=entry.type == "connection" or entry.state == "answered",
        )

    def _operator(self, request: Request) -> OperatorView:
        host, response = host_of(request.url), self.ledger.responses.get(request.id)
        found = self._operators.operator_of(
            host,
            url=request.url,
            headers=response.headers if response else {},
            evidence=self.ledger.evidence(request.id, host),
        )
        return _operator_view(found)


def _operator_view(found: Operator) -> OperatorView:
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


def _kind(view: RequestView) -> str:
    """Return what kind of contact without a request of a page this is."""
    kind = "tool" if view.state == "tool" else view.type
    return kind if view.answered or kind != "datagrams" else "datagrams-unanswered"


def _host(host: str, views: list[RequestView]) -> HostView:
    """Sum up one host. The operator is the most certain answer over all its requests."""
    bare = [view for view in views if view.state in ("connection", "tool")]
    kinds = (_kind(view) for view in bare)
    return HostView(
        host=host,
        requests=len(views) - len(bare),
        contacted=any(view.contacted for view in views),
        refused=sum(view.state == "refused" for view in views),
        types=tuple(sorted({view.type for view in views})),
        addresses=tuple(sorted({view.address.ip for view in views if view.address})),
        operator=max((view.operator for view in views), key=_certainty),
        bare=tuple(sorted(set(kinds))),
        refused_ranges=tuple(sorted({view.refused_range for view in views} - {""})),
    )
