"""What the network log shows: requests, connections without one, look-ups without either.

A request is joined to the connection it went over, also where HTTP/2 or QUIC puts a session between the two,
and so to the address and the certificate of that very connection. A redirect makes one more request. Bodies
and the frame that asked are not in the log; the site of the page is.

UDP knows no connection. What was sent to an address is told as sent, and as answered where something came
back; a name that was only looked up is told as that. An event that does not say what its type says is left
out and counted, and the traffic says how many were.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from crawler.derive.network import sockets
from crawler.derive.network.flows import Flow, Traffic
from crawler.derive.network.netlog import Damaged
from crawler.derive.network.sockets import Sockets, is_group_address
from crawler.lib import words
from crawler.lib.clock import stamp
from crawler.lib.hosts import host_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from crawler.derive.network.links import Datagrams, Named, Session, Socket
    from crawler.derive.network.netlog import Event, NetLog
    from crawler.derive.network.proxied import Proxied

MAX_FLOWS = 200_000
EACH_EVENTS = 1_000  # so often it is counted what is held
MAX_SOURCES = 4_000_000  # held while reading; a whole journey has some thousands
_STATUS = re.compile(r"^HTTP/[\d.]+ (\d{3})(?!\d)")
_FACTOR, _MODULUS = 31, 138_003_713  # Source: network_traffic_annotation.h of Chromium


@dataclass
class _Hop:
    """A request under way."""

    id: str
    time_ms: int
    url: str
    facts: dict[str, Any]
    job: int | None = None


@dataclass
class _Request:
    """A source of the log that makes requests: one hop, and one more for each redirect."""

    annotation: str = ""
    made_for: str | None = None
    hops: list[_Hop] = field(default_factory=list)


def read(
    log: NetLog,
    addresses: Mapping[str, tuple[str, ...]] | None = None,
    proxied: Proxied | None = None,
) -> Traffic:
    """Return what a network log shows.

    Args:
        log: The log.
        addresses: Those of hosts as the machine's own resolver gave them, where it was asked.
        proxied: What stood behind the connections, where the browser went by the checking proxy.

    Raises:
        ValueError: it does not begin as a network log.
    """
    joining = _Joining(log, proxied)
    lost = 0
    for event in log.events(EVENTS):
        try:
            joining.take(event)
        except Damaged:
            lost += 1
        if joining.full:
            break
    return joining.result(lost, addresses or {})


class _Joining:
    """Puts together what the log tells of requests, and joins it to the connections."""

    def __init__(self, log: NetLog, proxied: Proxied | None) -> None:
        self._log = log
        self._requests: dict[int, _Request] = {}
        self._sockets = Sockets(log, proxied)
        self._count = 0
        self._taken = 0
        self.full = False

    def take(self, event: Event) -> None:
        """Take what an event says.

        Raises:
            Damaged: it does not say what an event of its type says.
        """
        handler = _REQUEST_HANDLERS.get(event.name)
        if handler is not None:
            handler(self, event)
        else:
            sockets.HANDLERS[event.name](self._sockets, event)
        self._taken += 1
        if self._taken % EACH_EVENTS == 0 or self._count >= MAX_FLOWS:
            held = self._sockets.size + len(self._requests)
            self.full = self._count >= MAX_FLOWS or held >= MAX_SOURCES

    # --- requests --------------------------------------------------------------------------------------

    def alive(self, event: Event) -> None:
        request = self._requests.setdefault(event.source, _Request())
        if event.phase == "begin":
            request.annotation = _annotation(event.number("traffic_annotation"))
        elif request.hops:
            request.hops[-1].facts["ended"] = _stamp(event.time_ms)
            if error := event.number("net_error"):
                request.hops[-1].facts.setdefault("error", self._sockets.error(error))

    def started(self, event: Event) -> None:
        if event.phase != "begin":
            return
        url, method = event.text("url"), event.text("method")
        if not url or not method:
            raise Damaged("url or method")
        request = self._requests.setdefault(event.source, _Request())
        number = len(request.hops)
        if request.hops:
            request.hops[-1].facts["ended"] = _stamp(event.time_ms)
        site = event.text("network_isolation_key").split(" ", 1)[0]
        facts = {
            "method": method,
            "initiator": _origin(event.text("initiator")),
            "top_site": site if "://" in site else "",
            "main_frame": event.text("request_type") == "main frame",
            "redirected_from": request.hops[-1].id if request.hops else None,
        }
        ident = f"n{event.source}" + (f"-{number}" if number else "")
        request.hops.append(_Hop(ident, event.time_ms, url, facts))
        self._count += 1

    def created_by(self, event: Event) -> None:
        self._requests.setdefault(event.source, _Request()).made_for = f"n{event.needed}"

    def bound_to_job(self, event: Event) -> None:
        job = event.needed
        if hop := self._hop(event):
            hop.job = job

    def sending(self, event: Event) -> None:
        headers = _headers(event.texts("headers"))
        if hop := self._hop(event):
            hop.facts |= {"sent": True, "headers": headers}

    def answered(self, event: Event) -> None:
        listed = event.texts("headers")
        match = _STATUS.match(listed[0]) if listed else None
        if match is None:
            raise Damaged("status")
        if hop := self._hop(event):
            hop.facts |= {"status": int(match.group(1)), "response_headers": _headers(listed)}

    def uploading(self, event: Event) -> None:
        size = event.number("total_size")
        if (hop := self._hop(event)) and size is not None and size >= 0:
            hop.facts["body_bytes"] = size

    def _hop(self, event: Event) -> _Hop | None:
        request = self._requests.get(event.source)
        return request.hops[-1] if request and request.hops else None

    # --- what came of it -------------------------------------------------------------------------------

    def result(self, lost: int, addresses: Mapping[str, tuple[str, ...]]) -> Traffic:
        tcp: set[int] = set()
        udp: set[int] = set()
        requests = list(self._request_flows(tcp, udp))
        others = [*self._connection_flows(tcp), *self._datagram_flows(udp, addresses)]
        known = {flow.host for flow in (*requests, *others)}
        look_ups = [flow for flow in self._look_up_flows() if flow.host not in known]
        ordered = sorted((*requests, *others, *look_ups), key=lambda flow: (flow.time, flow.id))
        return Traffic(
            flows=tuple(ordered),
            certificates=self._sockets.certificates,
            aliases=self._sockets.aliases,
            complete=self._log.complete,
            truncated=self.full or self._log.cut,
            dropped=self._log.dropped + lost,
        )

    def _request_flows(self, tcp: set[int], udp: set[int]) -> Iterator[Flow]:
        """Yield the requests, and note which connections they went over."""
        for source, request in self._requests.items():
            quic = self._sockets.quic_of(source)
            for hop in request.hops:
                number = self._sockets.socket_number(hop.job) if hop.job is not None else None
                facts = _connection_facts(self._sockets.tcp.get(number) if number is not None else None)
                if number is not None:
                    tcp.add(number)
                elif quic and hop is request.hops[-1]:
                    udp.add(quic[0])
                    facts = {"address": quic[1].address, "protocol": "QUIC, h3"}
                yield Flow(
                    id=hop.id,
                    time=_stamp(hop.time_ms),
                    kind="request",
                    url=hop.url,
                    host=host_of(hop.url),
                    annotation=request.annotation,
                    made_for=request.made_for,
                    **hop.facts,
                    **facts,
                )

    def _connection_flows(self, used: set[int]) -> Iterator[Flow]:
        """Yield connections that stood and carried no request, also those that broke before they could."""
        for number, socket, named in self._sockets.connections():
            if number not in used and socket.address is not None:
                yield Flow(
                    id=f"c{number}",
                    time=_stamp(named.time_ms if named else socket.time_ms),
                    kind="connection",
                    url=named.origin if named else "",
                    host=named.host if named else socket.address.ip,
                    top_site=named.site if named else "",
                    pooled=named is not None and named.pooled,
                    error=socket.error,
                    **_connection_facts(socket),
                )

    def _datagram_flows(self, used: set[int], addresses: Mapping[str, tuple[str, ...]]) -> Iterator[Flow]:
        """Yield WebTransport sessions, QUIC sessions without a request, and what WebRTC sent."""
        told: set[int] = set()
        for number, sent, owner, named in self._sockets.datagrams(addresses):
            session = self._sockets.sessions.get(owner) if owner is not None else None
            if owner is not None and session is not None:
                told.add(owner)
                yield _session(owner, session, sent, self._sockets.udp[number].error)
            elif number not in used:
                yield _datagrams(number, sent, named, self._sockets.udp[number].error)
        for owner, session in self._sockets.sessions.items():
            if owner not in told:
                yield _session(owner, session, None, "")

    def _look_up_flows(self) -> Iterator[Flow]:
        for number, each in enumerate(self._sockets.look_ups()):
            yield Flow(
                id=f"d{number}",
                time=_stamp(each.time_ms),
                kind="look-up",
                url="",
                host=each.host,
                top_site=each.site,
            )


def _session(owner: int, session: Session, sent: Datagrams | None, error: str) -> Flow:
    return Flow(
        id=f"w{owner}",
        time=_stamp(session.named.time_ms),
        kind="webtransport",
        method="CONNECT",
        url=session.url,
        host=session.named.host,
        initiator=session.named.site,
        top_site=session.named.site,
        error=error or session.error,
        ended=_stamp(session.ended_ms) if session.ended_ms is not None else None,
        protocol="QUIC, h3",
        **_sent(sent),
    )


def _datagrams(number: int, sent: Datagrams, named: Named | None, error: str) -> Flow:
    address = sent.address
    return Flow(
        id=f"u{number}-{address.ip}-{address.port}",
        time=_stamp(sent.time_ms),
        kind="datagrams",
        url=named.origin if named else "",
        host=named.host if named else address.ip,
        top_site=named.site if named else "",
        pooled=named is not None and named.pooled,
        ended=_stamp(sent.last_ms),
        protocol="QUIC" if named and named.pooled else "UDP",
        to_group=is_group_address(address.ip),
        error=error,
        **_sent(sent),
    )


def _sent(sent: Datagrams | None) -> dict[str, Any]:
    if sent is None:
        return {}
    return {"address": sent.address, "body_bytes": sent.sent, "received_bytes": sent.received, "sent": True}


def _connection_facts(socket: Socket | None) -> dict[str, Any]:
    if socket is None:
        return {}
    return {"address": socket.address, "protocol": socket.protocol, "certificate": socket.certificate}


def _headers(listed: list[str]) -> dict[str, str]:
    """Return header lines as names in lower case and values; the first line of an answer is none."""
    found = {}
    for line in listed:
        name, colon, value = line.partition(": ")
        if colon and name and " " not in name:
            found[name.lower()] = value
    return found


def _origin(value: str) -> str:
    return value if "://" in value else ""


def _stamp(time_ms: int) -> str:
    return stamp(datetime.fromtimestamp(time_ms / 1000, UTC))


def _annotation(number: int | None) -> str:
    """Return the name of a traffic annotation; its number where the name is not known."""
    return _annotations().get(number, str(number)) if number else ""


@cache
def _annotations() -> dict[int, str]:
    traffic = words.load("traffic")
    names = (*traffic["page"], *traffic["tool"]["names"], *traffic["own"]["names"])
    return {_hashed(name): name for name in names}


def _hashed(name: str) -> int:
    value = 0
    for sign in name:
        value = (value * _FACTOR + ord(sign)) % _MODULUS
    return value


_REQUEST_HANDLERS: dict[str, Callable[[_Joining, Event], None]] = {
    "REQUEST_ALIVE": _Joining.alive,
    "URL_REQUEST_START_JOB": _Joining.started,
    "CREATED_BY": _Joining.created_by,
    "HTTP_STREAM_REQUEST_BOUND_TO_JOB": _Joining.bound_to_job,
    "HTTP_TRANSACTION_SEND_REQUEST_HEADERS": _Joining.sending,
    "HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS": _Joining.sending,
    "HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS": _Joining.sending,
    "HTTP_TRANSACTION_READ_RESPONSE_HEADERS": _Joining.answered,
    "UPLOAD_DATA_STREAM_INIT": _Joining.uploading,
}
EVENTS = frozenset(_REQUEST_HANDLERS) | frozenset(sockets.HANDLERS)
