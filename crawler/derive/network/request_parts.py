"""One request as the classifiers read it: host, tokens of its path, names of its fields, text of its body.

Values of secrets were hashed at capture, so what counts are names, paths and the shape of bodies.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.lib import words
from crawler.lib.graphql_names import operation_names
from crawler.lib.hosts import host_of
from crawler.lib.payload import read_payload

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
    kind = request.headers.get("content-type", "")
    return take_apart(request.url, request.fields, request.headers, body, kind)


def take_apart(
    url: str,
    fields: Iterable[str] = (),
    headers: Iterable[str] = (),
    body: str = "",
    content_type: str = "",
) -> RequestParts:
    """Take apart what is known of a request, a form or a frame."""
    path, query = _split(url)
    pairs = parse_qsl(query, keep_blank_values=True)
    in_query = (value for name, value in pairs if name == "operationName")
    return RequestParts(
        url=url,
        host=destination(url),
        path=path,
        path_tokens=tokens(path),
        names=frozenset(map(bare, (*fields, *(name for name, _ in pairs)))),
        headers=frozenset(name.lower() for name in headers),
        operations=(*in_query, *_operations(body, content_type)),
        body=body,
    )


def tokens(text: str) -> frozenset[str]:
    """Return the words of a path or name in lower case, cut at punctuation, digits and capitals."""
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


def _operations(body: str, content_type: str) -> tuple[str, ...]:
    """Return the GraphQL operations of a body: one request, a batch of them, or a form."""
    if not body:
        return ()
    payload = read_payload("", body.encode("utf-8", "replace"), content_type)
    return tuple(name for request in payload.graphql for name in operation_names(request))
