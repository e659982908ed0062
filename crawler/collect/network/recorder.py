"""Requests and responses of the whole browser context, streamed into the bundle as they happen.

Playwright misses what leaves as a page closes, shared workers, preflights and downloads; the network log has
those. It also tells of requests that never left: only a response or connection facts count as contact.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Error as PlaywrightError

from crawler.collect.network import wire
from crawler.collect.network.body_limits import BodyLimits
from crawler.collect.network.connections import Connections
from crawler.collect.network.holding import Holding
from crawler.collect.network.records import Place, Records
from crawler.collect.network.streams import RequestStreams, noting_failures
from crawler.collect.network.websockets import WebSockets
from crawler.collect.plain import storable
from crawler.lib.clock import stamp
from crawler.model.evidence import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page
    from playwright.sync_api import Request as PlaywrightRequest
    from playwright.sync_api import Response as PlaywrightResponse

    from crawler.lib.redact import Redactor
    from crawler.model.evidence import Address
    from crawler.settings import RunSettings
    from crawler.store.writer import BundleWriter

NOT_READ = "the answer was not read to its end"


@dataclass(eq=False)
class _Pending:
    """A request that was seen and may not have ended yet."""

    record: Request
    place: Place
    refused_by: str = ""
    blocked: bool = False

    @property
    def id(self) -> str:
        """The request's id."""
        return self.record.id


class RequestRecorder:
    """Listens to a browser context from before its first navigation.

    Args:
        context: The context to listen to.
        writer: Takes `data/requests.jsonl`, `data/responses.jsonl` and the bodies.
        redactor: Hashes secrets before anything is written.
        settings: Bound on the size of bodies.
        where: Returns visit and page number for a page; for None, those of the present visit.
        server_of: Returns which server answers for a host and port, where the browser itself knows only a
            proxy between; None where it speaks to servers itself.

    Attributes:
        connections: Who answered for which host, by visit and page.
        streams: The lines, and what could not be recorded.
    """

    def __init__(
        self,
        context: BrowserContext,
        writer: BundleWriter,
        redactor: Redactor,
        settings: RunSettings,
        where: Callable[[Page | None], Place],
        *,
        server_of: Callable[[str, int], Address | None] | None = None,
    ) -> None:
        self.connections = Connections()
        self.streams = RequestStreams(writer, redactor)
        self._context, self._where = context, where
        limits = BodyLimits(context, settings.max_body_bytes)
        self._records = Records(self.streams, writer, redactor, limits, self.connections, server_of=server_of)
        self._sockets = WebSockets(self.streams, self._records, where)
        self._ids: WeakKeyDictionary[PlaywrightRequest, str] = WeakKeyDictionary()
        self._open: dict[PlaywrightRequest, _Pending] = {}
        self._holding: Holding[_Pending] = Holding(self._write)
        self._settled: list[_Pending] = []
        self._reading = self._learning = 0

    def attach(self) -> None:
        """Start to listen. What went out before is not recorded."""
        context = self._context
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("requestfinished", self._on_finished)
        context.on("requestfailed", self._on_failed)
        context.on("page", self._on_page)
        for page in context.pages:
            self._on_page(page)

    def in_flight(self) -> int:
        """Return how many requests have not ended, or have a body that is still being read."""
        self._holding.flush()
        return len(self._open) + self._reading

    def unanswered(self) -> str:
        """Return the address of a page that was asked for and not answered yet; empty if there is none."""
        for request, pending in self._open.items():
            with suppress(PlaywrightError):
                main = request.is_navigation_request() and request.frame.parent_frame is None
                if main and request.existing_response is None and not pending.refused_by:
                    return pending.record.url
        return ""

    def flush(self) -> None:
        """Write the lines that still wait for the guard's word."""
        self._holding.flush(everything=True)

    def close(self) -> None:
        """Stop to record.

        What nobody answered gets no response line. What was answered and not read to its end does: a page
        that ignores the answer to a `fetch` has contacted the host all the same.
        """
        self.flush()
        for request in tuple(self._open):
            if request.existing_response:
                self._leave_open(request)
        self._sockets.close()
        self.streams.close()

    def refused(self, event: dict[str, Any], rule: str) -> str:
        """Record that the guard refused a request, as intended and never sent.

        Args:
            event: The parameters of CDP's `Fetch.requestPaused`.
            rule: Name of the guard's rule.

        Returns:
            The id of its one record, whether or not the request was told of otherwise.
        """
        request = event["request"]
        method, url = request["method"], request["url"] + request.get("urlFragment", "")
        pending = self._holding.take(method, url)
        if pending:
            pending.refused_by = rule
            self._write(pending)
            ident = pending.id
        else:  # Playwright has not told of it, and may never
            ident = self.streams.next_id()
            self.streams.add_request(self._records.refused(event, rule, ident, self._where(None)))
            self._holding.expect(method, url, ident)
        self._end_without_answer(ident, f"refused: {rule}", contacted=False)
        return ident

    # --- events ----------------------------------------------------------------------------------------

    @noting_failures
    def _on_request(self, request: PlaywrightRequest) -> None:
        self._holding.flush()
        known = self._holding.expected(request.method, request.url)
        ident = known or self.streams.next_id()
        self._ids[request] = ident
        if known:
            return
        place, origin = self._place(request), request.redirected_from
        record = self._records.sent(request, ident, place, self._ids.get(origin) if origin else None)
        pending = self._open[request] = _Pending(record, place)
        self._holding.hold(request.method, request.url, pending)

    @noting_failures
    def _on_response(self, response: PlaywrightResponse) -> None:
        if response.request.resource_type == "document":
            self._learn_cookies(response)
        pending = self._open.get(response.request)
        if pending:
            self._settle(pending)

    @noting_failures
    def _on_finished(self, request: PlaywrightRequest) -> None:
        pending = self._open.pop(request, None)
        if pending is None or pending.refused_by:
            return
        self._settle(pending)
        self._reading += 1
        try:
            self._end(pending, request)
        finally:
            self._reading -= 1

    @noting_failures
    def _on_failed(self, request: PlaywrightRequest) -> None:
        pending = self._open.pop(request, None)
        if pending is None or pending.refused_by:
            return
        failure = storable(request.failure or "failed", 500)
        pending.blocked = failure.startswith(wire.BLOCKED)
        self._settle(pending)
        if request.existing_response:
            self._end(pending, request, failure)
        else:
            contacted = failure.startswith(wire.CONNECTED) or request.timing["requestStart"] >= 0
            self._end_without_answer(pending.id, failure, contacted=contacted)

    @noting_failures
    def _on_page(self, page: Page) -> None:
        self._sockets.listen(page)

    # --- lines -----------------------------------------------------------------------------------------

    def _learn_cookies(self, response: PlaywrightResponse) -> None:
        """Learn what a document sets while it still comes: its scripts send that on before it has ended."""
        self._learning += 1
        try:
            with suppress(PlaywrightError):
                self._records.safe_headers(response.all_headers())
        finally:
            self._learning -= 1
        if not self._learning:
            settled, self._settled = self._settled, []
            for pending in settled:
                self._holding.settle(pending)

    def _settle(self, pending: _Pending) -> None:
        """Write a request; while a document's cookies are being learned it waits on, at most for its time."""
        if self._learning:
            self._settled.append(pending)
        else:
            self._holding.settle(pending)

    @noting_failures
    def _leave_open(self, request: PlaywrightRequest) -> None:
        pending = self._open.pop(request)
        if not pending.refused_by:
            self._end(pending, request, NOT_READ)

    def _end(self, pending: _Pending, request: PlaywrightRequest, failure: str | None = None) -> None:
        """Write how a request ended that was answered, as far as the browser says."""
        response = request.existing_response
        if response is None:
            self._end_without_answer(pending.id, failure, contacted=False)
        else:
            record = self._records.answered(pending.id, pending.place, request, response, failure)
            self.streams.add_response(record)

    def _end_without_answer(self, ident: str, failure: str | None, *, contacted: bool) -> None:
        self.streams.add_response(
            Response(id=ident, time=stamp(), contacted=contacted, body=wire.NO_BODY, failure=failure)
        )

    def _place(self, request: PlaywrightRequest) -> Place:
        try:
            return self._where(request.frame.page)
        except PlaywrightError:
            return self._where(None)  # of a service worker, or of a page that is just being made

    def _write(self, pending: _Pending) -> None:
        # Redacted again: what it carries may have been learned while it waited.
        record = self._records.redacted_again(pending.record)
        refused = bool(pending.refused_by)
        state = "refused" if refused else "blocked" if pending.blocked else "sent"
        seen_by = (*record.seen_by, "guard") if refused else record.seen_by
        facts = {"state": state, "seen_by": seen_by, "refused_by": pending.refused_by}
        self.streams.add_request(record.model_copy(update=facts))
