"""One request about to leave, as the guard looks at it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from crawler.lib import words
from crawler.lib.graphql_names import Operation, operations_of
from crawler.lib.payload import Payload, folded_name, read_payload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from urllib.parse import SplitResult

__all__ = ["CHANGING", "READING", "SOCKET", "UNREADABLE", "Call", "folded_pairs", "without_ids"]

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
READING = ("GET", "HEAD", "OPTIONS")
UNREADABLE = "(unreadable)"
SOCKET = "WEBSOCKET"  # the method of a message over a WebSocket
# What a shop may take a request for.
_ALIKE = {SOCKET: ("POST",), "HEAD": ("GET",), "OPTIONS": ("GET",)}

_ID = re.compile(
    r"\d+|[0-9a-f]{8}-[0-9a-f-]{20,}|(?=[^/]*\d)[A-Za-z0-9~=+-]{12,}|(?=[^/]*\d)[A-Za-z]+[_-][A-Za-z0-9_-]{12,}"
)
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
_MAX_UNQUOTED = 4
_MAX_OPERATION = 200


@dataclass(frozen=True)
class Call:
    """A request about to leave. `body` is None when there is one that the browser does not show.

    `override` is the method that a header asks the shop to take instead of the request's own. `preflight`
    says that the browser itself asks whether another site's page may send what comes after it.
    """

    method: str
    url: str
    type: str = "Fetch"
    content_type: str = ""
    body: bytes | None = b""
    encoding: str = ""
    override: str = ""
    preflight: bool = False

    @cached_property
    def parts(self) -> SplitResult:
        """Return the parts of the address."""
        return urlsplit(self.url)

    @property
    def host(self) -> str:
        """Return the host's name, in lower case."""
        return self.parts.hostname or ""

    @cached_property
    def path(self) -> str:
        """Return the path as shops read it, folded: unquoted, in lower case, words joined by hyphens."""
        return folded_name(_unquoted(self.parts.path))

    @cached_property
    def payload(self) -> Payload:
        """Return what query and body say."""
        return read_payload(self.parts.query, self.body, self.content_type, self.encoding)

    @cached_property
    def pairs(self) -> tuple[str, ...]:
        """Return the fields as folded `name=value`."""
        return tuple(folded_pairs(self.payload.pairs))

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the folded names of the fields."""
        return frozenset(folded_name(name) for name, _ in self.payload.pairs)

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """Return its method, and before it the one that header or field `_method` puts in its place.

        A page at an address answers HEAD as it does GET (RFC 9110, 9.3.2), and in PHP OPTIONS too: it does
        what it does, and only the answer differs.
        """
        asked = [self.override, *(value for name, value in self.payload.pairs if name == "_method")]
        own = (self.method, *_ALIKE.get(self.method, ())) if not self.preflight else (self.method,)
        return (*(method.upper() for method in asked if method and self.method != SOCKET), *own)

    @property
    def effective(self) -> str:
        """Return the method that the shop goes by."""
        return self.methods[0]

    @cached_property
    def speaks_graphql(self) -> bool:
        """Say whether the address is one of GraphQL."""
        data = _requests()
        return bool(re.search(data["graphql"], self.path) or re.search(data["graphql_hosts"], self.host))

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Return the GraphQL operations that it may run, at an address of GraphQL."""
        if not self.speaks_graphql:
            return ()
        asked = [*self.payload.graphql, *self._asked_by_path()]
        return tuple(operation for request in asked for operation in operations_of(request))

    @property
    def only_reads(self) -> bool:
        """Say whether it is a GraphQL request of which every operation only reads."""
        keys = {key for request in self.payload.graphql for key in request}
        return (
            bool(self.operations)
            and not self.payload.unreadable
            and keys <= set(_requests()["graphql_keys"])
            and all(operation.kind in ("query", "subscription") for operation in self.operations)
        )

    @property
    def changes(self) -> bool:
        """Say whether it may change what the shop holds, going by method and operation."""
        if any(method not in READING for method in self.methods):
            return not self.only_reads
        return any(operation.kind == "mutation" for operation in self.operations)

    @cached_property
    def operation(self) -> str:
        """Return what it asks for, in one line: GraphQL fields, or the fields that name an action."""
        if self.payload.unreadable:
            return UNREADABLE
        if self.operations:
            said = [name for o in self.operations if o.kind != "query" for name in (o.roots or (o.name,))]
            return " ".join(dict.fromkeys(said))[:_MAX_OPERATION]
        acting = _requests()["action_fields"]
        pairs = (pair for pair in self.pairs if re.fullmatch(acting, pair.partition("=")[0]))
        return "&".join(sorted(set(pairs)))[:_MAX_OPERATION]

    def _asked_by_path(self) -> list[dict[str, Any]]:
        """Some shops name the operation in the path; the text of the operation, when there, says more."""
        _, _, tail = self.path.rstrip("/").partition("graphql/")
        if not tail or any(request.get("query") for request in self.payload.graphql):
            return []
        return [{"operationName": tail.rpartition("/")[2]}]


def folded_pairs(pairs: list[tuple[str, str]]) -> Iterator[str]:
    """Yield fields as folded `name=value`."""
    for name, value in pairs:
        yield f"{folded_name(_visible(name))}={folded_name(_visible(value))}"


def without_ids(path: str) -> str:
    """Return a path with `{id}` in place of each segment that is a number or a random name."""
    return "/".join("{id}" if _ID.fullmatch(segment) else segment for segment in path.split("/"))


def _unquoted(path: str) -> str:
    for _ in range(_MAX_UNQUOTED):
        once = unquote(path)
        if once == path:
            break
        path = once
    return _visible(path)


def _visible(text: str) -> str:
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)) if not text.isascii() else text


@cache
def _requests() -> dict[str, Any]:
    requests: dict[str, Any] = words.load("guard")["requests"]
    return requests
