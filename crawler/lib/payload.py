"""What a request says: fields of query and body, GraphQL requests, or that it cannot be read.

The one place where a body is taken apart: the guard reads a request here before it leaves, claims and rules
read the kept one. Redaction, which must leave every other byte as it was, shares the cutting of its parts.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from crawler.lib.multipart import split_multipart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Payload", "folded_name", "read_payload"]

_MAX_DEPTH = 12
_MAX_FIELDS = 2_000
_MAX_FORM_BYTES = 4_000_000
# What a form's GraphQL request consists of: looked into as such, not as fields.
_GRAPHQL_FIELDS = ("query", "operations", "variables", "extensions", "map")
# Control characters that no text, form or JSON holds.
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")


@dataclass
class Payload:
    """Fields as pairs of name and value (JSON: members of any depth), GraphQL, and what was not read.

    Attributes:
        query: Fields of the address.
        body: Fields of the body; a JSON value that is no text stands as its JSON.
        graphql: Objects that may be GraphQL requests: the body itself, each entry of a batch, or a form.
        unreadable: Why the body, or a part of it, could not be read; empty if it was read whole.
    """

    query: list[tuple[str, str]] = field(default_factory=list)
    body: list[tuple[str, str]] = field(default_factory=list)
    graphql: list[dict[str, Any]] = field(default_factory=list)
    unreadable: str = ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Return the fields of address and body."""
        return [*self.query, *self.body]


def read_payload(query: str, body: bytes | None, content_type: str = "", encoding: str = "") -> Payload:
    """Take a request's query and body apart.

    Args:
        query: The query of the address.
        body: The body; None where there is one that is not shown.
        content_type: Its media type with parameters; a body may say something else than it is.
        encoding: Its content encoding; anything but identity is not read.
    """
    payload = Payload()
    payload.query = _read_form(payload, query)
    if body is None:
        payload.unreadable = "not shown by the browser"
    elif body and encoding.strip().lower() not in ("", "identity"):
        payload.unreadable = "compressed"
    elif body:
        _read_body(payload, body, content_type)
    return payload


def folded_name(name: str) -> str:
    """Return a name or path in lower case, its words joined by hyphens: placeOrder is place-order."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name)
    return parted.replace("_", "-").lower()


def _read_body(payload: Payload, body: bytes, content_type: str) -> None:
    kind = content_type.lower()
    if "multipart/" in kind:
        payload.body = list(_part_pairs(payload, body, content_type))
        _note_graphql(payload, payload.body)
        return
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        payload.unreadable = "no text"
        return
    if _BINARY.search(text):
        payload.unreadable = "no text"
    elif text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        if not _add_json(payload, text.lstrip("\ufeff")):
            payload.unreadable = "damaged JSON"
            payload.body = _read_form(payload, text)
    elif "application/graphql" in kind:
        payload.graphql.append({"query": text})
    elif "json" in kind:
        payload.body = [("", text.strip())]
    elif text.lstrip()[:1] == "<":
        payload.unreadable = "markup"
        payload.body = list(_markup_pairs(text))
    else:
        payload.body = _read_form(payload, text)


def _add_json(payload: Payload, text: str) -> bool:
    doubled: list[str] = []

    def once(members: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(members)
        if len(found) < len(members):  # one reader takes the first of two members, another the last
            doubled.append(members[0][0])
        return found

    try:
        data = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        return False
    if doubled:
        payload.unreadable = "two members of one name"
    found = list(_members_of(payload, data))
    payload.body.extend(found[:_MAX_FIELDS])
    if len(found) > _MAX_FIELDS:
        payload.unreadable = "too many fields"
    entries = data if isinstance(data, list) else [data]
    payload.graphql.extend(entry for entry in entries if isinstance(entry, dict))
    return True


def _read_form(payload: Payload, text: str) -> list[tuple[str, str]]:
    if len(text) > _MAX_FORM_BYTES:
        payload.unreadable = "too long"
        text = text[:_MAX_FORM_BYTES]
    # A body or query without "=" is one field's name: `?checkout`, `navigator.sendBeacon(url, "1")`.
    pairs = parse_qsl(text, keep_blank_values=True)
    if len(pairs) > _MAX_FIELDS:
        payload.unreadable = "too many fields"
    kept = pairs[:_MAX_FIELDS]
    _note_graphql(payload, kept)
    return [*kept, *_members_of_values(payload, kept)]


def _members_of_values(payload: Payload, pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the members of JSON documents that stand as values of a form."""
    for name, value in pairs:
        if name not in _GRAPHQL_FIELDS and value.lstrip()[:1] in ("{", "["):
            try:
                yield from _members_of(payload, json.loads(value), name)
            except (ValueError, RecursionError):
                payload.unreadable = "damaged JSON"


def _note_graphql(payload: Payload, pairs: Iterable[tuple[str, str]]) -> None:
    """Forms carry GraphQL as `operations` (uploads) or as `query`, `operationName` and `variables`."""
    form = dict(pairs)
    inner = form.get("operations", "")
    if inner.lstrip()[:1] in ("{", "[") and _add_json(payload, inner):
        return
    if form.keys() & {"query", "operationName"}:
        payload.graphql.append(form)


def _members_of(payload: Payload, node: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield name and value of every member of a JSON document; entries of a list bear the list's name."""
    if depth > _MAX_DEPTH:
        payload.unreadable = "too deep"
    elif isinstance(node, dict):
        for inner, value in node.items():
            if isinstance(value, (dict, list)):
                yield str(inner), ""
            yield from _members_of(payload, value, str(inner), depth + 1)
    elif isinstance(node, list):
        if len(node) > _MAX_FIELDS:
            payload.unreadable = "too many fields"
        for entry in node[:_MAX_FIELDS]:
            yield from _members_of(payload, entry, name, depth + 1)
    else:
        yield name, node if isinstance(node, str) else json.dumps(node)


def _part_pairs(payload: Payload, body: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    cut = split_multipart(body.decode("utf-8", "surrogateescape"), content_type)
    pairs = (pair for part in (cut.parts if cut else ()) if part.gap for pair in part.fields())
    found = list(islice(pairs, _MAX_FIELDS + 1))
    if not found:
        payload.unreadable = "damaged parts"
    if len(found) > _MAX_FIELDS:
        payload.unreadable = "too many fields"
    yield from found[:_MAX_FIELDS]


def _markup_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names of elements and their texts, as XML-RPC and SOAP bodies have them."""
    for name, value in re.findall(r"<([A-Za-z_][\w:.-]{0,80})[^<>]*>([^<]{0,400})", text)[:_MAX_FIELDS]:
        yield name.rpartition(":")[2], value.strip()
