"""A shop's server: pages, steps, orders in SQLite, a WebSocket that orders, a note of what came."""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
import ssl
import threading
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus, urlsplit

import trustme

from tests.shops import pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.shops.shape import Shape, Step

SOCKET_PATH = "/langsung"
HOP = "lewat=307"  # in the address that a step redirects to: whatever comes there is an order
IDLE_S = 20
_NOTE = re.compile(r"\bnote\W{1,12}([a-z][a-z0-9-]{1,40})")
_WS_KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass
class Shop:
    """One shop while it runs.

    Attributes:
        changed: Method and path of every request that came in and may change something.
        done: Numbers of the steps that were taken.
    """

    shape: Shape
    database: Path
    port: int = 0
    authority: Path | None = None
    changed: list[tuple[str, str]] = field(default_factory=list)
    done: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        with closing(sqlite3.connect(self.database)) as database, database:
            database.execute("CREATE TABLE orders (way TEXT, method TEXT, target TEXT)")

    def orders(self) -> list[tuple[str, str, str]]:
        """Return way, method and target of each order."""
        with closing(sqlite3.connect(self.database)) as database:
            return list(database.execute("SELECT way, method, target FROM orders"))

    def take(self, method: str, target: str, body: str, *, hop: bool = False) -> bool:
        """Order if a request asks for it; say whether it did."""
        order = self.shape.order
        # Where the pairs of a request say what it asks for, they decide, and not the way there.
        hopped = HOP in target and urlsplit(target).path == order.sent.path and not order.needs
        if not (hop or hopped or order.fits(method, target, body)):
            return False
        found = _NOTE.search(unquote_plus(f"{body} {urlsplit(target).query}"))
        with self._lock, closing(sqlite3.connect(self.database, timeout=10)) as database, database:
            row = (found.group(1) if found else "unsaid", method, target)
            database.execute("INSERT INTO orders VALUES (?, ?, ?)", row)
        return True

    def step(self, method: str, target: str, body: str) -> Step | None:
        """Return the step that a request takes, if it is one."""
        fitting = [step for step in self.shape.steps if step.sent.fits(method, target)]
        if len(fitting) > 1:  # one address for all, as with GraphQL: the body decides
            fitting = [step for step in fitting if _same_words(step.sent.body, body)] or fitting[:0]
        return fitting[0] if fitting else None


def hop_target(shape: Shape) -> str:
    """Return where a step redirects to: what it carries stays, so what orders by its pairs has them there."""
    sent = shape.order.sent
    ordering = shape.order.needs and sent.kind == "form" and sent.body
    return with_query(with_query(sent.target, sent.body) if ordering else sent.target, HOP)


def with_query(target: str, pair: str) -> str:
    """Return a target with one more pair in its query."""
    return f"{target}{'&' if '?' in target else '?'}{pair}"


def _same_words(expected: str, given: str) -> bool:
    """Say whether two bodies name the same things, whatever their values."""
    names = [set(re.findall(r"[A-Za-z_]{4,}", unquote_plus(text))) for text in (expected, given)]
    return names[0] <= names[1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _answer(self) -> None:
        shop = self.server.shop
        body = self._body()
        if "websocket" in self.headers.get("upgrade", "").lower():
            self._socket(shop)
            return
        if self.command not in ("GET", "HEAD", "OPTIONS"):
            shop.changed.append((self.command, urlsplit(self.path).path))
        if self.headers.get("access-control-request-method"):
            self._send(204, "", "text/plain")
        elif shop.take(self.command, self.path, body):
            self._send(*pages.thanks())
        elif (step := shop.step(self.command, self.path, body)) is not None:
            self._take_step(shop, step, body)
        else:
            self._send(*pages.answer(shop, self.path))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815

    def _take_step(self, shop: Shop, step: Step, body: str) -> None:
        if "redirect-307" in body:
            self._send(307, "", "text/plain", {"Location": hop_target(shop.shape)})
            return
        shop.done.add(step.number)
        if step.by == "form":
            self._send(303, "", "text/plain", {"Location": shop.shape.pages[step.page]})
        else:
            self._send(200, '{"data": {"ok": true}}', "application/json")

    def _body(self) -> str:
        length = int(self.headers.get("content-length") or 0)
        data = self.rfile.read(length)
        if "chunked" in self.headers.get("transfer-encoding", ""):
            while size := int(self.rfile.readline().strip() or b"0", 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        return data.decode("utf-8", "replace")

    def _send(self, status: int, body: str, kind: str, headers: dict[str, str] | None = None) -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _socket(self, shop: Shop) -> None:
        """Take one message over a WebSocket; the shop orders what it says."""
        key = self.headers.get("sec-websocket-key", "") + _WS_KEY
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header(
            "Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        )
        self.end_headers()
        self.close_connection = True
        while (message := self._frame()) is not None:
            if "pesan" in message:
                shop.take("WS", SOCKET_PATH, message, hop=True)

    def _frame(self) -> str | None:
        head = self.rfile.read(2)
        if len(head) < 2 or head[0] & 15 == 8:
            return None
        length = head[1] & 127
        if length == 126:
            length = int.from_bytes(self.rfile.read(2), "big")
        mask = self.rfile.read(4)
        data = self.rfile.read(length)
        return bytes(byte ^ mask[place % 4] for place, byte in enumerate(data)).decode("utf-8", "replace")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, shop: Shop, context: ssl.SSLContext) -> None:
        self.shop, self._context = shop, context
        super().__init__(("127.0.0.1", 0), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(IDLE_S)
        with suppress(OSError), self._context.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def handle_error(self, *_: object) -> None:
        """Clients of these tests leave in the middle; that is no error of the shop."""


@contextmanager
def open_shop(shape: Shape, folder: Path) -> Iterator[Shop]:
    """Run a shop of a shape while the block runs; its database and the authority's file lie in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    shop = Shop(shape, folder / "orders.sqlite")
    authority = trustme.CA()
    shop.authority = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(shop.authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(shape.host).configure_cert(context)
    server = _Server(shop, context)
    shop.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
