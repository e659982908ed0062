"""What a request carries: named values of its query, cookies, headers and body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from crawler.derive.network.request_parts import tokens
from crawler.lib.payload import read_payload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.model.evidence import Request

MAX_VALUES = 2_000
PLAIN_HEADERS = frozenset(
    {"accept", "accept-language", "accept-encoding", "content-type", "user-agent", "referer", "origin"}
)

Carrier = Literal["query", "cookie", "header", "body"]


class Value(NamedTuple):
    """One value with its name and what carries it."""

    carrier: Carrier
    name: str
    value: str


def values_of(request: Request, body: bytes) -> tuple[Value, ...]:
    """Return the named values that a request carries, as they are kept."""
    found: list[Value] = []
    for value in _all(request, body):
        if len(found) == MAX_VALUES:
            break
        if value.value:
            found.append(value)
    return tuple(found)


def words_of(name: str) -> frozenset[str]:
    """Return the words of a field name, and the name as one word."""
    return tokens(name) | {name.lower().replace("-", "").replace("_", "")}


def _all(request: Request, body: bytes) -> Iterator[Value]:
    headers = request.headers
    kind, encoding = headers.get("content-type", ""), headers.get("content-encoding", "")
    payload = read_payload(_query(request.url), body, kind, encoding)
    for name, value in payload.query:
        yield Value("query", name, value)
    for name, value in headers.items():
        if name == "cookie":
            yield from _cookies(value)
        elif name not in PLAIN_HEADERS and not name.startswith(("sec-", ":")):
            yield Value("header", name, value)
    for name, value in payload.body:
        yield Value("body", name, value)


def _query(url: str) -> str:
    try:
        return urlsplit(url).query
    except ValueError:
        return ""


def _cookies(header: str) -> Iterator[Value]:
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        yield Value("cookie", name, unquote(value))
