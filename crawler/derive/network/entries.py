"""Entries of the ledger: one a request, from what either witness told of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from crawler.lib.hosts import host_of
from crawler.model.evidence import Address, Body, Initiator, Record, Request, Response

if TYPE_CHECKING:
    from crawler.derive.network.flows import Flow

State = Literal[
    "answered",
    "sent",
    "connected",
    "looked-up",
    "cached",
    "worker",
    "blocked",
    "refused",
    "failed",
    "unended",
]
StageBy = Literal["page", "top frame", "time"]
RECORDER, NETLOG = "playwright", "netlog"
ARRIVED = frozenset({"answered", "sent", "connected"})
UNEXPLAINED = "unexplained"
TOOL = "tool"  # the cause of what the capture itself asked for
REUSED = frozenset({"image", "stylesheet", "script", "font", "media"})  # what a page takes from memory
CAUSES = (  # why one witness alone saw something
    "tool", "browser", "preflight", "shared-worker", "service-worker", "favicon",
    "search-description", "prefetch", "report",
    "preconnect", "broken", "webtransport", "webrtc", "look-up", "download", "ping", "worker", "page-closing",
    "refused", "blocked", "memory-cache", "not-sent", "log-cut", "log-damaged", UNEXPLAINED,
)  # fmt: skip
_TYPES = {  # Sec-Fetch-Dest → the type of a request as the recorder names it
    **dict.fromkeys(("document", "iframe", "frame", "object", "embed"), "document"),
    **dict.fromkeys(("script", "worker", "sharedworker", "serviceworker"), "script"),
    **dict.fromkeys(("audioworklet", "paintworklet", "sharedstorageworklet"), "script"),
    **dict.fromkeys(("json", "text", "speculationrules", "webidentity"), "fetch"),
    "fencedframe": "document",
    "xslt": "stylesheet",
    **dict.fromkeys(("audio", "video"), "media"),
    "image": "image",
    "style": "stylesheet",
    "font": "font",
    "track": "texttrack",
    "manifest": "manifest",
    "report": "cspviolationreport",
    "empty": "fetch",
}
CONNECTIONS = frozenset({"connection", "datagrams"})  # types of entries that no request belongs to


class Entry(Record):
    """One request of the run, or a connection or look-up that no request followed.

    `id` is the recorder's, or the network log's where that alone saw it; `netlog` is the latter's in any
    case. `cause` says why only one witness saw it; `unexplained` where nothing is known that would say so,
    empty where both did, or where there was one witness only. `own` marks the browser's own business.
    `initiator` is from whichever witness knows it: the frame or script of the recorder, else the origin or
    the site of the log. `by_address` says that no page asked: somebody gave the browser a page's address, as
    a scenario's `goto` does. `error` is the browser's name of what went wrong. Of datagrams and WebTransport,
    `body_bytes` and `received_bytes` count all that was sent and received. `refused_range` names the range of
    addresses for which the checking proxy of the run refused the connection: it failed by Pantau's own rule.
    """

    id: str
    netlog: str | None
    time: str
    ended: str | None
    visit: int
    stage_by: StageBy
    ambiguous: bool
    method: str
    url: str
    host: str
    type: str
    seen_by: tuple[str, ...]
    state: State
    cause: str
    initiator: str
    top_site: str
    address: Address | None
    protocol: str
    certificate: str
    body_bytes: int
    own: bool
    received_bytes: int = 0
    by_address: bool = False
    error: str = ""
    refused_range: str = ""

    @property
    def contacted(self) -> bool:
        """Whether something reached the host: an answer, a request, a connection, or datagrams that left."""
        return self.state in ARRIVED

    @property
    def bare(self) -> bool:
        """Whether this is a contact that no request belongs to."""
        return self.type in CONNECTIONS and self.contacted

    @property
    def aside(self) -> bool:
        """Whether this is a contact beside pages' requests: without a request, or of the capture."""
        return self.contacted and (self.cause == TOOL or (self.bare and not self.own))


def from_flow(flow: Flow, **facts: object) -> Entry:
    """Return the entry of what the network log shows, with the facts that it does not know."""
    values = {
        "netlog": flow.id,
        "time": flow.time,
        "ended": flow.ended,
        "method": flow.method,
        "url": flow.url or f"//{flow.host}/",
        "host": flow.host,
        "initiator": initiator_of(flow),
        "top_site": flow.top_site,
        "address": flow.address,
        "protocol": flow.protocol,
        "certificate": flow.certificate,
        "body_bytes": flow.body_bytes or 0,
        "own": flow.own,
        "received_bytes": flow.received_bytes,
        "by_address": flow.main_frame and not flow.initiator and flow.redirected_from is None,
        "error": flow.error,
    }
    return Entry.model_validate(values | facts)


def alone(request: Request, response: Response | None, cause: str) -> Entry:
    """Return the entry of a request that the network log does not show."""
    return Entry(
        id=request.id,
        netlog=None,
        time=request.time,
        ended=response.time if response else None,
        visit=request.visit,
        stage_by="page",
        ambiguous=False,
        method=request.method,
        url=request.url,
        host=host_of(request.url),
        type=request.type,
        seen_by=request.seen_by,
        state=_told_state(request, response, cause),
        cause=cause,
        initiator=request.initiator.url,
        top_site="",
        address=response.address if response else None,
        protocol=str((response.tls or {}).get("protocol", "")) if response else "",
        certificate="",
        body_bytes=request.body.bytes or 0,
        own=False,
        error=(response.failure or "") if response else "",
    )


def _told_state(request: Request, response: Response | None, cause: str) -> State:
    if request.state != "sent":
        return request.state
    if response is None:
        return "unended"
    if response.from_service_worker and not response.contacted:
        return "worker"
    if cause == "memory-cache":
        return "cached"
    return "answered" if response.contacted else "failed"


def initiator_of(flow: Flow) -> str:
    """Return the origin that asked for something, else the site of its page; empty for a page itself."""
    return flow.initiator or ("" if flow.main_frame else flow.top_site)


def state_of(flow: Flow) -> State:
    """Return what came of a flow. By UDP an answer is what came back."""
    if flow.kind in ("webtransport", "datagrams"):
        return _state_by_udp(flow)
    if flow.status is not None and flow.sent:
        return "answered"
    if flow.sent:
        return "sent"
    if flow.address is not None:
        return "connected"
    if flow.kind == "look-up":
        return "looked-up"
    return "failed" if flow.error else "cached"


def _state_by_udp(flow: Flow) -> State:
    if flow.received_bytes:
        return "answered"
    if flow.sent and flow.error != "ERR_CONNECTION_REFUSED":
        return "sent"
    return "failed"


def ended(request: Request, response: Response | None, flow: Flow) -> Response:
    """Return how a request ended, with what the network log knows better: whether a server was reached."""
    contacted = state_of(flow) in ARRIVED
    if response is None:
        return Response(
            id=request.id, time=flow.time, contacted=contacted, status=flow.status,
            headers=flow.response_headers, sent_headers=flow.headers,
            body=Body(state="gone", why="the network log keeps no bodies"),
            address=flow.address, from_cache=state_of(flow) == "cached", failure=flow.error or None,
        )  # fmt: skip
    return response.model_copy(
        update={"contacted": contacted, "address": response.address or (flow.address if contacted else None)}
    )


def as_request(flow: Flow, entry: Entry) -> Request:
    """Return a request that only the network log shows as a record like any other."""
    query = tuple(
        dict.fromkeys(part.partition("=")[0] for part in urlsplit(flow.url).query.split("&") if part)
    )
    body = Body(state="none")
    if flow.body_bytes:
        body = Body(state="gone", bytes=flow.body_bytes, why="the network log keeps no bodies")
    return Request(
        id=entry.id,
        time=flow.time,
        visit=entry.visit,
        page=1,
        frame=flow.initiator or flow.top_site,
        initiator=Initiator(type=entry.cause or "unknown", url=initiator_of(flow)),
        method=flow.method,
        url=flow.url,
        type=entry.type,
        headers=flow.headers,
        body=body,
        fields=query,
        redirected_from=flow.redirected_from,
        from_worker=entry.cause in ("worker", "shared-worker", "service-worker"),
        seen_by=(NETLOG,),
        state="sent",
    )


def type_of(flow: Flow) -> str:
    """Return the type of a flow, as the recorder would name it."""
    if flow.made_for is not None:
        return "preflight"
    if flow.kind != "request":
        return flow.kind
    if flow.url.startswith(("ws:", "wss:")):
        return "websocket"
    if flow.annotation in ("reporting", "network_error_logging"):
        return "cspviolationreport"
    return _TYPES.get(flow.headers.get("sec-fetch-dest", ""), "other")


def may_leave(flow: Flow) -> bool:
    """Say whether a page that is being left could have sent this: no document, and nothing of a worker."""
    return flow.kind == "request" and not flow.main_frame and "sec-ch-ua" in flow.headers


def seconds(time: str) -> float:
    """Return a stored time in seconds since 1970."""
    return datetime.fromisoformat(time).timestamp()
