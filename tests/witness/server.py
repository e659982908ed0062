"""The servers of the test site (HTTP/1.1, HTTP/2, DNS, STUN), and a log of what arrived at them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import h2.config
import h2.connection
import h2.events
import trustme

from tests.witness import pages

LOOPBACK = "127.0.0.1"
TTL_S = 60


@dataclass
class Log:
    """What arrived, as `(kind, host)` once each; `unknown` are names that the site does not have."""

    arrived: dict[tuple[str, str], int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, host: str) -> None:
        with self._lock:
            key = (kind, host.lower().rstrip("."))
            self.arrived[key] = self.arrived.get(key, 0) + 1
        if kind == "http":
            pages.heard[0].add(host)

    def hosts(self, *kinds: str) -> set[str]:
        with self._lock:
            return {host for kind, host in self.arrived if kind in kinds}


class Names:
    """A DNS server on UDP: every name of the site is loopback; `aliases` are CNAME chains."""

    def __init__(
        self,
        log: Log,
        known: Callable[[str], bool],
        aliases: dict[str, str],
        addresses: dict[str, str],
        port: int,
    ) -> None:
        self._log, self._known, self._aliases, self._addresses = log, known, aliases, addresses
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, port))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, peer = self._socket.recvfrom(4096)
                self._socket.sendto(self._answer(data), peer)

    def _answer(self, data: bytes) -> bytes:
        query = dns.message.from_wire(data)
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA | dns.flags.RA
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), question.rdtype
        self._log.note("dns", name)
        seen = set()
        while name in self._aliases and name not in seen:
            seen.add(name)
            target = self._aliases[name]
            reply.answer.append(dns.rrset.from_text(f"{name}.", TTL_S, "IN", "CNAME", f"{target}."))
            name = target
        if not self._known(name):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif kind == 1:
            reply.answer.append(
                dns.rrset.from_text(f"{name}.", TTL_S, "IN", "A", self._addresses.get(name, LOOPBACK))
            )
        return reply.to_wire()


class Stun:
    """Answers STUN binding requests (RFC 8489), so that WebRTC is content."""

    def __init__(self, log: Log, host: str, port: int = 3478) -> None:
        self._log, self._host = log, host
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("", port))
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, peer = self._socket.recvfrom(2048)
                self._log.note("stun", self._host)
                mapped = struct.pack("!HHBBH4s", 0x0001, 8, 0, 1, peer[1], socket.inet_aton(peer[0]))
                self._socket.sendto(struct.pack("!HH", 0x0101, len(mapped)) + data[4:20] + mapped, peer)


class Silent:
    """Takes datagrams on a port and answers none."""

    def __init__(self, log: Log, host: str, port: int) -> None:
        self._log, self._host = log, host
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("", port))
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while self._socket.recvfrom(2048):
                self._log.note("udp", self._host)


class Dropping:
    """Takes connections on a port, reads what comes first, and hangs up."""

    def __init__(self, log: Log, host: str, port: int) -> None:
        class Connection(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                log.note("tcp", host)
                self.request.settimeout(5)
                with contextlib.suppress(OSError):
                    self.request.recv(64)

        self._server = _Threads(("", port), Connection)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def handle_error(self, *_: Any) -> None:
        """Browsers leave in the middle."""


class Web:
    """HTTP on one port; with TLS, each name gets a certificate and the HTTP/2 names speak HTTP/2."""

    def __init__(self, log: Log, port: int, tls: Callable[[socket.socket], Any] | None = None) -> None:
        web = self
        self.log, self._tls = log, tls

        class Connection(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                web._serve(self.request)

        self._server = _Threads((LOOPBACK, port), Connection)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, raw: socket.socket) -> None:
        raw.settimeout(30)
        secure = self._tls(raw) if self._tls else raw
        with secure:
            if self._tls and secure.selected_alpn_protocol() == "h2":
                _serve_http2(secure, self.log)
            else:
                _Handler(secure, ("", 0), self)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        host = self.headers.get("Host", "").partition(":")[0].lower()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self.server.log.note("ws", host)
            if self.path == "/refused":
                self.send_error(403)
            else:
                self._websocket()
            return
        self.server.log.note("http", host)
        reply = pages.reply(self.command, host, self.path, dict(self.headers))
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST = do_PUT = do_OPTIONS = do_HEAD = _answer  # noqa: N815 - the library's names

    def _websocket(self) -> None:
        """Accept (RFC 6455), send one text frame, and hold the connection until the browser leaves."""
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self.wfile.write(f"{head}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode() + b"\x81\x02ok")
        self.wfile.flush()
        self.close_connection = True
        with contextlib.suppress(OSError):
            while self.connection.recv(4096):
                pass

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _serve_http2(connection: Any, log: Log) -> None:
    state = h2.connection.H2Connection(
        config=h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
    )
    state.initiate_connection()
    connection.sendall(state.data_to_send())
    while data := connection.recv(65536):
        for event in state.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                asked = dict(event.headers)
                log.note("http", asked[":authority"])
                if hints := pages.early(asked[":authority"], asked[":path"]):
                    state.send_headers(event.stream_id, [(":status", "103"), ("link", hints)])
                reply = pages.reply(asked[":method"], asked[":authority"], asked[":path"], asked)
                headers = [(":status", str(reply.status))]
                headers += [(name.lower(), value) for name, value in reply.headers.items()]
                state.send_headers(event.stream_id, headers)
                state.send_data(event.stream_id, reply.body, end_stream=True)
        connection.sendall(state.data_to_send())


class Certificates:
    """A throw-away authority and a TLS context for each name."""

    def __init__(self, log: Log, folder: Path, http2: frozenset[str]) -> None:
        self._log, self._http2 = log, http2
        self._authority = trustme.CA(organization_name="Test site", organization_unit_name="Witness")
        self.path = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(self.path)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self._default = self._context("unnamed.test")
        self._default.sni_callback = self._named

    def wrap(self, raw: socket.socket) -> Any:
        return self._default.wrap_socket(raw, server_side=True)

    def _named(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if name:
            self._log.note("tls", name)
            connection.context = self._context(name)

    def _context(self, name: str) -> ssl.SSLContext:
        with self._lock:
            if name not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._authority.issue_cert(
                    name, common_name=name, organization_name=f"Owner of {name}"
                ).configure_cert(context)
                context.set_alpn_protocols(["h2", "http/1.1"] if name in self._http2 else ["http/1.1"])
                self._contexts[name] = context
            return self._contexts[name]
