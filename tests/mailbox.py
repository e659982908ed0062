"""A mailbox and a webhook on loopback, for what Pantau sends: real servers that can also misbehave."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage


class Mailbox:
    """Keeps every message as it arrives; `refusal` is what a recipient is refused with."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refusal = ""
        self.port = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    @property
    def url(self) -> str:
        """Its address as Apprise writes it."""
        return f"mailto://127.0.0.1:{self.port}?mode=insecure&from=pantau@example.test&to=siti@example.test"


class Webhook:
    """Keeps every JSON body that is posted, and answers as told: a status, or `hang` or `drip`."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.asked: list[str] = []
        self.answer: int | str = 200
        self.port = 0
        self.let_go = threading.Event()

    def url(self, path: str = "/hook") -> str:
        """Its address as Apprise writes it."""
        return f"json://127.0.0.1:{self.port}{path}"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Serve a mailbox by SMTP."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), ready_timeout=30)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


@contextmanager
def webhook() -> Iterator[Webhook]:
    """Serve a webhook by HTTP."""
    hook = Webhook()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hook))
    server.daemon_threads = True
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        hook.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _handler(hook: Webhook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self._answer()

        def do_GET(self) -> None:
            hook.asked.append(self.path)
            self._answer()

        def _answer(self) -> None:
            if hook.answer == "drip":  # a byte at a time resets every time limit of a socket
                while not hook.let_go.wait(0.2):
                    self.wfile.write(b"H")
                    self.wfile.flush()
                return
            if hook.answer == "hang":
                hook.let_go.wait()
                return
            self.send_response(int(hook.answer))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
