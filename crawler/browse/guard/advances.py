"""Which requests are known not to order: the rows of `policies/words/advances.toml`, and telemetry.

Order rules (`orders.py`) are asked first and win: a row here lets nothing through that they refuse.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, ValidationError, model_validator

from crawler.derive.operators import hosts
from crawler.errors import PolicyError
from crawler.lib import words
from crawler.lib.payload import folded_name
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from crawler.browse.guard.call import Call

__all__ = ["Advance", "advance", "advances", "host_role", "is_telemetry", "parse"]

_ADVANCES = "advances"


def _pattern(value: str) -> str:
    re.compile(value)
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]


class Advance(Record):
    """One row: a request that a shop system needs on the way to its order, by public documentation.

    All that a row says must hold. `path` and `query` are patterns searched in the folded path and in each
    folded `name=value` of the address; `operations` are patterns that every GraphQL field which the request
    calls must fit whole; `fields` are folded names or `name=value` that must all be there, `not_fields` such
    of which none may; `host_roles` are roles of the host table.
    """

    system: str = Field(min_length=1)
    source: str = Field(min_length=1)
    methods: tuple[str, ...] = Field(min_length=1)
    id: str = ""
    path: Pattern = ""
    not_path: Pattern = ""
    query: Pattern = ""
    operations: tuple[Pattern, ...] = ()
    fields: tuple[str, ...] = ()
    not_fields: tuple[str, ...] = ()
    any_fields: tuple[tuple[str, ...], ...] = ()
    pairs: Pattern = ""
    not_pairs: Pattern = ""
    host_roles: tuple[str, ...] = ()
    passes: tuple[str, ...] = Field(min_length=1)
    refuses: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_something(self) -> Advance:
        if not (self.path or self.query or self.operations or self.any_fields or self.pairs):
            raise ValueError(f"the row of {self.system} names neither path nor query, operations nor fields")
        return self

    def fits(self, call: Call) -> bool:
        """Say whether a request is the advance of this row; for GraphQL, apart from its operations."""
        query = call.pairs[: len(call.payload.query)]
        seen = call.names | set(call.pairs)
        return (
            call.effective in self.methods
            and (not self.path or re.search(self.path, call.path) is not None)
            and (not self.query or any(re.search(self.query, pair) for pair in query))
            and seen.issuperset(self.fields)
            and seen.isdisjoint(self.not_fields)
            and (not self.any_fields or any(seen.issuperset(needed) for needed in self.any_fields))
            and (not self.not_path or not re.search(self.not_path, call.path))
            and (not self.pairs or _holds(self.pairs, call))
            and (not self.not_pairs or not _holds(self.not_pairs, call))
            and (not self.host_roles or host_role(call.host) in self.host_roles)
        )


def advance(call: Call) -> str:
    """Return the system whose known advance a request is; empty if it is none that is known.

    A body that cannot be read is no known advance. Where GraphQL is spoken, every field that is called must
    be one of an advance; a row without operations says nothing there.
    """
    if call.payload.unreadable or _holds(words.load(_ADVANCES)["never"]["pairs"], call):
        return ""
    rows = [row for row in advances() if bool(row.operations) == call.speaks_graphql and row.fits(call)]
    if not call.speaks_graphql:
        return rows[0].system if rows else ""
    called = [
        _bare(name)
        for operation in call.operations
        if operation.kind not in ("query", "subscription")
        for name in (operation.roots or (operation.name,))
    ]
    systems = [next((row.system for row in rows if _names(row, name)), "") for name in called]
    return systems[0] if systems and all(systems) else ""


def _holds(pattern: str, call: Call) -> bool:
    """Say whether a field of address or body, as folded `name=value`, fits a pattern."""
    return any(re.search(pattern, pair) for pair in call.pairs)


def _names(row: Advance, name: str) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in row.operations)


def _bare(name: str) -> str:
    return re.sub(words.load("guard")["requests"]["name_ends"], "", folded_name(name))


def is_telemetry(host: str) -> bool:
    """Say whether a host is known to take measurements only."""
    return host_role(host) in words.load(_ADVANCES)["telemetry"]["roles"]


@cache
def host_role(host: str) -> str:
    """Return the role of a host by the table of hosts, empty if it has none there."""
    table = _hosts()
    row = table.exact(host) or table.pattern(host) or table.suffix(host)
    return row.role if row else ""


@cache
def _hosts() -> hosts.HostTable:
    return hosts.HostTable(hosts.rows())


@cache
def advances() -> tuple[Advance, ...]:
    """Return the rows that ship with Pantau."""
    return parse(words.load(_ADVANCES))


def _tuples(value: Any) -> Any:
    return tuple(_tuples(entry) for entry in value) if isinstance(value, list) else value


def parse(data: dict[str, Any]) -> tuple[Advance, ...]:
    """Read the rows of a table.

    Raises:
        PolicyError: a row is wrong; it is named.
    """
    rows = []
    for number, row in enumerate(data.get("advance", []), 1):
        try:
            rows.append(Advance.model_validate({key: _tuples(value) for key, value in row.items()}))
        except (ValidationError, re.error) as error:
            why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise PolicyError(f"advances.toml, row {number} ({row.get('system', '?')}): {why}.") from error
    return tuple(rows)
