"""Where a payment page leads on: links, a refresh of the page, scripts that go elsewhere, and apps.

A link alone is no payment: its address or its label has to speak of it. What a script in the page's source
would open is read as text and never run; scripts in files of their own are not looked at.
"""

from __future__ import annotations

import html
import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

from crawler.derive.claims import signals
from crawler.derive.claims.claim import DeclaredAt, Marks, declared
from crawler.derive.network.request_parts import deep_link, take_apart
from crawler.lib import words
from crawler.lib.hosts import host_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.derive.claims.claim import Claim
    from crawler.derive.claims.pay_page import PayPage
    from crawler.derive.claims.signals import Signal
    from crawler.derive.network.request_parts import RequestParts
    from crawler.derive.operators.operator import Operator

MAX_LINKS = 1_000  # of one page
MAX_IN_SOURCE = 300  # of one document
MAX_URL_CHARS = 2_000
ENOUGH = 2  # medium marks
_URL = r"([^\"'`<>\s\\]{1,2000})"
_REFRESH = re.compile(
    r"<meta\b(?=[^>]{0,300}http-equiv\s*=\s*[\"']?refresh)[^>]{0,300}?url\s*=\s*[\"']?" + _URL, re.IGNORECASE
)
_GOES = re.compile(
    r"(?:\blocation(?:\.href)?\s*=|\blocation\.(?:assign|replace)\(|\bwindow\.open\()"
    r"\s*[\"'`]" + _URL,
    re.IGNORECASE,
)
_METHODS = re.compile(r"\bsupportedMethods\s*+[\"']?\s*+:\s*+\[?\s*+[\"'`]" + _URL, re.IGNORECASE)
_DEEP = re.compile(r"\b([a-z][a-z0-9+.-]{1,40}:(?://|[\\]/[\\]/)[^\"'`<>\s]{1,2000})", re.IGNORECASE)
_WEB = ("http:", "https:", "ws:", "wss:", "ftp:")


def lead_claims(page: PayPage, gone: Iterable[str] = ()) -> Iterator[Claim]:
    """Yield the claims of what leads from a payment page on to somewhere else, each address once.

    Args:
        page: The page.
        gone: Addresses that the browser went to: they are claims of their own.
    """
    told: set[str] = set(gone)
    for url, label, by_itself in _leads(page) if page.paying else ():
        if url not in told and len(url) <= MAX_URL_CHARS:
            claim = _claim(page, url, label, by_itself)
            if claim:
                told.add(url)
                yield claim


def _leads(page: PayPage) -> Iterator[tuple[str, str, str]]:
    """Yield address, label, and for what needs no press the way it is reached."""
    yield from islice(_links(page), MAX_LINKS)
    for frame, source in page.sources():
        base = page.address(frame)
        for pattern, way in ((_REFRESH, "refresh"), (_GOES, "script"), (_METHODS, "payment-request")):
            for hit in islice(pattern.finditer(source), MAX_IN_SOURCE):
                yield _joined(base, html.unescape(hit[1])), "", way
        for hit in islice(_DEEP.finditer(source), MAX_IN_SOURCE):
            if not hit[1].lower().startswith(_WEB):
                yield html.unescape(hit[1]).replace("\\/", "/"), "", "source"


def _links(page: PayPage) -> Iterator[tuple[str, str, str]]:
    record = page.text
    if record is None:
        return
    labels: dict[str, list[str]] = {}
    for node in record.nodes:
        if node.href:
            labels.setdefault(node.href, []).append(node.text if node.visible else "")
    for medium in record.media:
        if medium.href:
            labels.setdefault(medium.href, []).append(f" {medium.alt} ")
    for url, parts in labels.items():
        yield url, "".join(parts), ""


class _Lead(NamedTuple):
    parts: RequestParts
    operator: Operator
    medium: tuple[Signal, ...]
    label: str
    way: str


def _claim(page: PayPage, url: str, label: str, way: str) -> Claim | None:
    parts = take_apart(url)
    if not parts.host or signals.is_contact(parts):
        return None
    operator = page.operators.operator_of(parts.host, url=url)
    medium = signals.medium(parts, operator)
    strong = _strong(page, _Lead(parts, operator, medium, label, way))
    if not strong:
        return None
    seen = DeclaredAt("link", page.visit.ordinal, page.page)
    return declared(seen, Marks("payment", strong, medium), parts, operator)


def _strong(page: PayPage, lead: _Lead) -> tuple[Signal, ...]:
    parts, operator, medium, label, way = lead
    if parts.host.endswith(":"):
        return _into_app(parts, operator, label, way)
    if not page.foreign(parts.host):
        return ()
    control = signals.is_control(label)
    known = operator.payment in ("yes", "sandbox", "maybe")
    found = signals.strong(parts)
    if way == "payment-request":
        found = (*found, ("payment-request", parts.host))
    elif control or len(medium) >= ENOUGH or (medium and known and _has_path(parts)):
        found = (*found, ("payment-link", " ".join(label.split()) if control else medium[0][1]))
    elif way in ("refresh", "script") and (medium or (way == "refresh" and page.unknown(operator))):
        found = (*found, ("payment-link", way))
    weak = not control and len(medium) < ENOUGH and not signals.strong(parts)
    return () if weak and operator.role in words.load("payments")["traps"]["roles"] else found


def _into_app(parts: RequestParts, operator: Operator, label: str, way: str) -> tuple[Signal, ...]:
    """Return the mark of a link into an app; in the source alone it has to be the link of a known one."""
    found = signals.app_link(parts, operator)
    if found and way == "source" and operator.operator == "unknown":
        return ()
    if not found and signals.is_control(label):
        return (("app-link", " ".join(label.split())),)
    return found


def _has_path(parts: RequestParts) -> bool:
    return len(parts.path.strip("/")) > 1


def _joined(base: str, url: str) -> str:
    if host_of(url) or deep_link(url):
        return url
    try:
        return urljoin(base, url)
    except ValueError:
        return ""
