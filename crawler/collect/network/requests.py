"""Requests and responses of the whole browser context, streamed into the bundle as they happen.

Playwright misses what leaves as a page closes, shared workers, preflights and downloads; the network log has
those. It also tells of requests that never left: only a response or connection facts count as contact.
"""

from __future__ import annotations

import itertools
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from playwright.sync_api import Error as PlaywrightError

from crawler.collect.network import wire
from crawler.collect.network.connections import Connections
from crawler.collect.network.holding import Holding
from crawler.collect.plain import storable
from crawler.lib.clock import stamp
from crawler.model.evidence import (
    Address,
    Body,
    CollectorFailure,
    Initiator,
    Request,
    Response,
    TransportRecord,
)
from crawler.store.layout import REQUESTS, RESPONSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page, WebSocket
    from playwright.sync_api import Request as PlaywrightRequest
    from playwright.sync_api import Response as PlaywrightResponse

    from crawler.lib.redact import Redactor
    from crawler.settings import RunSettings
    from crawler.store.writer import BundleWriter

MAX_FAILURES = 100
P = ParamSpec("P")


@dataclass(eq=False)
class _Entry:
    """A request that was seen and may not have ended yet."""

    id: str
    record: Request
    place: tuple[int, int]
    refused: bool = False
    blocked: bool = False
    refused_by: str = ""


@dataclass(eq=False)
class _Socket:
    """A websocket and how much went over it."""

    id: str
    sent: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    error: str | None = None
    ended: bool = False


def _guarded(handler: Callable[Concatenate[RequestRecorder, P], None]) -> Callable[..., None]:
    """Turn what an event handler raises into a recorded failure: raised into Playwright it would be lost."""

    @wraps(handler)
    def safe(recorder: RequestRecorder, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            handler(recorder, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the collector boundary
            recorder.failed(handler.__name__, error)

    return safe


NOT_READ = "the answer was not read to its end"


class RequestRecorder:
    """Listens to a browser context from before its first navigation.

    Args:
        context: The context to listen to.
        writer: Takes `data/requests.jsonl`, `data/responses.jsonl` and the bodies.
        redactor: Hashes secrets before anything is written.
        settings: Bound on the size of bodies.
        where: Returns visit and page number for a page; for none, those of the present visit.

    Attributes:
        connections: Who answered for which host, by visit and page.
        failures: What could not be recorded, and why.
    """

    def __init__(
        self,
        context: BrowserContext,
        writer: BundleWriter,
        redactor: Redactor,
        settings: RunSettings,
        where: Callable[[Page | None], tuple[int, int]],
    ) -> None:
        self.connections = Connections()
        self.failures: list[CollectorFailure] = []
        self._context, self._writer, self._redactor = context, writer, redactor
        self._limit_bytes, self._where = settings.max_body_bytes, where
        self._numbers = itertools.count(1)
        self._ids: WeakKeyDictionary[PlaywrightRequest, str] = WeakKeyDictionary()
        self._open: dict[PlaywrightRequest, _Entry] = {}
        self._sockets: list[_Socket] = []
        self._holding: Holding[_Entry] = Holding(self._write)
        self._settled: list[_Entry] = []
        self._reading = self._learning = 0
        self._closed = self._told_full = False

    def attach(self) -> None:
        """Start to listen. What went out before is not recorded."""
        context = self._context
        context.on("request", self._seen)
        context.on("response", self._answered)
        context.on("requestfinished", self._finished)
        context.on("requestfailed", self._lost)
        context.on("page", self._watch)
        for page in context.pages:
            self._watch(page)

    def in_flight(self) -> int:
        """Return how many requests have not ended, or have a body that is still being read."""
        self._holding.flush()
        return len(self._open) + self._reading

    def unanswered(self) -> str:
        """Return the address of a page that was asked for and not answered yet; empty if there is none."""
        for request, entry in self._open.items():
            with suppress(PlaywrightError):
                main = request.is_navigation_request() and request.frame.parent_frame is None
                if main and request.existing_response is None and not entry.refused:
                    return entry.record.url
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
                self._left_open(request)
        for socket in self._sockets:
            if socket.received and not socket.ended:
                self._socket_ended(socket, why="still open")
        self._closed = True

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
        entry = self._holding.take(method, url)
        if entry:
            entry.refused, entry.refused_by = True, rule
            self._write(entry)
        else:
            entry = self._refused_unseen(event, rule)
            self._holding.expect(method, url, entry.id)
        self._end(
            Response(
                id=entry.id, time=stamp(), contacted=False, body=wire.NO_BODY, failure=f"refused: {rule}"
            )
        )
        return entry.id

    def failed(self, what: str, error: Exception) -> None:
        """Note that something could not be recorded."""
        if len(self.failures) < MAX_FAILURES and not self._closed:
            lines = str(error).strip().splitlines() or ["no message"]
            message = f"{what.strip('_')}: {lines[0][:400]}"
            failure = CollectorFailure(
                collector="requests", page=0, error=type(error).__name__, message=storable(message)
            )
            self.failures.append(failure)

    # --- events ----------------------------------------------------------------------------------------

    @_guarded
    def _seen(self, request: PlaywrightRequest) -> None:
        self._holding.flush()
        known = self._holding.expected(request.method, request.url)
        ident = known or self._next()
        self._ids[request] = ident
        if known:
            return
        place = self._place(request)
        entry = _Entry(ident, self._request(request, ident, place), place)
        self._open[request] = entry
        self._holding.hold(request.method, request.url, entry)

    @_guarded
    def _answered(self, response: PlaywrightResponse) -> None:
        if response.request.resource_type == "document":
            self._learn_cookies(response)
        entry = self._open.get(response.request)
        if entry:
            self._settle(entry)

    def _learn_cookies(self, response: PlaywrightResponse) -> None:
        """Learn what a document sets while it still comes: its scripts send that on before it has ended."""
        self._learning += 1
        try:
            with suppress(PlaywrightError):
                self._headers(response.all_headers())
        finally:
            self._learning -= 1
        if not self._learning:
            settled, self._settled = self._settled, []
            for entry in settled:
                self._holding.settle(entry)

    def _settle(self, entry: _Entry) -> None:
        """Write an entry; while a document's cookies are being learned it waits on, at most for its time."""
        if self._learning:
            self._settled.append(entry)
        else:
            self._holding.settle(entry)

    @_guarded
    def _finished(self, request: PlaywrightRequest) -> None:
        entry = self._open.pop(request, None)
        if entry is None or entry.refused:
            return
        self._settle(entry)
        self._reading += 1
        try:
            self._end(self._response(entry, request, request.existing_response))
        finally:
            self._reading -= 1

    @_guarded
    def _left_open(self, request: PlaywrightRequest) -> None:
        entry, response = self._open.pop(request), request.existing_response
        if not entry.refused:
            self._end(self._response(entry, request, response, failure=NOT_READ))

    @_guarded
    def _lost(self, request: PlaywrightRequest) -> None:
        entry = self._open.pop(request, None)
        if entry is None or entry.refused:
            return
        failure = storable(request.failure or "failed", 500)
        entry.blocked = failure.startswith(wire.BLOCKED)
        self._settle(entry)
        response = request.existing_response
        if response:
            self._end(self._response(entry, request, response, failure=failure))
            return
        contacted = failure.startswith(wire.CONNECTED) or request.timing["requestStart"] >= 0
        self._end(
            Response(id=entry.id, time=stamp(), contacted=contacted, body=wire.NO_BODY, failure=failure)
        )

    @_guarded
    def _watch(self, page: Page) -> None:
        page.on("websocket", lambda websocket: self._socket_opened(page, websocket))

    # --- websockets ------------------------------------------------------------------------------------

    @_guarded
    def _socket_opened(self, page: Page, websocket: WebSocket) -> None:
        socket = _Socket(self._next())
        self._sockets.append(socket)
        visit, number = self._where(page)
        self._append(
            REQUESTS,
            Request(
                id=socket.id,
                time=stamp(),
                visit=visit,
                page=number,
                frame=self._url(page.url),
                initiator=Initiator(type="page", url=self._url(page.url)),
                method="GET",
                url=self._url(websocket.url),
                type="websocket",
                headers={},
                body=wire.NO_BODY,
                fields=wire.query_fields(websocket.url),
                seen_by=("playwright",),
                state="sent",
            ),
        )
        websocket.on("framesent", lambda payload: socket.sent.append(_size(payload)))
        websocket.on("framereceived", lambda payload: socket.received.append(_size(payload)))
        websocket.on("socketerror", lambda error: self._socket_failed(socket, error))
        websocket.on("close", lambda _: self._socket_ended(socket))

    @_guarded
    def _socket_failed(self, socket: _Socket, error: str) -> None:
        socket.error = storable(error, 500)

    @_guarded
    def _socket_ended(self, socket: _Socket, why: str = "") -> None:
        if socket.ended:
            return
        socket.ended = True
        frames = (
            f"{len(socket.sent)} frames of {sum(socket.sent)} bytes sent, "
            f"{len(socket.received)} of {sum(socket.received)} bytes received"
        )
        total = sum(socket.sent) + sum(socket.received)
        self._end(
            Response(
                id=socket.id,
                time=stamp(),
                contacted=bool(socket.received) or socket.error is None,
                status=101 if socket.received or socket.error is None else None,
                body=Body(state="not kept", bytes=total, why="; ".join(filter(None, (frames, why)))),
                failure=socket.error,
            )
        )

    # --- records ---------------------------------------------------------------------------------------

    def _request(self, request: PlaywrightRequest, ident: str, place: tuple[int, int]) -> Request:
        headers = request.headers
        body, names = self._body(request.post_data_buffer, headers.get("content-type", ""))
        frame = self._frame_url(request)
        origin = request.redirected_from
        return Request(
            id=ident,
            time=stamp(),
            visit=place[0],
            page=place[1],
            frame=frame,
            initiator=Initiator(type=_initiator(request), url=frame),
            method=request.method,
            url=self._url(request.url),
            type=request.resource_type,
            headers=self._headers(headers),
            body=body,
            fields=(*wire.query_fields(request.url), *names),
            redirected_from=self._ids.get(origin) if origin else None,
            from_worker=request.service_worker is not None,
            seen_by=("playwright",),
            state="sent",
        )

    def _refused_unseen(self, event: dict[str, Any], rule: str) -> _Entry:
        """Write the record of a refused request that Playwright has not told of, and may never."""
        request, place = event["request"], self._where(None)
        headers = {name.lower(): value for name, value in request.get("headers", {}).items()}
        body, names = self._body(_posted(request), headers.get("content-type", ""))
        if body.state == "none" and request.get("hasPostData"):
            body = Body(state="gone", why="the browser did not say what would have been posted")
        record = Request(
            id=self._next(),
            time=stamp(),
            visit=place[0],
            page=place[1],
            frame="",
            initiator=Initiator(type="unknown", url=self._url(headers.get("referer", ""))),
            method=request["method"],
            url=self._url(request["url"]),
            type=str(event.get("resourceType", "other")).lower(),
            headers=self._headers(headers),
            body=body,
            fields=(*wire.query_fields(request["url"]), *names),
            seen_by=("guard",),
            state="refused",
            refused_by=rule,
        )
        self._append(REQUESTS, record)
        return _Entry(record.id, record, place, refused=True, refused_by=rule)

    def _response(
        self,
        entry: _Entry,
        request: PlaywrightRequest,
        response: PlaywrightResponse | None,
        failure: str | None = None,
    ) -> Response:
        if response is None:
            return Response(id=entry.id, time=stamp(), contacted=False, body=wire.NO_BODY, failure=failure)
        # Headers first: the cookies they set are then known when the body is redacted.
        sent, headers = self._raw(request, "request"), self._raw(response, "response")
        address, tls = self._connection(entry, response)
        return Response(
            id=entry.id,
            time=stamp(),
            contacted=address is not None or not response.from_service_worker,
            status=response.status,
            headers=headers,
            sent_headers=sent,
            body=self._response_body(request, response, failure),
            address=address,
            tls=tls,
            from_cache=_from_cache(sent, response),
            from_service_worker=response.from_service_worker,
            failure=failure,
        )

    def _response_body(
        self, request: PlaywrightRequest, response: PlaywrightResponse, failure: str | None
    ) -> Body:
        headers = response.headers
        kind, size = headers.get("content-type", ""), wire.declared_bytes(headers)
        if failure:
            return Body(state="gone", bytes=size, why=failure)
        if request.resource_type == "other":
            self._learn_icon(request, response, size)
        if request.resource_type == "manifest":
            self._learn_manifest(request, response, size)
        if 300 <= response.status < 400 or response.status == 204 or request.method == "HEAD":
            return wire.NO_BODY
        if not wire.is_kept(request.resource_type, kind):
            return Body(
                state="not kept", bytes=size, why=f"{request.resource_type} {storable(kind, 100)}".strip()
            )
        if size is not None and size > wire.REDACT_FACTOR * max(self._limit_bytes, 1):
            return Body(state="not kept", bytes=size, why=wire.TOO_LARGE)
        try:
            data = response.body()
        except PlaywrightError as error:
            return Body(state="gone", bytes=size, why=storable(error.message.splitlines()[0], 300))
        return self._body(data, kind)[0]

    def _learn_manifest(
        self, request: PlaywrightRequest, response: PlaywrightResponse, size: int | None
    ) -> None:
        """Remember what a page got for its manifest, whatever it is, by every address that led to it."""
        if 300 <= response.status < 400 or (size or 0) > wire.MAX_MANIFEST_BYTES:
            return
        data = b""
        if response.status != 204:
            try:
                data = response.body()
            except PlaywrightError:
                return
        if len(data) > wire.MAX_MANIFEST_BYTES:
            return
        for address in _addresses(request):
            self.connections.keep_manifest(address, data)

    def _learn_icon(self, request: PlaywrightRequest, response: PlaywrightResponse, size: int | None) -> None:
        """Remember a picture that no page asked for; the icon beside a title is the only one."""
        if size is not None and size > wire.MAX_ICON_BYTES:
            return
        data = b""
        if response.ok and response.status != 204:
            with suppress(PlaywrightError):
                data = response.body()
        if not wire.is_picture(data, response.headers.get("content-type", "")):
            data = b""
        for address in _addresses(request):
            self.connections.keep_icon(address, data[: wire.MAX_ICON_BYTES])

    def _connection(
        self, entry: _Entry, response: PlaywrightResponse
    ) -> tuple[Address | None, dict[str, Any] | None]:
        parts = urlsplit(response.url)
        try:
            server = response.server_addr()
            details = response.security_details() if parts.scheme == "https" else None
        except PlaywrightError as error:
            self.failed("connection", error)
            return None, None
        if not server:
            return None, None
        tls = {name: value for name, value in (details or {}).items() if value is not None} or None
        self.connections.note(*entry.place, _transport(parts.hostname or "", server, tls or {}))
        return Address(ip=server["ipAddress"], port=server["port"]), tls

    def _raw(self, message: PlaywrightRequest | PlaywrightResponse, what: str) -> dict[str, str]:
        """Return the headers as they went over the wire; those known before where that cannot be told."""
        try:
            return self._headers(message.all_headers())
        except PlaywrightError as error:
            self.failed(f"{what} headers", error)
            return self._headers(message.headers)

    # --- parts -----------------------------------------------------------------------------------------

    def _place(self, request: PlaywrightRequest) -> tuple[int, int]:
        try:
            return self._where(request.frame.page)
        except PlaywrightError:
            return self._where(None)  # of a service worker, or of a page that is just being made

    def _frame_url(self, request: PlaywrightRequest) -> str:
        try:
            return self._url(request.frame.url)
        except PlaywrightError:
            worker = request.service_worker
            return self._url(worker.url) if worker else ""

    def _body(self, data: bytes | None, content_type: str) -> tuple[Body, tuple[str, ...]]:
        if data is None:
            return wire.NO_BODY, ()
        return wire.keep_body(data, content_type, self._limit_bytes, self._redactor, self._writer)

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        return {storable(name): storable(value) for name, value in self._redactor.headers(headers).items()}

    def _url(self, url: str) -> str:
        return storable(self._redactor.url(url), wire.MAX_URL_CHARS)

    def _next(self) -> str:
        return f"r{next(self._numbers):06d}"

    def _write(self, entry: _Entry) -> None:
        state = "refused" if entry.refused else "blocked" if entry.blocked else "sent"
        record = entry.record
        seen_by = (*record.seen_by, "guard") if entry.refused else record.seen_by
        # Redacted again: what it carries may have been learned while it waited.
        safe = {"url": self._url(record.url), "headers": self._headers(record.headers)}
        self._append(
            REQUESTS,
            record.model_copy(
                update={"state": state, "seen_by": seen_by, "refused_by": entry.refused_by, **safe}
            ),
        )

    def _end(self, response: Response) -> None:
        self._append(RESPONSES, response)

    def _append(self, stream: str, record: Request | Response) -> None:
        if not self._closed:
            self._writer.append(stream, record)
        if self._redactor.full and not self._told_full:
            self._told_full = True
            self.failed(
                "redaction", OverflowError("more values than can be looked for; some may stand unhashed")
            )


def _from_cache(sent: dict[str, str], response: PlaywrightResponse) -> bool:
    """Tell a cached answer, as far as can be told: no request with a host went over the wire for it."""
    over_http = response.url.startswith("http") and not response.from_service_worker
    return over_http and not {"host", ":authority"} & set(sent)


def _addresses(request: PlaywrightRequest) -> Iterator[str]:
    """Yield the address of a request, and those that were redirected to it."""
    origin: PlaywrightRequest | None = request
    while origin:
        yield origin.url
        origin = origin.redirected_from


def _initiator(request: PlaywrightRequest) -> str:
    if request.redirected_from:
        return "redirect"
    if request.service_worker:
        return "service worker"
    return "navigation" if request.is_navigation_request() else "page"


def _transport(host: str, server: Any, tls: dict[str, Any]) -> TransportRecord:
    return TransportRecord(
        host=host,
        address=server["ipAddress"],
        port=server["port"],
        protocol=tls.get("protocol"),
        issuer=tls.get("issuer"),
        subject=tls.get("subjectName"),
        valid_from=_moment(tls.get("validFrom")),
        valid_to=_moment(tls.get("validTo")),
    )


def _moment(seconds: float | None) -> str | None:
    return stamp(datetime.fromtimestamp(seconds, UTC)) if seconds and seconds > 0 else None


def _posted(request: dict[str, Any]) -> bytes | None:
    entries = request.get("postDataEntries") or []
    if entries:
        return b"".join(b64decode(entry.get("bytes", "")) for entry in entries)
    return request["postData"].encode("utf-8", "surrogateescape") if "postData" in request else None


def _size(payload: str | bytes) -> int:
    return len(payload) if isinstance(payload, bytes) else len(payload.encode("utf-8", "replace"))
