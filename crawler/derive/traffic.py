"""What the network log shows: requests, connections without one, look-ups without either.

A request is joined to the connection it went over, also where HTTP/2 puts a session between the two, and so
to the address and the certificate of that very connection. A redirect makes one more request. Bodies and the
frame that asked are not in the log; the site of the page is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from crawler.derive import certificates
from crawler.derive.flows import Flow, Traffic
from crawler.lib import words
from crawler.lib.clock import stamp
from crawler.lib.hosts import host_of, normalise
from crawler.model.evidence import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crawler.derive.netlog import Event, NetLog

MAX_FLOWS = 200_000
_GROUP = re.compile(r"(?:^|/)((?:https?|wss?)://[^\s/]+)(?: <(\S+))?")
_STATUS = re.compile(r"^HTTP/[\d.]+ (\d{3})")
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
class _Socket:
    """A connection under way."""

    address: Address | None = None
    protocol: str = ""
    certificate: str = ""


@dataclass
class _Request:
    """A source of the log that makes requests: one hop, and one more for each redirect."""

    annotation: str = ""
    made_for: str | None = None
    hops: list[_Hop] = field(default_factory=list)


def read(log: NetLog) -> Traffic:
    """Return what a network log shows.

    Raises:
        ValueError: it does not begin as a network log.
    """
    joining = _Joining(log)
    for event in log.events(EVENTS):
        _HANDLERS[event.name](joining, event)
        if joining.full:
            break
    return joining.result()


class _Joining:
    """Puts together what the log tells source by source."""

    def __init__(self, log: NetLog) -> None:
        self._log = log
        self._requests: dict[int, _Request] = {}
        self._sockets: dict[int, _Socket] = {}
        self._session_of: dict[int, int] = {}  # a stream job's HTTP/2 session
        self._socket_of: dict[int, int] = {}  # of a stream job, an HTTP/2 session or a connect job
        self._connecting: dict[int, tuple[int, str, str]] = {}  # connect job → time, address, site
        self._looked_up: dict[tuple[str, str], int] = {}
        self._job_host: dict[int, str] = {}
        self._aliases: dict[str, tuple[str, ...]] = {}
        self._certificates: dict[str, certificates.Certificate] = {}
        self._count = 0

    @property
    def full(self) -> bool:
        return self._count >= MAX_FLOWS

    # --- requests --------------------------------------------------------------------------------------

    def alive(self, event: Event) -> None:
        request = self._requests.setdefault(event.source, _Request())
        if event.phase == "begin":
            request.annotation = _annotation(event.params.get("traffic_annotation"))
        elif request.hops:
            request.hops[-1].facts["ended"] = _stamp(event.time_ms)
            if event.params.get("net_error"):
                request.hops[-1].facts.setdefault("error", self._error(event))

    def started(self, event: Event) -> None:
        if event.phase != "begin":
            return
        request = self._requests.setdefault(event.source, _Request())
        number = len(request.hops)
        if request.hops:
            request.hops[-1].facts["ended"] = _stamp(event.time_ms)
        said = event.params
        site = str(said.get("network_isolation_key", "")).split(" ", 1)[0]
        facts = {
            "method": str(said.get("method", "")),
            "initiator": _origin(said.get("initiator")),
            "top_site": site if "://" in site else "",
            "main_frame": said.get("request_type") == "main frame",
            "redirected_from": request.hops[-1].id if request.hops else None,
        }
        ident = f"n{event.source}" + (f"-{number}" if number else "")
        request.hops.append(_Hop(ident, event.time_ms, str(said.get("url", "")), facts))
        self._count += 1

    def created_by(self, event: Event) -> None:
        if event.dependency is not None:
            self._requests.setdefault(event.source, _Request()).made_for = f"n{event.dependency}"

    def bound_to_job(self, event: Event) -> None:
        if hop := self._hop(event):
            hop.job = event.dependency

    def sending(self, event: Event) -> None:
        if hop := self._hop(event):
            hop.facts |= {"sent": True, "headers": _headers(event.params.get("headers"))}

    def answered(self, event: Event) -> None:
        if hop := self._hop(event):
            listed = event.params.get("headers") or [""]
            match = _STATUS.match(str(listed[0]))
            hop.facts |= {
                "status": int(match.group(1)) if match else None,
                "response_headers": _headers(listed),
            }

    def uploading(self, event: Event) -> None:
        size = event.params.get("total_size")
        if (hop := self._hop(event)) and isinstance(size, int):
            hop.facts["body_bytes"] = size

    def _hop(self, event: Event) -> _Hop | None:
        request = self._requests.get(event.source)
        return request.hops[-1] if request and request.hops else None

    # --- connections -----------------------------------------------------------------------------------

    def bound_to_socket(self, event: Event) -> None:
        if event.dependency is not None:
            self._socket_of[event.source] = event.dependency

    def bound_to_session(self, event: Event) -> None:
        if event.dependency is not None:
            self._session_of[event.source] = event.dependency

    def connecting(self, event: Event) -> None:
        match = _GROUP.search(str(event.params.get("group_id", "")))
        if match and len(self._connecting) < MAX_FLOWS:
            site = match.group(2) or ""
            self._connecting[event.source] = (event.time_ms, match.group(1), site if "://" in site else "")

    def connected(self, event: Event) -> None:
        if address := _address(event.params.get("remote_address")):
            self._socket(event).address = address

    def secured(self, event: Event) -> None:
        if event.phase == "end" and event.params.get("version"):
            parts = (event.params["version"], event.params.get("next_proto"))
            self._socket(event).protocol = ", ".join(str(part) for part in parts if part)

    def certified(self, event: Event) -> None:
        chain = event.params.get("certificates")
        found = certificates.read(chain[0]) if isinstance(chain, list) and chain else None
        if found:
            self._certificates[found.sha256] = found
            self._socket(event).certificate = found.sha256

    def _socket(self, event: Event) -> _Socket:
        return self._sockets.setdefault(event.source, _Socket())

    # --- look-ups --------------------------------------------------------------------------------------

    def looking_up(self, event: Event) -> None:
        if event.phase != "begin":
            return
        site = str(event.params.get("network_anonymization_key", "")).split(" ", 1)[0]
        named = str(event.params.get("host") or event.params.get("hostname") or "")
        host = host_of(named) or normalise(named)
        if host and len(self._looked_up) < MAX_FLOWS:
            self._job_host[event.source] = host
            self._looked_up.setdefault((host, site if "://" in site else ""), event.time_ms)

    def looked_up(self, event: Event) -> None:
        """Take the chain of names that a look-up went through."""
        host, results = self._job_host.get(event.source), event.params.get("results")
        if event.phase != "end" or host is None or not isinstance(results, list):
            return
        targets = [normalise(str(each.get("alias_target", ""))) for each in results if isinstance(each, dict)]
        self._aliases[host] = tuple(dict.fromkeys(filter(None, targets)))

    # --- what came of it -------------------------------------------------------------------------------

    def result(self) -> Traffic:
        requests = list(self._request_flows())
        known = {flow.host for flow in requests}
        connections = [flow for flow in self._connection_flows() if flow.host not in known]
        known |= {flow.host for flow in connections}
        look_ups = [flow for flow in self._look_up_flows() if flow.host not in known]
        ordered = sorted((*requests, *connections, *look_ups), key=lambda flow: (flow.time, flow.id))
        return Traffic(
            flows=tuple(ordered),
            certificates=self._certificates,
            aliases=self._aliases,
            complete=self._log.complete,
            truncated=self.full or self._log.cut,
            dropped=self._log.dropped,
        )

    def _request_flows(self) -> Iterator[Flow]:
        for request in self._requests.values():
            for hop in request.hops:
                socket = self._socket_of_job(hop.job)
                yield Flow(
                    id=hop.id,
                    time=_stamp(hop.time_ms),
                    kind="request",
                    url=hop.url,
                    host=host_of(hop.url),
                    annotation=request.annotation,
                    made_for=request.made_for,
                    **hop.facts,
                    **_connection_facts(socket),
                )

    def _connection_flows(self) -> Iterator[Flow]:
        """Yield connections that stood and carried no request."""
        jobs = (hop.job for request in self._requests.values() for hop in request.hops)
        used = {self._socket_number(job) for job in jobs if job is not None}
        for job, (time_ms, origin, site) in self._connecting.items():
            number = self._socket_of.get(job)
            socket = self._sockets.get(number) if number is not None else None
            if socket and socket.address and number not in used:
                yield Flow(
                    id=f"n{job}",
                    time=_stamp(time_ms),
                    kind="connection",
                    url=origin,
                    host=host_of(origin),
                    top_site=site,
                    **_connection_facts(socket),
                )

    def _look_up_flows(self) -> Iterator[Flow]:
        for number, ((host, site), time_ms) in enumerate(self._looked_up.items()):
            yield Flow(
                id=f"d{number}", time=_stamp(time_ms), kind="look-up", url="", host=host, top_site=site
            )

    def _socket_of_job(self, job: int | None) -> _Socket | None:
        number = self._socket_number(job) if job is not None else None
        return self._sockets.get(number) if number is not None else None

    def _socket_number(self, job: int) -> int | None:
        session = self._session_of.get(job)
        return self._socket_of.get(session if session is not None else job, self._socket_of.get(job))

    def _error(self, event: Event) -> str:
        return self._log.errors.get(event.params["net_error"], "unknown error")


def _connection_facts(socket: _Socket | None) -> dict[str, Any]:
    if socket is None:
        return {}
    return {"address": socket.address, "protocol": socket.protocol, "certificate": socket.certificate}


def _headers(listed: Any) -> dict[str, str]:
    """Return header lines as names in lower case and values; the first line of an answer is none."""
    found = {}
    for line in listed if isinstance(listed, list) else ():
        name, colon, value = str(line).partition(": ")
        if colon and name and " " not in name:
            found[name.lower()] = value
    return found


def _address(text: Any) -> Address | None:
    host, _, port = str(text or "").rpartition(":")
    ip = normalise(host)
    return Address(ip=ip, port=int(port)) if ip and port.isdecimal() else None


def _origin(value: Any) -> str:
    return value if isinstance(value, str) and "://" in value else ""


def _stamp(time_ms: int) -> str:
    return stamp(datetime.fromtimestamp(time_ms / 1000, UTC))


def _annotation(number: Any) -> str:
    """Return the name of a traffic annotation; its number where the name is not known."""
    return _annotations().get(number, str(number or ""))


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


_HANDLERS: dict[str, Callable[[_Joining, Event], None]] = {
    "REQUEST_ALIVE": _Joining.alive,
    "URL_REQUEST_START_JOB": _Joining.started,
    "CREATED_BY": _Joining.created_by,
    "HTTP_STREAM_REQUEST_BOUND_TO_JOB": _Joining.bound_to_job,
    "HTTP_TRANSACTION_SEND_REQUEST_HEADERS": _Joining.sending,
    "HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS": _Joining.sending,
    "HTTP_TRANSACTION_READ_RESPONSE_HEADERS": _Joining.answered,
    "UPLOAD_DATA_STREAM_INIT": _Joining.uploading,
    "SOCKET_POOL_BOUND_TO_SOCKET": _Joining.bound_to_socket,
    "HTTP2_SESSION_INITIALIZED": _Joining.bound_to_socket,
    "HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION": _Joining.bound_to_session,
    "HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION_FROM_IP_POOL": _Joining.bound_to_session,
    "HTTP2_SESSION_POOL_IMPORTED_SESSION_FROM_SOCKET": _Joining.bound_to_session,
    "SOCKET_POOL_CONNECT_JOB_CREATED": _Joining.connecting,
    "CONNECT_JOB_SET_SOCKET": _Joining.bound_to_socket,
    "TCP_CONNECT": _Joining.connected,
    "SSL_CONNECT": _Joining.secured,
    "SSL_CERTIFICATES_RECEIVED": _Joining.certified,
    "HOST_RESOLVER_MANAGER_JOB": _Joining.looking_up,
    "DNS_TRANSACTION": _Joining.looking_up,
    "HOST_RESOLVER_DNS_TASK": _Joining.looked_up,
}
EVENTS = frozenset(_HANDLERS)
