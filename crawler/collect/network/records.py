"""The records of requests and of how they ended, made from what the browser tells of them."""

from __future__ import annotations

from base64 import b64decode
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import Error as PlaywrightError

from crawler.collect.network import wire
from crawler.collect.network.connections import transport_record
from crawler.collect.plain import storable
from crawler.lib.clock import stamp
from crawler.lib.hosts import host_and_port
from crawler.model.evidence import Address, Body, Initiator, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from playwright.sync_api import Request as PlaywrightRequest
    from playwright.sync_api import Response as PlaywrightResponse

    from crawler.collect.network.body_limits import BodyLimits
    from crawler.collect.network.connections import Connections
    from crawler.collect.network.streams import RequestStreams
    from crawler.lib.kept import Kept
    from crawler.lib.redact import Redactor
    from crawler.store.writer import BundleWriter

Place = tuple[int, int]  # ordinal of a visit, number of a page


class Records:
    """Makes records, with secrets hashed, and keeps the bodies that go with them.

    Args:
        streams: Told what could not be recorded.
        writer: Takes the bodies.
        redactor: Hashes secrets.
        limits: How much of a body is taken and kept.
        connections: Takes who answered for a host, manifests and icons.
        server_of: Returns which server answers for a host and port, where a proxy stands between.
    """

    def __init__(
        self,
        streams: RequestStreams,
        writer: BundleWriter,
        redactor: Redactor,
        limits: BodyLimits,
        connections: Connections,
        *,
        server_of: Callable[[str, int], Address | None] | None = None,
    ) -> None:
        self._streams, self._writer, self._redactor = streams, writer, redactor
        self._limits, self._connections = limits, connections
        self._server_of = server_of

    # --- requests --------------------------------------------------------------------------------------

    def sent(
        self, request: PlaywrightRequest, ident: str, place: Place, redirected_from: str | None
    ) -> Request:
        """Return the record of a request that the browser tells of."""
        headers = request.headers
        body, names = self._body(request.post_data_buffer, headers.get("content-type", ""))
        frame = self._frame_url(request)
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
            headers=self.safe_headers(headers),
            body=body,
            fields=self._fields(request.url, names),
            redirected_from=redirected_from,
            from_worker=request.service_worker is not None,
            seen_by=("playwright",),
            state="sent",
        )

    def refused(self, event: Mapping[str, Any], rule: str, ident: str, place: Place) -> Request:
        """Return the record of a refused request of which only the guard was told (CDP: Fetch)."""
        request = event["request"]
        headers = {name.lower(): value for name, value in request.get("headers", {}).items()}
        body, names = self._body(_posted(request), headers.get("content-type", ""))
        if body.state == "none" and request.get("hasPostData"):
            body = Body(state="gone", why="the browser did not say what would have been posted")
        return Request(
            id=ident,
            time=stamp(),
            visit=place[0],
            page=place[1],
            frame="",
            initiator=Initiator(type="unknown", url=self._url(headers.get("referer", ""))),
            method=request["method"],
            url=self._url(request["url"]),
            type=str(event.get("resourceType", "other")).lower(),
            headers=self.safe_headers(headers),
            body=body,
            fields=self._fields(request["url"], names),
            seen_by=("guard",),
            state="refused",
            refused_by=rule,
        )

    def websocket(self, ident: str, place: Place, page_url: str, url: str) -> Request:
        """Return the record of a WebSocket that a page opens."""
        frame = self._url(page_url)
        return Request(
            id=ident,
            time=stamp(),
            visit=place[0],
            page=place[1],
            frame=frame,
            initiator=Initiator(type="page", url=frame),
            method="GET",
            url=self._url(url),
            type="websocket",
            headers={},
            body=wire.NO_BODY,
            fields=self._fields(url, ()),
            seen_by=("playwright",),
            state="sent",
        )

    def redacted_again(self, record: Request) -> Request:
        """Return a record with what was learned since it was made hashed too."""
        safe = {"url": self._url(record.url), "headers": self.safe_headers(record.headers)}
        return record.model_copy(update=safe)

    def safe_headers(self, headers: dict[str, str]) -> dict[str, str]:
        """Return headers with secrets hashed; the cookies they set are known to the redactor from here on."""
        return {storable(name): storable(value) for name, value in self._redactor.headers(headers).items()}

    # --- endings ---------------------------------------------------------------------------------------

    def answered(
        self,
        ident: str,
        place: Place,
        request: PlaywrightRequest,
        response: PlaywrightResponse,
        failure: str | None = None,
    ) -> Response:
        """Return the record of an answer; with a `failure` its body did not come to its end."""
        # Headers first: the cookies they set are then known when the body is redacted.
        sent, headers = self._raw(request, "request"), self._raw(response, "response")
        address, tls = self._connection(place, response)
        return Response(
            id=ident,
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
            why = f"{request.resource_type} {storable(kind, 100)}".strip()
            return Body(state="not kept", bytes=size, why=why)
        return self._taken(request, response, size)

    def _taken(self, request: PlaywrightRequest, response: PlaywrightResponse, size: int | None) -> Body:
        """Take a body from the browser if it is small enough."""
        headers, most = response.headers, self._limits.taken_bytes
        try:
            if request.resource_type == "script" and (size or 0) <= most:
                decoded = self._limits.script_bytes(request, headers, size)
                size = size if decoded is None else decoded
            if (size or 0) > most:
                return Body(state="not kept", bytes=size, why=wire.TOO_LARGE)
            data = response.body()
        except PlaywrightError as error:
            return Body(state="gone", bytes=size, why=storable(error.message.splitlines()[0], 300))
        return self._body(data, headers.get("content-type", ""))[0]

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
            self._connections.keep_manifest(address, data)

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
            self._connections.keep_icon(address, data[: wire.MAX_ICON_BYTES])

    def _connection(
        self, place: Place, response: PlaywrightResponse
    ) -> tuple[Address | None, dict[str, Any] | None]:
        parts = urlsplit(response.url)
        try:
            server = response.server_addr()
            details = response.security_details() if parts.scheme == "https" else None
        except PlaywrightError as error:
            self._streams.note_failure("connection", error)
            return None, None
        if not server:
            return None, None
        tls = {name: value for name, value in (details or {}).items() if value is not None} or None
        address = self._server(response.url, Address(ip=server["ipAddress"], port=server["port"]))
        if address is not None:
            self._connections.note(*place, transport_record(parts.hostname or "", address, tls or {}))
        return address, tls

    def _server(self, url: str, told: Address) -> Address | None:
        """Return the server of an address; through a proxy the browser tells the proxy's in its place."""
        return told if self._server_of is None else self._server_of(*host_and_port(url))

    def _raw(self, message: PlaywrightRequest | PlaywrightResponse, what: str) -> dict[str, str]:
        """Return the headers as they went over the wire; those known before where that cannot be told."""
        try:
            return self.safe_headers(message.all_headers())
        except PlaywrightError as error:
            self._streams.note_failure(f"{what} headers", error)
            return self.safe_headers(message.headers)

    # --- parts -----------------------------------------------------------------------------------------

    def _frame_url(self, request: PlaywrightRequest) -> str:
        try:
            return self._url(request.frame.url)
        except PlaywrightError:
            worker = request.service_worker
            return self._url(worker.url) if worker else ""

    def _body(self, data: bytes | None, content_type: str) -> tuple[Body, tuple[str, ...]]:
        """Keep a body, and return how it was kept and the names of its fields."""
        if data is None:
            return wire.NO_BODY, ()
        body, names = wire.keep_body(
            data, content_type, self._limits.kept_bytes, self._redactor, self._writer
        )
        return body, self._told(names)

    def _fields(self, url: str, more: Iterable[str]) -> tuple[str, ...]:
        return (*self._told(wire.query_fields(url)), *more)

    def _told(self, names: Kept[str]) -> tuple[str, ...]:
        def tell(left_out: int) -> None:
            self._streams.note_left_out("names of fields of a request", left_out)

        return names.items(tell)

    def _url(self, url: str) -> str:
        return storable(self._redactor.url(url), wire.MAX_URL_CHARS)


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


def _posted(request: Mapping[str, Any]) -> bytes | None:
    entries = request.get("postDataEntries") or []
    if entries:
        return b"".join(b64decode(entry.get("bytes", "")) for entry in entries)
    return request["postData"].encode("utf-8", "surrogateescape") if "postData" in request else None
