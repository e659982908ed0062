"""The network of a run as HAR 1.2, written entry by entry: a large run needs no more memory.

Beside the fields of the format each entry says what the ledger knows: `_seen_by`, `_state`, `_cause`,
`_visit`, `_initiator`, and whether the stage is sure. A connection that no request went over is no entry, for
the format has none of the kind: it stands under `_connections`, and in the comment of its page. Bodies stand
as they were kept, redacted; one that was not kept is missing and its comment says why.

Source: HAR 1.2, W3C Web Performance Working Group, editor's draft of 14 August 2012.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from crawler import __version__
from crawler.derive.reading import reading_of
from crawler.store import layout
from crawler.store.beside import keep_written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from crawler.derive.network.ledger import Entry, Ledger
    from crawler.model.evidence import Body, Request, Response
    from crawler.store.bundle import Bundle

NAME = "network.har"
UNKNOWN = -1  # the format's word for a size that is not known


def write_har(bundle: Bundle, *, root: Path | None = None) -> Path:
    """Write `report/network.har` into the bundle's folder, outside its seal, or into `root`.

    Raises:
        BundleCorrupt: the bundle is not what its seal says.
        ReportError: the file cannot be written.
    """
    book = reading_of(bundle).ledger
    return keep_written(
        root or bundle.root, layout.REPORT, NAME, lambda file: _write_bytes(file, bundle, book)
    )


def _write_bytes(file: BinaryIO, bundle: Bundle, book: Ledger) -> None:
    bare = [entry for entry in book.entries if entry.aside]
    pages = list(_pages(bundle, bare))
    head = json.dumps(
        {**_about(bundle), "pages": pages, "_connections": list(map(_connection, bare))}, ensure_ascii=True
    )
    file.write(b'{"log": ' + head.removesuffix("}").encode() + b', "entries": [')
    separator = b"\n"
    for entry in entries(bundle, book):
        file.write(separator + json.dumps(entry, ensure_ascii=True).encode())
        separator = b",\n"
    file.write(b"\n]}}\n")


def _about(bundle: Bundle) -> dict[str, Any]:
    environment = bundle.run.environment
    name, _, version = (environment.browser if environment else "").rpartition(" ")
    return {
        "version": "1.2",
        "creator": {"name": "Pantau", "version": __version__},
        "browser": {"name": name or "unknown", "version": version or "unknown"},
        "comment": f"run {bundle.run.run_id}, seal {bundle.seal}",
    }


def _pages(bundle: Bundle, bare: list[Entry]) -> Iterator[dict[str, Any]]:
    for visit in bundle.run.visits:
        title = visit.pages[0].title if visit.pages else ""
        hosts = sorted({entry.host for entry in bare if entry.visit == visit.ordinal and entry.bare})
        yield {
            "startedDateTime": visit.started or bundle.run.started,
            "id": f"visit-{visit.ordinal}",
            "title": title or visit.kind.value,
            "pageTimings": {"onContentLoad": UNKNOWN, "onLoad": UNKNOWN},
            "_stage": visit.kind.value,
            "_reached": visit.reached,
            **({"comment": f"connection without request: {', '.join(hosts)}"} if hosts else {}),
        }


def _aside(entry: Entry) -> str:
    return "connection without request" if entry.bare else "asked by the capture"


def _connection(entry: Entry) -> dict[str, Any]:
    return {
        "host": entry.host,
        "kind": entry.type,
        "startedDateTime": entry.time,
        "protocol": entry.protocol,
        **({"serverIPAddress": entry.address.ip, "port": entry.address.port} if entry.address else {}),
        "bytesSent": entry.body_bytes,
        "bytesReceived": entry.received_bytes,
        "comment": "; ".join(part for part in (_aside(entry), entry.state, entry.cause) if part),
        "_id": entry.id,
        "_visit": entry.visit,
        "_seen_by": list(entry.seen_by),
        "_initiator": entry.initiator,
        "_error": entry.error,
    }


def entries(bundle: Bundle, book: Ledger) -> Iterator[dict[str, Any]]:
    """Yield an entry for each request of the run, in the order of time; the browser's own are left out."""
    visits = {visit.ordinal for visit in bundle.run.visits}
    for entry, request, response in book.exchanges:
        if request is not None:
            found = _entry(bundle, entry, request, response)
            yield {**found, **({"pageref": f"visit-{entry.visit}"} if entry.visit in visits else {})}


def _entry(bundle: Bundle, entry: Entry, request: Request, response: Response | None) -> dict[str, Any]:
    took_ms = _between_ms(entry.time, entry.ended)
    return {
        "startedDateTime": entry.time,
        "time": took_ms,
        "request": _request(bundle, entry, request, response),
        "response": _response(bundle, entry, response),
        "cache": {},
        "timings": {"send": 0, "wait": took_ms, "receive": 0},
        **({"serverIPAddress": entry.address.ip} if entry.address else {}),
        "comment": "; ".join(part for part in (entry.state, entry.cause) if part),
        "_id": entry.id,
        "_visit": entry.visit,
        "_seen_by": list(entry.seen_by),
        "_state": entry.state,
        "_cause": entry.cause,
        "_resourceType": entry.type,
        "_initiator": entry.initiator,
        "_stage_sure": not entry.ambiguous,
    }


def _request(bundle: Bundle, entry: Entry, request: Request, response: Response | None) -> dict[str, Any]:
    headers = response.sent_headers if response and response.sent_headers else request.headers
    body = request.body
    posted = {"postData": _posted(bundle, body, headers)} if body.state not in ("none", "gone") else {}
    return {
        "method": request.method,
        "url": request.url,
        "httpVersion": _version(entry),
        "cookies": [],
        "headers": _name_values(headers),
        "queryString": _query(request.url),
        **posted,
        "headersSize": UNKNOWN,
        "bodySize": body.bytes if body.bytes is not None else 0 if body.state == "none" else UNKNOWN,
    }


def _posted(bundle: Bundle, body: Body, headers: dict[str, str]) -> dict[str, Any]:
    text, _ = _text(bundle, body)
    return {
        "mimeType": headers.get("content-type", "application/octet-stream"),
        "params": [],
        "text": text or "",
        "comment": _body_text(body),
    }


def _response(bundle: Bundle, entry: Entry, response: Response | None) -> dict[str, Any]:
    status = response.status if response and response.status else 0
    headers = response.headers if response else {}
    body = response.body if response else None
    text, encoding = _text(bundle, body) if body else (None, None)
    return {
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "",
        "httpVersion": _version(entry),
        "cookies": [],
        "headers": _name_values(headers),
        "content": {
            "size": body.bytes if body and body.bytes is not None else 0,
            "mimeType": headers.get("content-type", "x-unknown"),
            **({"text": text} if text is not None else {}),
            **({"encoding": encoding} if encoding else {}),
            "comment": _body_text(body) if body else "no answer on record",
        },
        "redirectURL": headers.get("location", ""),
        "headersSize": UNKNOWN,
        "bodySize": UNKNOWN,
        "comment": (response.failure or "") if response else "",
    }


def _text(bundle: Bundle, body: Body) -> tuple[str | None, str | None]:
    """Return a kept body as text, or as base64 where it is none."""
    data = bundle.body(body)
    if data is None:
        return None, None
    try:
        return data.decode(), None
    except UnicodeDecodeError:
        return base64.b64encode(data).decode(), "base64"


def _body_text(body: Body) -> str:
    return "; ".join(part for part in (body.state, body.why) if part)


def _name_values(headers: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def _query(url: str) -> list[dict[str, str]]:
    try:
        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return []
    return [{"name": name, "value": value} for name, value in pairs]


def _version(entry: Entry) -> str:
    alpn = entry.protocol.rpartition(", ")[2]
    return {"h2": "HTTP/2", "http/1.1": "HTTP/1.1", "h3": "HTTP/3"}.get(
        alpn, "HTTP/1.1" if entry.contacted else "unknown"
    )


def _between_ms(start: str, end: str | None) -> float:
    if end is None:
        return 0.0
    took_s = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    return max(round(took_s * 1000, 1), 0.0)
