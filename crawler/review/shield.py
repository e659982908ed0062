"""What every request meets before any route: whose site sent it, to which host; and what every answer bears.

A request that changes something must say that it comes from the desk's own pages: by `Sec-Fetch-Site`, or by
`Origin` where a browser is too old for that. One that says neither is refused, whoever sends it; a program
that uses the JSON API sends `Origin`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request

from crawler.errors import CrawlerError
from crawler.model.account import Role
from crawler.review.access import SAFE_METHODS, whoever_asks
from crawler.review.body import BoundedBody
from crawler.review.downloads import NotedDownload
from crawler.review.failures import error_response, refusal_response
from crawler.review.refusal import Refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from crawler.review.desk import BodyBound, Desk

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HSTS = "max-age=31536000"


class Shield:
    """ASGI middleware around the whole desk, its answers to its own mistakes included."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on and put the headers on its answer."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._put_headers(MutableHeaders(scope=message))
            await send(message)

        try:
            self._check(scope)
            bound = await run_in_threadpool(self._body_bound, scope)
            noted = NotedDownload(scope, send_with_headers, self._desk)
            body = BoundedBody(scope, receive, noted.send, bound)
        except Refusal as refusal:
            await refusal_response(scope, self._desk, refusal)(scope, receive, send_with_headers)
            return
        except CrawlerError as error:
            await error_response(scope, self._desk, error)(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, body.receive, body.send)
        except ClientDisconnect:
            if body.refusal is None:
                raise
        refused = noted.refusal or (None if body.has_begun else body.refusal)
        if refused:
            await refusal_response(scope, self._desk, refused)(scope, receive, send_with_headers)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or host_name(host) not in self._desk.entrance.hosts:
            raise Refusal(421, "desk.refusal.host")
        if scope["method"] not in SAFE_METHODS:
            _check_same_site(headers, host, secure=self._desk.entrance.secure)

    def _body_bound(self, scope: Scope) -> BodyBound:
        """Return how much the request may send: a bundle only to where bundles go, by who may bring one."""
        limits = self._desk.limits
        if scope["path"] in limits.uploads and scope["method"] not in SAFE_METHODS:
            person = whoever_asks(Request(scope), self._desk)
            if person is not None and person.may(Role.INSPECTOR):
                return limits.upload
        return limits.body

    def _put_headers(self, headers: MutableHeaders) -> None:
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if self._desk.entrance.secure:
            headers.setdefault("Strict-Transport-Security", _HSTS)


def host_name(host: str) -> str:
    """Return the name in a `Host` header, lower case, without port and brackets; empty where it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _check_same_site(headers: Headers, host: str, *, secure: bool) -> None:
    """Refuse what does not say that it comes from this very origin; what says two things is refused too."""
    site, origin = headers.getlist("sec-fetch-site"), headers.getlist("origin")
    if not site and not origin:
        raise Refusal(403, "desk.refusal.no-origin")
    if any(word != "same-origin" for word in site):
        raise Refusal(403, "desk.refusal.cross-site")
    schemes = ("https",) if secure else ("http", "https")
    if any(word.lower() not in [f"{scheme}://{host.lower()}" for scheme in schemes] for word in origin):
        raise Refusal(403, "desk.refusal.cross-site")
