"""The body of a request, as long as it may be and no slower than it may come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from crawler.review.refusal import Refusal

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from crawler.review.desk import BodyBound


class BoundedBody:
    """Stands between the server and the desk while one request is answered.

    A body that is too long or too slow ends, for the desk, as if the browser had gone; whatever the desk says
    to that is not sent, and `refusal` says why. An answer that has begun (`has_begun`) goes on to its end.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, bound: BodyBound) -> None:
        """Begin with a request.

        Raises:
            Refusal: 413 where the request itself says that its body is too long.
        """
        self.refusal: Refusal | None = None
        self._receive, self._send = receive, send
        self._left_bytes = bound.max_bytes
        self._until = asyncio.get_running_loop().time() + bound.within_s
        self._is_whole = False
        self.has_begun = False  # the answer
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > self._left_bytes:
            raise Refusal(413, "desk.refusal.too-large")

    async def receive(self) -> Message:
        """Return the next part of the body."""
        if self._is_whole or self.has_begun:
            return await self._receive()
        if self.refusal:
            return {"type": "http.disconnect"}
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            return self._refuse(408, "desk.refusal.too-slow")
        self._left_bytes -= len(message.get("body", b""))
        if self._left_bytes < 0:
            return self._refuse(413, "desk.refusal.too-large")
        self._is_whole = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on, unless the request was refused before it began."""
        if self.refusal is None or self.has_begun:
            self.has_begun = True
            await self._send(message)

    def _refuse(self, status: int, message_id: str) -> Message:
        self.refusal = Refusal(status, message_id)
        return {"type": "http.disconnect"}
