"""WebSockets of pages: one request each, and how much went over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.collect.network import wire
from crawler.collect.network.streams import noting_failures
from crawler.collect.plain import storable
from crawler.lib.clock import stamp
from crawler.model.evidence import Body, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, WebSocket

    from crawler.collect.network.records import Records
    from crawler.collect.network.streams import RequestStreams

MAX_ERROR_CHARS = 500


@dataclass(eq=False)
class _Socket:
    """A WebSocket and the sizes of its messages, in bytes."""

    id: str
    sent: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    error: str | None = None
    ended: bool = False

    @property
    def opened(self) -> bool:
        """Say whether a server was there."""
        return bool(self.received) or self.error is None


class WebSockets:
    """Listens to the WebSockets of pages.

    Args:
        streams: Takes the lines.
        records: Makes the line of a request.
        where: Returns visit and page number for a page.
    """

    def __init__(
        self, streams: RequestStreams, records: Records, where: Callable[[Page | None], tuple[int, int]]
    ) -> None:
        self.streams = streams
        self._records, self._where = records, where
        self._sockets: list[_Socket] = []

    def listen(self, page: Page) -> None:
        """Listen to a page."""
        page.on("websocket", lambda websocket: self._on_websocket(page, websocket))

    def close(self) -> None:
        """Write the line of those that are still open and had an answer."""
        for socket in self._sockets:
            if socket.received and not socket.ended:
                self._on_close(socket, why="still open")

    @noting_failures
    def _on_websocket(self, page: Page, websocket: WebSocket) -> None:
        socket = _Socket(self.streams.next_id())
        self._sockets.append(socket)
        self.streams.add_request(
            self._records.websocket(socket.id, self._where(page), page.url, websocket.url)
        )
        websocket.on("framesent", lambda payload: socket.sent.append(_size(payload)))
        websocket.on("framereceived", lambda payload: socket.received.append(_size(payload)))
        websocket.on("socketerror", lambda error: self._on_error(socket, error))
        websocket.on("close", lambda _: self._on_close(socket))

    @noting_failures
    def _on_error(self, socket: _Socket, error: str) -> None:
        socket.error = storable(error, MAX_ERROR_CHARS)

    @noting_failures
    def _on_close(self, socket: _Socket, why: str = "") -> None:
        if socket.ended:
            return
        socket.ended = True
        frames = (
            f"{len(socket.sent)} frames of {sum(socket.sent)} bytes sent, "
            f"{len(socket.received)} of {sum(socket.received)} bytes received"
        )
        total = sum(socket.sent) + sum(socket.received)
        self.streams.add_response(
            Response(
                id=socket.id,
                time=stamp(),
                contacted=socket.opened,
                status=wire.SWITCHING_PROTOCOLS if socket.opened else None,
                body=Body(state="not kept", bytes=total, why="; ".join(filter(None, (frames, why)))),
                failure=socket.error,
            )
        )


def _size(payload: str | bytes) -> int:
    return len(payload) if isinstance(payload, bytes) else len(payload.encode("utf-8", "replace"))
