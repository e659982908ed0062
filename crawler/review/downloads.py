"""Downloads leave the desk, so who took what is noted in the custody log before the first byte goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request

from crawler.errors import CrawlerError
from crawler.review.origin import client_address
from crawler.review.refusal import Refusal

if TYPE_CHECKING:
    from starlette.types import Message, Scope, Send

    from crawler.model.account import Person
    from crawler.review.desk import Desk


class NotedDownload:
    """Passes one answer on. A download that cannot be noted is kept back, and `refusal` says so."""

    def __init__(self, scope: Scope, send: Send, desk: Desk) -> None:
        self.refusal: Refusal | None = None
        self._scope, self._send, self._desk = scope, send, desk

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on."""
        if self.refusal is None and message["type"] == "http.response.start" and _is_download(message):
            try:
                await run_in_threadpool(self._note)
            except CrawlerError:
                self.refusal = Refusal(503, "desk.refusal.not-noted")
        if self.refusal is None:
            await self._send(message)

    def _note(self) -> None:
        person: Person | None = self._scope.get("state", {}).get("person")
        address = client_address(Request(self._scope), self._desk.entrance)
        name = person.name if person else ""
        self._desk.custody.note(name, "download", self._scope["path"], address=address)


def _is_download(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    return message["status"] < 300 and headers.get("content-disposition", "").startswith("attachment")
