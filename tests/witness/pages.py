"""What the test site answers, by host and path."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path

from tests.witness.mechanisms import MECHANISMS, SHOP, TILL, of

FILES = Path(__file__).with_name("files")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TYPES = {
    "png": "image/png",
    "js": "text/javascript",
    "css": "text/css",
    "html": "text/html",
    "woff2": "font/woff2",
    "webmanifest": "application/manifest+json",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "vtt": "text/vtt",
    "bin": "application/octet-stream",
    "events": "text/event-stream",
    "json": "application/json",
    "wasm": "application/wasm",
    "svg": "image/svg+xml",
}
heard: list[set[str]] = [set()]  # the hosts that a request arrived at
quic: list[int] = []  # SHA-256 of the certificate of the QUIC server, by which a page trusts it
TEXTS = {"html": "<title>M</title><p>m</p>", "vtt": "WEBVTT\n", "events": "data: 1\n\n", "json": "{}"}
MANIFEST = """{"name": "Shop", "start_url": "https://shop.test/", "display": "standalone",
"icons": [{"src": "%s.png", "sizes": "144x144", "type": "image/png"}]}"""


@dataclass
class Reply:
    """One answer."""

    body: bytes = b"ok"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def early(host: str, target: str) -> str:
    """Return the Link header of the early hints before an answer; empty where there are none."""
    return f"<https://{of('early-hints').host}>; rel=preconnect" if (host, target) == (TILL, "/till") else ""


def reply(method: str, host: str, target: str, headers: dict[str, str]) -> Reply:
    """Return the answer to a request."""
    path, _, query = target.partition("?")
    if path == "/arrived":
        answer = Reply(
            json.dumps(sorted(heard[0].copy())).encode(), headers={"Content-Type": "application/json"}
        )
    elif host in (SHOP, TILL):
        answer = _shop(path)
    else:
        answer = _mechanism(host, path, query, {name.lower(): value for name, value in headers.items()})
    answer.headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"} | answer.headers
    if method == "OPTIONS" and not path.endswith(".denied"):
        answer = Reply(b"", 204, answer.headers)
        answer.headers |= {
            "Access-Control-Allow-Methods": "PUT, POST",
            "Access-Control-Allow-Headers": "x-a, content-type",
        }
    return answer


def _mechanism(host: str, path: str, query: str, headers: dict[str, str]) -> Reply:
    end = path.rpartition(".")[2]
    same = headers.get("if-none-match") == '"1"'
    number = int(host[-6]) if end == "redirect" else 0
    special = {
        "auth": Reply(b"", 401, {"WWW-Authenticate": 'Basic realm="x"'}),
        "cached": Reply(headers={"Cache-Control": "max-age=3600"}),
        "etag": Reply(
            b"" if same else b"ok", 304 if same else 200, {"ETag": '"1"', "Cache-Control": "no-cache"}
        ),
        "denied": Reply(b"", 403, {"Access-Control-Allow-Origin": "https://nobody.test"}),
        "png": Reply(PNG, headers={"Content-Type": "image/png"}),
        **{
            f"r{status}": Reply(b"", status, {"Location": f"https://{host}/x.png"})
            for status in (301, 307, 308)
        },
        "refresh": Reply(headers={"Content-Type": "text/html", "Refresh": f"0;url=https://{host}/x.html"}),
        "h3": Reply(PNG, headers={"Content-Type": "image/png", "Alt-Svc": 'h3=":443"; ma=60'}),
        "redirect": Reply(b"", 302, {"Location": f"https://m-redirect-{number + 1}.test/x.redirect"})
        if number < 3
        else Reply(PNG, headers={"Content-Type": "image/png"}),
    }
    return special.get(end) or Reply(_text(end, query).encode(), headers={"Content-Type": TYPES.get(end, "")})


def _text(end: str, query: str) -> str:
    frames = {
        "nested": f"<iframe src='{of('frame-nested').url}.html?image'></iframe>",
        "image": f"<img src='{of('frame-image').url}.png'>",
        "popup": f"<img src='{of('popup-image').url}.png'>",
        "script": f"<script>location='{of('redirect-js').url}.html?2'</script>",
        "refresh": f"<meta http-equiv=refresh content='0;url={of('meta-target').url}.html'>",
    }
    if end == "webmanifest":
        return MANIFEST % of("manifest-icon").url
    return frames.get(query) or TEXTS.get(end, "")


def _shop(path: str) -> Reply:
    file = FILES / path.strip("/")
    if path.endswith(".js") and file.is_file():
        return Reply(file.read_bytes(), headers={"Content-Type": "text/javascript"})
    if path in FRAMES:
        return FRAMES[path]()
    return _page(path) if (FILES / f"{path.strip('/') or 'shop'}.html").is_file() else Reply(b"none", 404)


def _csp() -> Reply:
    policy = f"img-src 'none'; report-uri {of('csp-report').url}"
    return _html(f"<img src='{of('csp-blocked').url}.png'>", {"Content-Security-Policy": policy})


def _reporting() -> Reply:
    ends = {"Reporting-Endpoints": f'main="{of("reporting").url}"'}
    return _html("<img src='/no.png'>", ends | {"Content-Security-Policy": "img-src 'none'; report-to main"})


def _csp_connect() -> Reply:
    tries = (
        f"fetch('{of('csp-connect').url}').catch(()=>0)",
        f"new WebSocket('wss://{of('csp-websocket').host}/ws')",
        f"new WebTransport('{of('csp-webtransport').url}').ready.catch(()=>0)",
    )
    text = "".join(f"<script>try{{{each}}}catch(e){{}}</script>" for each in tries)
    return _html(text, {"Content-Security-Policy": "connect-src 'none'"})


def _linked() -> Reply:
    return _html("l", {"Link": f"<{of('preload-header').url}.png>; rel=preload; as=image"})


def _styled() -> Reply:
    style = f'<?xml-stylesheet type="text/css" href="{of("xml-style").url}.css"?>'
    return Reply(f'<?xml version="1.0"?>{style}<a>x</a>'.encode(), headers={"Content-Type": "text/xml"})


def _prerendered() -> Reply:
    return _html(f"<img src='{of('speculation-prerender').url}.png'>")


FRAMES = {
    "/csp": _csp,
    "/reporting": _reporting,
    "/csp-connect": _csp_connect,
    "/linked": _linked,
    "/styled.xml": _styled,
    "/prerendered": _prerendered,
}


def _page(path: str) -> Reply:
    """Return a page of the shop: every mechanism that stands on it, and what its file holds."""
    own = [mechanism for mechanism in MECHANISMS if mechanism.page == path]
    head = "".join(mechanism.markup for mechanism in own if mechanism.place == "head")
    body = "\n".join(mechanism.markup for mechanism in own if mechanism.place == "body")
    return _html(body + (FILES / f"{path.strip('/') or 'shop'}.html").read_text(encoding="utf-8"), head=head)


def _html(body: str, headers: dict[str, str] | None = None, head: str = "") -> Reply:
    body, head = (part.replace("{quic}", str(quic)) for part in (body, head))
    text = f"<!doctype html><html><head><title>Shop</title>{head}</head><body>{body}</body></html>"
    return Reply(text.encode(), headers={"Content-Type": "text/html; charset=utf-8"} | (headers or {}))
