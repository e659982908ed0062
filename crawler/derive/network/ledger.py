"""One record for each request, from both witnesses: the events of the pages and the network log.

The request recorder knows page, frame and body; the network log misses nothing that leaves. What both saw
is one entry, what only one saw bears the likely cause. The evidence stays as it was captured: all of this
follows from the bundle alone.

A request that the log alone shows has its stage from the site of its page, then from its time. Where two
stages would do it is marked ambiguous, and counts for the earlier one if a page was just being left.
"""

from __future__ import annotations

from collections import defaultdict, deque
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urldefrag, urlsplit

from pydantic import Field

from crawler.derive.cache import code_sha256, find_kept, keep_result
from crawler.derive.network import netlog, traffic
from crawler.derive.network.certificates import Certificate
from crawler.derive.network.entries import (
    CAUSES,
    CONNECTIONS,
    NETLOG,
    RECORDER,
    REUSED,
    UNEXPLAINED,
    Entry,
    State,
    alone,
    as_request,
    ended,
    from_flow,
    initiator_of,
    may_leave,
    seconds,
    state_of,
    type_of,
)
from crawler.derive.network.evidence import Evidence
from crawler.derive.network.proxied import Proxied, proxied_of
from crawler.derive.network.stages import Opening, Stages, opening
from crawler.lib import words
from crawler.lib.hosts import NETWORK_SCHEMES, host_of
from crawler.model.evidence import NameRecord, Record, Request, Response
from crawler.store import layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from crawler.derive.network.flows import Flow, Traffic
    from crawler.store.bundle import Bundle

__all__ = ["CAUSES", "NETLOG", "RECORDER", "UNEXPLAINED", "Entry", "Exchange", "Ledger", "State", "ledger_of"]

FOLDER = "ledger"  # of what is remembered
MADE_BY = ("derive/network", "lib", "model", "policies/words", "store")
MAX_KEPT = 20_000  # entries of a ledger that is remembered; a journey has some hundreds
SPARE_S = 5.0  # a browser opens connections for what it is about to ask for, and may take another then


class Exchange(NamedTuple):
    """One entry with what is told of its request and of how that ended.

    A connection or look-up has no request; what has not ended, or was ended by nobody, has no response.
    """

    entry: Entry
    request: Request | None
    response: Response | None


class Ledger(Record):
    """Every request of a run, in the order of time.

    Attributes:
        entries: One a request.
        requests: As the recorder told them, and those that the network log alone shows.
        responses: How they ended, by request id, as both witnesses together say.
        witnesses: Those whose record the bundle holds.
        complete: Whether the network log reaches to the end of the run.
        certificates: Certificates of the connections, by SHA-256.
        aliases: The chain of names behind a host, as the browser's own look-up found it.
        problem: Why the network log could not be read; empty where it was, or where there is none.
        lost: Lines of the network log that were left out or damaged: what they told is missing here.
        unreadable: Lines of the recorder's files that cannot be read.
    """

    entries: tuple[Entry, ...]
    requests: tuple[Request, ...]
    responses: dict[str, Response]
    witnesses: tuple[str, ...]
    complete: bool
    certificates: dict[str, Certificate] = Field(default_factory=dict)
    aliases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    problem: str = ""
    lost: int = 0
    unreadable: int = 0

    @cached_property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The entries, each with its request and response: joined here, and nowhere else."""
        return tuple(
            Exchange(entry, self._requests.get(entry.id), self.responses.get(entry.id))
            for entry in self.entries
        )

    def request(self, request_id: str) -> Request | None:
        """Return the request with an id, whether or not it went over the network."""
        return self._requests.get(request_id)

    def entry(self, request_id: str) -> Entry | None:
        """Return the entry of a request; None where it could not go over a network."""
        return self._by_id.get(request_id)

    @cached_property
    def _requests(self) -> dict[str, Request]:
        return {request.id: request for request in self.requests}

    @cached_property
    def _by_id(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.entries}

    @cached_property
    def _by_host(self) -> dict[str, Entry]:
        """The first entry of each host that has a connection."""
        return {entry.host: entry for entry in reversed(self.entries) if entry.address is not None}

    def evidence(self, request_id: str | None, host: str) -> Evidence:
        """Return what connections show of a host: that of the very request, else the first to the host."""
        entry = self._by_id.get(request_id or "") or self._by_host.get(host)
        return Evidence(
            aliases=self.aliases.get(host),
            certificate=self.certificates.get(entry.certificate) if entry else None,
            address=entry.address.ip if entry and entry.address else "",
        )


def ledger_of(bundle: Bundle) -> Ledger:
    """Return the ledger of a bundle: remembered, since every judgement and every report asks for it."""
    return bundle.once(_known)


def _known(bundle: Bundle) -> Ledger:
    inputs = {"seal": bundle.seal, "code": code_sha256(*MADE_BY)}
    found = find_kept(bundle, FOLDER, inputs, Ledger)
    if found is None:
        found = _read(bundle)
        if len(found.entries) <= MAX_KEPT:
            keep_result(bundle, FOLDER, inputs, found, most=1)
    return found


def _read(bundle: Bundle) -> Ledger:
    unreadable = sum(bundle.unreadable_lines().values())
    requests, responses = bundle.requests(), bundle.responses()
    named, proxied = _named(bundle), proxied_of(bundle)
    found, problem = _traffic(bundle, _addresses(bundle), proxied)
    if found is None:
        told = [alone(request, responses.get(request.id), "") for request in _network(requests)]
        entries = tuple(_with_refusals(told, proxied))
        return Ledger(
            entries=entries, requests=requests, responses=responses, witnesses=(RECORDER,), complete=False,
            aliases=named, problem=problem, unreadable=unreadable,
        )  # fmt: skip
    merging = _Merging(found, Stages(bundle.run.visits, _openings(found)), responses)
    merged = sorted(merging.entries(requests), key=lambda entry: (entry.time, entry.id))
    entries = tuple(_with_refusals(merged, proxied))
    return Ledger(
        entries=entries,
        requests=(*requests, *merging.unseen_requests),
        responses=responses | merging.ended,
        witnesses=(RECORDER, NETLOG),
        complete=found.complete and not found.truncated,
        certificates=found.certificates,
        aliases=named | found.aliases,
        lost=found.dropped,
        unreadable=unreadable,
    )


def _with_refusals(entries: Iterable[Entry], proxied: Proxied | None) -> Iterator[Entry]:
    """Yield entries, with what failed since the checking proxy of the run refused it told as that."""
    for entry in entries:
        found = proxied.refused(entry.url) if proxied and entry.state == "failed" else ""
        yield entry.model_copy(update={"refused_range": found}) if found else entry


def _traffic(
    bundle: Bundle, addresses: dict[str, tuple[str, ...]], proxied: Proxied | None
) -> tuple[Traffic | None, str]:
    log = netlog.netlog_of(bundle)
    if log is None:
        return None, ""
    try:
        return traffic.read(log, addresses, proxied), ""
    except ValueError as error:
        return None, str(error)


def _named(bundle: Bundle) -> dict[str, tuple[str, ...]]:
    """Return the names behind hosts, as the machine's resolver gave them after the journey."""
    return {record.host: record.aliases for record in _names(bundle)}


def _addresses(bundle: Bundle) -> dict[str, tuple[str, ...]]:
    """Return the addresses of hosts, as the machine's resolver gave them after the journey."""
    return {record.host: record.addresses for record in _names(bundle) if record.addresses}


def _names(bundle: Bundle) -> tuple[NameRecord, ...]:
    if not bundle.holds(layout.NAMES):
        return ()
    return tuple(record for record in bundle.records(layout.NAMES, NameRecord) if not record.error)


def _network(requests: Iterable[Request]) -> Iterator[Request]:
    """Yield the requests that could go over a network: no `data:` or `blob:`."""
    return (each for each in requests if _scheme(each.url) in NETWORK_SCHEMES)


def _scheme(url: str) -> str:
    """Return the scheme of an address; empty where it is none."""
    try:
        return urlsplit(url).scheme.lower()
    except ValueError:
        return ""


def _openings(found: Traffic) -> tuple[Opening, ...]:
    """Return when main documents were asked for, and when they were there."""
    documents = (flow for flow in found.flows if flow.main_frame and not flow.own)
    return tuple(opening(seconds(flow.time), seconds(flow.ended or flow.time)) for flow in documents)


class _Merging:
    """Finds for each request that the recorder told of the one that the network log shows."""

    def __init__(self, found: Traffic, stages: Stages, responses: dict[str, Response]) -> None:
        self._flows = [flow for flow in found.flows if flow.error != "ERR_CACHE_MISS"]
        self._complete = found.complete and not found.truncated
        self._damaged = found.dropped > 0
        self._first = {flow.url: flow.time for flow in reversed(self._flows)}
        self._last = max((flow.time for flow in self._flows), default="")
        self._stages, self._responses = stages, responses
        self.unseen_requests: list[Request] = []
        self.ended: dict[str, Response] = {}

    def entries(self, requests: tuple[Request, ...]) -> Iterator[Entry]:
        """Yield an entry for every request of both."""
        taken = {request.id for request in requests}
        left = {_free(flow.id, taken): flow for flow in self._flows}
        pairs: dict[str, Flow] = {}
        for key in (_whole, _without_query, _host_only):
            _pair(_sendable(requests), key, left, pairs)
        met: list[Entry] = []
        for request in _network(requests):
            flow, response = pairs.get(request.id), self._responses.get(request.id)
            if flow is None:
                cause = self._why_unlogged(request, response)
                if response and cause == "memory-cache":
                    self.ended[request.id] = response.model_copy(update={"contacted": False})
                met.append(alone(request, response, cause))
                continue
            if request.state == "sent":
                self.ended[request.id] = ended(request, response, flow)
            met.append(self._both(request, flow))
        yield from met
        yield from _without_spares([self._unseen(ident, flow) for ident, flow in left.items()], met)

    def _both(self, request: Request, flow: Flow) -> Entry:
        return from_flow(
            flow,
            id=request.id,
            visit=request.visit,
            stage_by="page",
            ambiguous=may_leave(flow) and self._stages.left_behind(request.visit, request.frame, flow.time),
            type=request.type if request.type != "other" else type_of(flow),
            seen_by=(*request.seen_by, NETLOG),
            state=state_of(flow),
            cause="",
            initiator=request.initiator.url or initiator_of(flow),
            body_bytes=request.body.bytes or flow.body_bytes or 0,
        )

    def _unseen(self, ident: str, flow: Flow) -> Entry:
        place = self._stages.place_of(flow.top_site, seconds(flow.time), leaving=may_leave(flow))
        entry = from_flow(
            flow,
            id=ident,
            visit=place.visit,
            stage_by=place.by,
            ambiguous=place.ambiguous,
            type=type_of(flow),
            seen_by=(NETLOG,),
            state=state_of(flow),
            cause=self._why_unseen(flow),
        )
        if flow.kind in ("request", "webtransport") and not flow.own:
            self.unseen_requests.append(as_request(flow, entry))
            self.ended[ident] = ended(self.unseen_requests[-1], None, flow)
        return entry

    def _why_unseen(self, flow: Flow) -> str:
        """Return the likely cause why no event of a page told of it."""
        causes = words.load("traffic")["page"]
        time_s = seconds(flow.time)
        rules: tuple[tuple[bool, str], ...] = (
            (flow.asked_by_tool, "tool"),
            (flow.own, "browser"),
            (flow.made_for is not None, "preflight"),
            (bool(causes.get(flow.annotation)), causes.get(flow.annotation, "")),
            (flow.kind == "webtransport", "webtransport"),
            (flow.kind == "connection" and bool(flow.error), "broken"),
            (flow.kind == "connection" and not flow.url, "log-damaged" if self._damaged else UNEXPLAINED),
            (flow.kind in CONNECTIONS, "preconnect" if flow.pooled else "webrtc"),
            (flow.kind == "look-up", "look-up"),
            ("prefetch" in flow.headers.get("sec-purpose", ""), "prefetch"),
            (flow.headers.get("sec-fetch-dest") == "report", "report"),
            (flow.main_frame, "download"),
            ("ping-from" in flow.headers, "ping"),
            ("user-agent" in flow.headers and "sec-ch-ua" not in flow.headers, "worker"),
            (self._stages.leaving(time_s), "page-closing"),
        )
        return next((cause for holds, cause in rules if holds), UNEXPLAINED)

    def _why_unlogged(self, request: Request, response: Response | None) -> str:
        """Return the likely cause why the network log does not show a request."""
        rules: tuple[tuple[bool, str], ...] = (
            (request.state != "sent", request.state),
            (response is not None and response.from_service_worker, "service-worker"),
            (response is not None and response.from_cache, "memory-cache"),
            (response is not None and not response.contacted, "not-sent"),
            (not self._complete and request.time >= self._last, "log-cut"),
            (response is not None and response.address is None, "memory-cache"),
            (request.type in REUSED and self._first.get(request.url, "~") < request.time, "memory-cache"),
            (self._damaged, "log-damaged"),
        )
        return next((cause for holds, cause in rules if holds), UNEXPLAINED)


def _without_spares(entries: list[Entry], met: list[Entry]) -> Iterator[Entry]:
    """Yield entries without connections that were made for a request which then went over another.

    What is left of connections stands once a host and visit; of datagrams the bytes are summed.
    """
    asked: dict[str, list[Entry]] = defaultdict(list)
    for entry in (*met, *entries):
        if entry.contacted and entry.type not in CONNECTIONS:
            asked[entry.host].append(entry)
    told: dict[tuple[int, str, str], Entry] = {}
    for entry in entries:
        key = (entry.visit, entry.host, entry.type)
        if entry.type not in CONNECTIONS:
            yield entry
        elif entry.type == "datagrams" and key in told:
            told[key] = _summed(told[key], entry)
        elif not (entry.type == "connection" and _made_for_one(entry, asked[entry.host])):
            told.setdefault(key, entry)
    yield from told.values()


def _made_for_one(connection: Entry, asked: list[Entry]) -> bool:
    at_s = seconds(connection.time)
    return any(
        entry.visit == connection.visit or abs(seconds(entry.time) - at_s) <= SPARE_S for entry in asked
    )


def _summed(first: Entry, more: Entry) -> Entry:
    came = first.state == "answered" or more.state != "answered"
    return first.model_copy(
        update={
            "body_bytes": first.body_bytes + more.body_bytes,
            "received_bytes": first.received_bytes + more.received_bytes,
            "state": first.state if came else more.state,
            "ended": max(filter(None, (first.ended, more.ended)), default=None),
        }
    )


def _free(ident: str, taken: set[str]) -> str:
    """Return an id that the recorder gave to none of its requests."""
    while ident in taken:
        ident += "~"
    return ident


def _sendable(requests: tuple[Request, ...]) -> list[Request]:
    """Return what may have left: what was refused or blocked has no counterpart in the log."""
    return [each for each in _network(requests) if each.state == "sent"]


def _pair(
    requests: list[Request],
    key: Callable[[str, str], tuple[str, ...]],
    left: dict[str, Flow],
    pairs: dict[str, Flow],
) -> None:
    """Pair what has the same key, oldest with oldest. Secrets may be redacted differently in the two."""
    key_of = {id(flow): ident for ident, flow in left.items()}
    waiting: dict[tuple[str, ...], deque[Flow]] = defaultdict(deque)
    for flow in left.values():
        if flow.kind == "request" and flow.made_for is None and not flow.own:
            waiting[key(flow.method, flow.url)].append(flow)
    for request in requests:
        queue = waiting.get(key(request.method, request.url))
        if request.id not in pairs and queue:
            flow = queue.popleft()
            pairs[request.id] = flow
            del left[key_of[id(flow)]]


def _whole(method: str, url: str) -> tuple[str, ...]:
    return (method, urldefrag(url).url)


def _without_query(method: str, url: str) -> tuple[str, ...]:
    return (method, urldefrag(url).url.partition("?")[0])


def _host_only(method: str, url: str) -> tuple[str, ...]:
    """Return the key where a secret in the path was redacted in one of the two only."""
    return (method, host_of(url), "h:") if "h:" in url or "h%3A" in url else (method, host_of(url), url)
