"""Builds small network logs for tests, in the form in which a bundle keeps them.

    log = ALog()
    log.request("https://pay.test/x", method="POST", site="https://shop.test", at=3.0, body=12)
    make_bundle(tmp_path, files={"data/netlog.json.gz": log.packed()}, ...)

Times are seconds after `tests.bundles.MOMENT`.
"""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from typing import Any

from crawler.derive.network import traffic
from tests.bundles import MOMENT

EVENTS = (*tuple(sorted(traffic.EVENTS)), "SOCKET_BYTES_SENT")
SOURCES = (
    "NONE",
    "URL_REQUEST",
    "HTTP_STREAM_JOB",
    "SOCKET",
    "HTTP2_SESSION",
    "CONNECT_JOB",
    "HOST_RESOLVER_IMPL_JOB",
    "DNS_TRANSACTION",
    "UDP_SOCKET",
    "UDP_CLIENT_SOCKET",
    "WEB_TRANSPORT_CLIENT",
)
NUMBERS = {name: number for number, name in enumerate(EVENTS, 100)}
START_MS = int(datetime.fromisoformat(MOMENT).timestamp() * 1000)
OFFSET_MS = START_MS - 1_000_000
RESOLVER = "DNS_TRANSACTION"
PAGE, NAVIGATION, FAVICON, UPDATES, TOOL = 101845102, 63171670, 112189210, 54845618, 60744935
HINTS = {"User-Agent": "Mozilla/5.0", "sec-ch-ua": '"Chromium";v="156"'}


class ALog:
    """A network log under construction."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self._next = 0

    def source(self) -> int:
        self._next += 1
        return self._next

    def event(
        self, name: str, source: int, phase: int = 0, at: float = 0.0, kind: str = "NONE", **params: Any
    ) -> None:
        self.lines.append(
            {
                "params": params,
                "phase": phase,
                "source": {"id": source, "type": SOURCES.index(kind)},
                "time": str(1_000_000 + int(at * 1000)),
                "type": NUMBERS[name],
            }
        )

    def connection(self, address: str = "203.0.113.9:443", certificate: str = "", at: float = 0.0) -> int:
        """Add a connection and return its number."""
        socket = self.source()
        self.event("TCP_CONNECT", socket, 2, at, remote_address=address)
        if certificate:
            self.event("SSL_CERTIFICATES_RECEIVED", socket, 0, at, certificates=[certificate])
            self.event("SSL_CONNECT", socket, 2, at, version="TLS 1.3", next_proto="h2")
        return socket

    def session(self, socket: int) -> int:
        """Add an HTTP/2 session on a connection and return its number."""
        session = self.source()
        self.event("HTTP2_SESSION_INITIALIZED", session, source_dependency={"id": socket})
        return session

    def request(
        self,
        url: str,
        *,
        method: str = "GET",
        site: str = "https://www.tokopedia.com",
        at: float = 0.0,
        annotation: int = PAGE,
        main: bool = False,
        sent: bool = True,
        status: int | None = 200,
        body: int = 0,
        headers: dict[str, str] | None = None,
        socket: int | None = None,
        session: int | None = None,
        created_by: int | None = None,
        redirects: tuple[str, ...] = (),
        error: int = 0,
    ) -> int:
        """Add a request and return its number."""
        source = self.source()
        self.event("REQUEST_ALIVE", source, 1, at, traffic_annotation=annotation, url=url)
        if created_by:
            self.event("CREATED_BY", source, source_dependency={"id": created_by})
        for number, hop in enumerate((url, *redirects)):
            self.event(
                "URL_REQUEST_START_JOB", source, 1, at + number / 10, url=hop, method=method,
                initiator=site or "not an origin", request_type="main frame" if main else "other",
                network_isolation_key=f"{site} {site}" if site else "null null",
            )  # fmt: skip
            if sent:
                self._sending(source, at, headers, body, (socket, session))
            if sent and status:
                last = number == len(redirects)
                self.event(
                    "HTTP_TRANSACTION_READ_RESPONSE_HEADERS", source, 0, at,
                    headers=[f"HTTP/1.1 {status if last else 302} OK", "Server: test"],
                )  # fmt: skip
        self.event("REQUEST_ALIVE", source, 2, at, **({"net_error": error} if error else {}))
        return source

    def _sending(self, source: int, at: float, headers: Any, body: int, over: Any) -> None:
        socket, session = over
        job = self.source()
        if session is not None:
            self.event("HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION", job, source_dependency={"id": session})
        else:
            number = socket if socket is not None else self.connection(at=at)
            self.event("SOCKET_POOL_BOUND_TO_SOCKET", job, source_dependency={"id": number})
        self.event("HTTP_STREAM_REQUEST_BOUND_TO_JOB", source, source_dependency={"id": job})
        if body:
            self.event("UPLOAD_DATA_STREAM_INIT", source, 2, total_size=body)
        lines = [f"{name}: {value}" for name, value in (HINTS | (headers or {})).items() if value]
        self.event(
            "HTTP_TRANSACTION_SEND_REQUEST_HEADERS", source, 0, at, headers=lines, line="GET / HTTP/1.1\r\n"
        )

    def preconnect(self, origin: str, *, site: str = "https://www.tokopedia.com", at: float = 0.0) -> None:
        """Add a connection that no request goes over."""
        job, socket = self.source(), self.connection(at=at)
        self.event("SOCKET_POOL_CONNECT_JOB_CREATED", job, 0, at, group_id=f"{origin} <{site} same_site>")
        self.event("CONNECT_JOB_SET_SOCKET", job, source_dependency={"id": socket})

    def web_transport(
        self, url: str, *, address: str = "203.0.113.8:443", sent: int = 1200, received: int = 0,
        site: str = "https://www.tokopedia.com", at: float = 0.0, error: int = 0, refused: bool = False,
    ) -> int:  # fmt: skip
        """Add a WebTransport session and what went over its socket; return its number."""
        session = self.source()
        self.event(
            "QUIC_SESSION_WEBTRANSPORT_CLIENT_ALIVE", session, 1, at, "WEB_TRANSPORT_CLIENT", url=url,
            network_anonymization_key=f"{site} same_site",
        )  # fmt: skip
        if sent:
            client = self._made_by(session, "WEB_TRANSPORT_CLIENT", "UDP_CLIENT_SOCKET", at)
            socket = self._made_by(client, "UDP_CLIENT_SOCKET", "UDP_SOCKET", at)
            self.event("UDP_CONNECT", socket, 1, at, "UDP_SOCKET", address=address)
            self.event("UDP_BYTES_SENT", socket, 0, at, "UDP_SOCKET", byte_count=sent)
            if received:
                self.event(
                    "UDP_BYTES_RECEIVED", socket, 0, at, "UDP_SOCKET", byte_count=received, address=address
                )
            if refused:
                self.event("UDP_RECEIVE_ERROR", socket, 0, at, "UDP_SOCKET", net_error=-102)
        self.event(
            "QUIC_SESSION_WEBTRANSPORT_CLIENT_ALIVE", session, 2, at, "WEB_TRANSPORT_CLIENT",
            **({"net_error": error} if error else {}),
        )  # fmt: skip
        return session

    def datagram(self, address: str, *, sent: int = 20, received: int = 0, at: float = 0.0) -> int:
        """Add a socket without owner, as WebRTC has it, and what it sent to an address; return its number."""
        socket = self.source()
        self.event("SOCKET_ALIVE", socket, 1, at, "UDP_SOCKET")
        self.event("UDP_BYTES_SENT", socket, 0, at, "UDP_SOCKET", byte_count=sent, address=address)
        if received:
            self.event(
                "UDP_BYTES_RECEIVED", socket, 0, at, "UDP_SOCKET", byte_count=received, address=address
            )
        return socket

    def bare_look_up(self, host: str, *, at: float = 0.0, answers: int = 1) -> int:
        """Add a look-up as WebRTC makes it: no job of the log asks for it, its own socket the name server."""
        question = self.source()
        self.event("DNS_TRANSACTION", question, 1, at, RESOLVER, hostname=f"{host}.", query_type=1)
        client = self._made_by(question, RESOLVER, "UDP_CLIENT_SOCKET", at)
        socket = self._made_by(client, "UDP_CLIENT_SOCKET", "UDP_SOCKET", at)
        self.event("UDP_CONNECT", socket, 1, at, "UDP_SOCKET", address="192.0.2.53:53")
        self.event("UDP_BYTES_SENT", socket, 0, at, "UDP_SOCKET", byte_count=30)
        self.event("DNS_TRANSACTION_RESPONSE", question, 0, at, RESOLVER, answer_count=answers, rcode=0)
        return question

    def _made_by(self, owner: int, owner_kind: str, kind: str, at: float) -> int:
        source = self.source()
        on = {"id": owner, "type": SOURCES.index(owner_kind)}
        self.event("SOCKET_ALIVE", source, 1, at, kind, source_dependency=on)
        return source

    def broken(self, origin: str, *, site: str = "https://www.tokopedia.com", at: float = 0.0) -> None:
        """Add a connection that stood and whose TLS then failed, so that nobody was given it."""
        job, socket = self.source(), self.source()
        self.event(
            "SOCKET_POOL_CONNECT_JOB_CREATED",
            job,
            0,
            at,
            "CONNECT_JOB",
            group_id=f"{origin} <{site} same_site>",
        )
        on = {"id": job, "type": SOURCES.index("CONNECT_JOB")}
        self.event("SOCKET_ALIVE", socket, 1, at, "SOCKET", source_dependency=on)
        self.event("TCP_CONNECT", socket, 2, at, "SOCKET", remote_address="203.0.113.4:443")
        self.event("SSL_CONNECT", socket, 2, at, "SOCKET", net_error=-100)

    def look_up(self, host: str, *, site: str = "", at: float = 0.0, aliases: tuple[str, ...] = ()) -> None:
        """Add a look-up and the names it went through."""
        job = self.source()
        self.event(
            "HOST_RESOLVER_MANAGER_JOB",
            job,
            1,
            at,
            host=f"https://{host}",
            network_anonymization_key=f"{site} same_site",
        )
        results = [{"type": "alias", "alias_target": name} for name in aliases]
        self.event("HOST_RESOLVER_DNS_TASK", job, 2, at, results=results)

    def text(self, *, complete: bool = True, dropped: int = 0) -> bytes:
        """Return the log as a bundle keeps it, unpacked."""
        constants = {
            "logEventTypes": NUMBERS,
            "logSourceType": {name: number for number, name in enumerate(SOURCES)},
            "logEventPhase": {"PHASE_NONE": 0, "PHASE_BEGIN": 1, "PHASE_END": 2},
            "netError": {
                "ERR_NAME_NOT_RESOLVED": -105,
                "ERR_CACHE_MISS": -400,
                "ERR_ABORTED": -3,
                "ERR_CONNECTION_REFUSED": -102,
                "ERR_CONNECTION_CLOSED": -100,
            },
            "timeTickOffset": OFFSET_MS,
        }
        lines = ",\n".join(json.dumps(line, separators=(",", ":")) for line in self.lines)
        counts = {"complete": complete, "dropped_lines": dropped, "dropped_strings": 0}
        head = json.dumps(constants, separators=(",", ":"))
        return f'{{"constants":{head},\n"events": [\n{lines}],\n"pantau": {json.dumps(counts)}}}\n'.encode()

    def packed(self, **facts: Any) -> bytes:
        """Return the log as a bundle keeps it."""
        return gzip.compress(self.text(**facts), mtime=0)
