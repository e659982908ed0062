"""A small TLS server on loopback that answers for many host names at once.

It is quiet: a client that goes away in the middle of an answer is nothing to tell. An error of the shop
itself is kept in `failures`, for a test to look at.
"""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

BODY_LIMIT_BYTES = 1_000_000
IDLE_S = 30
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Request:
    """What a browser asked for. `host` is lower case, without port."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def cookies(self) -> dict[str, str]:
        """Cookie values by name."""
        return {name: morsel.value for name, morsel in SimpleCookie(self.headers.get("cookie", "")).items()}

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        try:
            body = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}


@dataclass(frozen=True)
class Response:
    """What the shop answers."""

    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = field(default=())

    @classmethod
    def of_json(cls, value: Any, headers: tuple[tuple[str, str], ...] = ()) -> "Response":
        """A JSON answer that is not stored."""
        return cls(
            json.dumps(value).encode(), "application/json", headers=(("Cache-Control", "no-store"), *headers)
        )


NOT_FOUND = Response(b"<!doctype html><title>404</title><h1>Tidak ditemukan</h1>", status=404)

Site = Callable[[Request], Response]


class TlsServer(ThreadingHTTPServer):
    """One listening socket, a daemon thread a connection; the TLS handshake happens in that thread.

    Args:
        context: Server-side TLS context with the certificate.
        site: Answers every request.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, context: ssl.SSLContext, site: Site) -> None:
        self.site = site
        self.failures: list[BaseException] = []
        self._context = context
        self._open: set[socket.socket] = set()
        super().__init__((LOOPBACK, 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.server_port

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and drop every open connection."""
        self.shutdown()
        self.server_close()
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands, then serve the connection until it is idle or closed."""
        request.settimeout(IDLE_S)
        with contextlib.ExitStack() as stack:
            secure = stack.enter_context(self._context.wrap_socket(request, server_side=True))
            self._open.add(secure)
            stack.callback(self._open.discard, secure)
            stack.push(self._note_error)
            super().finish_request(secure, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: an error of the line is nothing to tell, one of the shop has been noted."""

    def _note_error(self, kind: Any, error: BaseException | None, trace: Any) -> bool:  # noqa: ARG002 - ExitStack's signature
        """Keep an error of the shop, before the client sees the connection close."""
        if error is not None and not isinstance(error, OSError):
            self.failures.append(error)
        return False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: TlsServer

    def _answer(self) -> None:
        request = self._request()
        if request is None:
            self.close_connection = True
            self._send(Response(status=413))
            return
        self._send(self.server.site(request))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = _answer  # noqa: N815 - http.server's names

    def _request(self) -> Request | None:
        declared = self.headers.get("Content-Length", "0")
        length = int(declared) if declared.isdecimal() else BODY_LIMIT_BYTES + 1
        if length > BODY_LIMIT_BYTES:
            return None
        parts = urlsplit(self.path)
        return Request(
            method=self.command,
            host=self.headers.get("Host", "").rsplit(":", 1)[0].lower(),
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status, HTTPStatus(response.status).phrase)
        self.send_header("Date", self.date_time_string())
        if response.body or response.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""
