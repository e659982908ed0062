"""Which requests create an order: the rules of `policies/words/guard.toml`, applied to one request."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from email import message_from_bytes
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.lib import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Call", "Verdict", "judge", "watched"]

UNREADABLE_RULE = "unreadable-body"
UNNAMED_RULE = "unnamed-operation"

_MAX_DEPTH = 12
_MAX_FIELDS = 2_000


@dataclass(frozen=True)
class Call:
    """A request about to leave. `body` is None when there is one that the browser does not show."""

    method: str
    url: str
    type: str = "Fetch"
    content_type: str = ""
    body: bytes | None = b""


@dataclass(frozen=True)
class Verdict:
    """Why a request is refused (`rule` empty: it is not), and the names of its fields."""

    rule: str = ""
    word: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Operation:
    """One GraphQL operation; `names` are its own and those of everything that it selects."""

    kind: str  # query, mutation, subscription, or unknown where the text of the operation is not sent
    names: tuple[str, ...]


@dataclass
class _Content:
    """What a body and a query say: pairs of field name and value, and GraphQL requests."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    graphql: list[dict[str, Any]] = field(default_factory=list)


def watched() -> tuple[str, ...]:
    """Return the address patterns that have to be paused for `judge` to see every order."""
    return tuple(_requests()["watch"])


def judge(call: Call, stage: str = "") -> Verdict:
    """Say whether a request creates an order.

    A body that the browser does not show (a stream) is refused at every watched address: what it asks for
    cannot be known.

    Args:
        call: The request.
        stage: The stage being visited, empty between stages.
    """
    parts = urlsplit(call.url)
    path = _plain(unquote(parts.path))
    if call.method == "OPTIONS" or (call.method == "GET" and re.search(_requests()["assets"], path)):
        return Verdict()
    content = _read(call, parts.query)
    names = tuple(dict.fromkeys(name for name, _ in content.pairs))
    rule, word = _by_address(call, path, parts.query) or _by_fields(call, content) or ("", "")
    if not rule and call.body is None:
        rule = UNREADABLE_RULE
    if not rule and _speaks_graphql(parts.hostname or "", path):
        rule, word = _by_operation(call, path, content, stage)
    return Verdict(rule, word, names) if rule else Verdict()


def _by_address(call: Call, path: str, query: str) -> tuple[str, str] | None:
    pairs = [f"{_plain(name)}={_plain(value)}" for name, value in parse_qsl(query, keep_blank_values=True)]
    for rule in _fitting(call):
        if "path" in rule and (found := re.search(rule["path"], path)):
            return rule["id"], found.group().strip("/.-")
        if "query" in rule and (pair := next((p for p in pairs if re.search(rule["query"], p)), None)):
            return rule["id"], pair
    return None


def _by_fields(call: Call, content: _Content) -> tuple[str, str] | None:
    seen = {_plain(name) for name, _ in content.pairs}
    seen |= {f"{_plain(name)}={_plain(value)}" for name, value in content.pairs}
    for rule in _fitting(call):
        for needed in rule.get("fields", ()):
            if seen.issuperset(needed):
                return rule["id"], " ".join(needed)
    return None


def _by_operation(call: Call, path: str, content: _Content, stage: str) -> tuple[str, str]:
    asked = [*content.graphql, *_asked_by_path(path, content.graphql)]
    operations = [operation for request in asked for operation in _operations(request)]
    for rule in _fitting(call):
        for name in (name for operation in operations for name in operation.names):
            if any(re.fullmatch(pattern, _bare(name)) for pattern in rule.get("operations", ())):
                return rule["id"], name
    unnamed = not operations or any(not o.names and o.kind == "unknown" for o in operations)
    needs_name = call.method == "POST" and stage in _requests()["unnamed_stages"]
    return (UNNAMED_RULE, "") if unnamed and needs_name else ("", "")


def _fitting(call: Call) -> Iterator[dict[str, Any]]:
    for rule in _requests()["rule"]:
        if call.method in rule["methods"] and call.type in rule.get("types", (call.type,)):
            yield rule


def _speaks_graphql(host: str, path: str) -> bool:
    requests = _requests()
    return bool(re.search(requests["graphql"], path) or re.search(requests["graphql_hosts"], host))


def _asked_by_path(path: str, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Some shops name the operation in the path; the text of the operation, when there, says more."""
    _, _, tail = path.rstrip("/").partition("graphql/")
    if not tail or any(request.get("query") for request in requests):
        return []
    return [{"operationName": tail.rpartition("/")[2]}]


# --- bodies --------------------------------------------------------------------------------------------


def _read(call: Call, query: str) -> _Content:
    content = _Content()
    _add_form(content, parse_qsl(query, keep_blank_values=True))
    body = call.body or b""
    text = body.decode("utf-8", "replace")
    if "multipart/form-data" in call.content_type:
        _add_form(content, _multipart(body, call.content_type))
    elif text.lstrip()[:1] in ("{", "[") and _add_json(content, text):
        pass
    elif "application/graphql" in call.content_type:
        content.graphql.append({"query": text})
    elif text:
        _add_form(content, parse_qsl(text, keep_blank_values=True))
    return content


def _add_json(content: _Content, text: str) -> bool:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return False
    content.pairs.extend(_pairs(data))
    content.graphql.extend(
        entry for entry in (data if isinstance(data, list) else [data]) if isinstance(entry, dict)
    )
    return True


def _add_form(content: _Content, pairs: Iterable[tuple[str, str]]) -> None:
    given = list(pairs)[:_MAX_FIELDS]
    content.pairs.extend(given)
    form = dict(given)
    if not _add_json(content, form.get("operations", "")) and form.keys() & {"query", "operationName"}:
        content.graphql.append(form)


def _pairs(node: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield name and value of every member of a JSON document."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(node, dict):
        for name, value in node.items():
            yield str(name), value if isinstance(value, str) else ""
            yield from _pairs(value, depth + 1)
    elif isinstance(node, list):
        for entry in node[:_MAX_FIELDS]:
            yield from _pairs(entry, depth + 1)


def _multipart(body: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str):
            value = part.get_payload(decode=True)
            yield name, value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


# --- GraphQL -------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*|[_A-Za-z][_0-9A-Za-z]*|[{}()\[\]$@]|\.\.\.'
)


def _operations(request: dict[str, Any]) -> list[_Operation]:
    """Return the operations that a GraphQL request may run: the named one where it says which."""
    name, document = request.get("operationName"), request.get("query")
    named = (name,) if isinstance(name, str) and name else ()
    if not isinstance(document, str) or not document.strip():
        return [_Operation("unknown", named)]
    found = list(_parse(document))
    chosen = [operation for operation in found if named and operation.names[:1] == named] or found
    if not chosen:
        return [_Operation("unknown", named)]
    mutation = any(operation.kind == "mutation" for operation in chosen)
    fragments = _fragment_names(document) if mutation else ()
    return [
        _Operation(operation.kind, (*operation.names, *fragments) if operation.kind == "mutation" else ())
        for operation in chosen
    ]


def _parse(document: str) -> Iterator[_Operation]:
    for head, names in _definitions(document):
        kind = head[0] if head else "query"
        if kind in ("query", "mutation", "subscription"):
            yield _Operation(kind, (*head[1:2], *names))


def _fragment_names(document: str) -> tuple[str, ...]:
    return tuple(name for head, names in _definitions(document) if head[:1] == ["fragment"] for name in names)


def _definitions(document: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the words before the braces of each definition, and the names inside, arguments left out."""
    head: list[str] = []
    names: list[str] = []
    depth = arguments = 0
    for lexeme in _TOKEN.findall(document):
        if lexeme[0] in '"#':
            continue
        if lexeme in "([":
            arguments += 1
        elif lexeme in ")]":
            arguments = max(0, arguments - 1)
        elif arguments:
            continue
        elif lexeme == "{":
            depth += 1
        elif lexeme == "}":
            depth = max(0, depth - 1)
            if depth == 0:
                yield head, names
                head, names = [], []
        elif lexeme[0] not in "$@.":
            (names if depth else head).append(lexeme)


# --- names ---------------------------------------------------------------------------------------------


@cache
def _requests() -> dict[str, Any]:
    requests: dict[str, Any] = words.load("guard")["requests"]
    return requests


def _plain(name: str) -> str:
    """Return a name or path in lower case, its words joined by hyphens: placeOrder is place-order."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()


def _bare(name: str) -> str:
    return re.sub(_requests()["name_ends"], "", _plain(name))
