"""What a request carries: named values of its query, cookies, headers and body."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.derive.network.request_parts import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.model.evidence import Request

MAX_VALUES = 2_000
MAX_DEPTH = 12
PLAIN_HEADERS = frozenset(
    {"accept", "accept-language", "accept-encoding", "content-type", "user-agent", "referer", "origin"}
)

Carrier = Literal["query", "cookie", "header", "body"]


class Value(NamedTuple):
    """One value with its name and what carries it."""

    carrier: Carrier
    name: str
    value: str


def of(request: Request, body: bytes) -> tuple[Value, ...]:
    """Return the named values that a request carries, as they are kept."""
    found: list[Value] = []
    for value in _all(request, body):
        if len(found) == MAX_VALUES:
            break
        if value.value:
            found.append(value)
    return tuple(found)


def words(name: str) -> frozenset[str]:
    """Return the words of a field name, and the name as one word."""
    return tokens(name) | {name.lower().replace("-", "").replace("_", "")}


def _all(request: Request, body: bytes) -> Iterator[Value]:
    for name, value in _query(request.url):
        yield Value("query", name, value)
    for name, value in request.headers.items():
        if name == "cookie":
            yield from _cookies(value)
        elif name not in PLAIN_HEADERS and not name.startswith(("sec-", ":")):
            yield Value("header", name, value)
    yield from _body(body)


def _query(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, errors="replace")
    except ValueError:
        return []


def _cookies(header: str) -> Iterator[Value]:
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        yield Value("cookie", name, unquote(value))


def _body(body: bytes) -> Iterator[Value]:
    text = body.decode("utf-8", "replace").strip()
    if text[:1] in ("{", "["):
        try:
            yield from _walk(json.loads(text), "", 0)
        except (ValueError, RecursionError):
            return
    elif "=" in text and "\n" not in text:
        for name, value in parse_qsl(text, errors="replace"):
            yield Value("body", name, value)


def _walk(node: Any, name: str, depth: int) -> Iterator[Value]:
    if depth > MAX_DEPTH:
        return
    if isinstance(node, dict):
        for key, child in node.items():
            yield from _walk(child, str(key), depth + 1)
    elif isinstance(node, list):
        for child in node:
            yield from _walk(child, name, depth + 1)
    elif isinstance(node, str) or (isinstance(node, int) and not isinstance(node, bool)):
        yield Value("body", name, str(node))
