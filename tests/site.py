"""A small site on loopback that does what a test tells it to."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

HTML = "text/html; charset=utf-8"


@dataclass
class Reply:
    """What a route answers."""

    body: str | bytes = ""
    status: int = 200
    content_type: str = HTML
    headers: dict[str, str] = field(default_factory=dict)


Route = Reply | Callable[["Handler"], "Reply | None"]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers from the site's routes and remembers what was asked."""

    protocol_version = "HTTP/1.1"
    site: Site

    def _answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        self.received = self.rfile.read(length)
        path = self.path.split("?")[0]
        self.site.asked.append(f"{self.command} {self.path}")
        route = self.site.routes.get(path, Reply("not here", 404))
        reply = route if isinstance(route, Reply) else route(self)
        if reply is None:
            self.close_connection = True
            return
        data = reply.body.encode() if isinstance(reply.body, str) else reply.body
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(data)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_POST = do_OPTIONS = do_HEAD = do_PUT = _answer  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Clients of these tests leave in the middle; that is no error of the site."""


@dataclass
class Site:
    """A running site: `routes` may be changed while it runs, `asked` lists what came."""

    routes: dict[str, Route]
    port: int = 0
    scheme: str = "http"
    asked: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    def count(self, start: str) -> int:
        """Return how many requests began with `start`, such as `POST /order`."""
        return sum(entry.startswith(start) for entry in self.asked)


@contextmanager
def serve(
    routes: dict[str, Route], tls: ssl.SSLContext | None = None, *, at: str = "127.0.0.1"
) -> Iterator[Site]:
    """Serve routes on a free port of a loopback address while the block runs."""
    site = Site(dict(routes), scheme="https" if tls else "http")
    handler = type("SiteHandler", (Handler,), {"site": site})
    server = _Server((at, 0), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.stopping.set()
        server.shutdown()
        server.server_close()


def page(title: str, body: str = "", head: str = "") -> Reply:
    """Return a small HTML page."""
    return Reply(
        f"<!doctype html><html lang=id><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    )


def hang(handler: Handler) -> None:
    """Accept and never answer, until the site stops."""
    handler.site.stopping.wait(120)


def loop(handler: Handler) -> Reply:
    """Redirect for ever."""
    number = int(handler.path.partition("?")[2] or 0)
    return Reply(status=302, headers={"Location": f"{handler.path.partition('?')[0]}?{number + 1}"})
