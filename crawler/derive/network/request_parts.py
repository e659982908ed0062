"""One request as the classifiers read it: host, tokens of its path, names of its fields, text of its body.

Values of secrets were hashed at capture, so what counts are names, paths and the shape of bodies.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.lib import words
from crawler.lib.hosts import host_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.model.evidence import Body, Request
    from crawler.store.bundle import Bundle

MAX_BODY_BYTES = 2**20
_TOKEN = re.compile(r"3[dD][a-zA-Z]*\d*|[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_DEEP_LINK = re.compile(r"^([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_INTENT = re.compile(r"[#;]scheme=([a-z][a-z0-9+.-]*);", re.IGNORECASE)
_PACKAGE = re.compile(r"[#;]package=([A-Za-z][\w.]*);")
_NOT_DEEP = frozenset({"data", "blob", "javascript", "about", "http", "https", "ws", "wss", "ftp", "file"})
_OPERATION = re.compile(r"^\s*(?:query|mutation|subscription)\s+([A-Za-z_]\w*)")


class RequestParts(NamedTuple):
    """What is known of one request. `host` is the scheme with its colon for a deep link."""

    url: str
    host: str
    path: str
    path_tokens: frozenset[str]
    names: frozenset[str]
    headers: frozenset[str]
    operations: tuple[str, ...]
    body: str


def read_request_parts(request: Request, bundle: Bundle) -> RequestParts:
    """Take a request apart; what cannot be read is empty."""
    body = stored_text(bundle, request.body)
    return take_apart(request.url, request.fields, request.headers, body)


def take_apart(
    url: str, fields: Iterable[str] = (), headers: Iterable[str] = (), body: str = ""
) -> RequestParts:
    """Take apart what is known of a request, a form or a frame."""
    path, query = _split(url)
    pairs = parse_qsl(query, keep_blank_values=True)
    operations = (*(value for name, value in pairs if name == "operationName"), *_operations(body))
    return RequestParts(
        url=url,
        host=destination(url),
        path=path,
        path_tokens=tokens(path),
        names=frozenset(map(bare, (*fields, *(name for name, _ in pairs)))),
        headers=frozenset(name.lower() for name in headers),
        operations=operations,
        body=body,
    )


def tokens(text: str) -> frozenset[str]:
    """Return the words of a path or name in lower case, cut at signs, digits and capitals."""
    return frozenset(token.lower() for token in _TOKEN.findall(text))


def bare(name: str) -> str:
    """Return a field name as it is compared."""
    return re.sub(r"[-_.\[\]\s]", "", name).lower()


def deep_link(url: str) -> str:
    """Return the scheme of a link that leaves the browser for an app, with its colon; else nothing."""
    match = _DEEP_LINK.match(url.strip())
    scheme = match.group(1).lower() if match else ""
    if scheme == "intent":
        scheme = _intended(unquote(url))
    return f"{scheme}:" if scheme and scheme not in _NOT_DEEP else ""


def _intended(url: str) -> str:
    """Return the scheme of the app that an `intent:` link is for: by its package, else as it says itself."""
    package = _PACKAGE.search(url)
    apps: dict[str, str] = words.load("payments")["packages"]
    named = _INTENT.search(url)
    return apps.get(package.group(1) if package else "") or (named.group(1).lower() if named else "intent")


def destination(url: str) -> str:
    """Return the host that a link leads to; the scheme with its colon for an app's own link.

    An `intent:` link that names the web as its scheme, and no app that is known, leads to its host.
    """
    if deep := deep_link(url):
        return deep
    if url.strip().lower().startswith("intent:"):
        return host_of("https:" + url.strip()[len("intent:") :])
    return host_of(url)


def stored_text(bundle: Bundle, body: Body) -> str:
    """Return the beginning of a stored body as text; empty if there is none."""
    return (bundle.body(body) or b"")[:MAX_BODY_BYTES].decode("utf-8", "replace")


def _split(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return unquote(parts.path), parts.query


def _operations(body: str) -> tuple[str, ...]:
    """Return the GraphQL operations of a body: one object or a batch of them."""
    if body.lstrip()[:1] not in ("{", "["):
        return ()
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    batch = parsed if isinstance(parsed, list) else [parsed]
    return tuple(name for item in batch if isinstance(item, dict) and (name := _operation(item)))


def _operation(item: dict[str, Any]) -> str:
    name, query = item.get("operationName"), item.get("query")
    if isinstance(name, str) and name:
        return name
    match = _OPERATION.match(query) if isinstance(query, str) else None
    return match.group(1) if match else ""
