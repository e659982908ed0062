"""The operations of a GraphQL request: their kind, and the names of the fields that they select."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Operation", "operation_names", "operations_of"]


@dataclass(frozen=True)
class Operation:
    """One operation that a request may run.

    Attributes:
        kind: query, mutation or subscription; unknown where its text is not sent, unreadable where it
            is none.
        name: Its own name, which its author chose freely; empty without one.
        roots: The fields it calls at the top, whatever their aliases.
        names: All fields it selects, fragments opened.
    """

    kind: str
    name: str = ""
    roots: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def operations_of(request: dict[str, Any]) -> list[Operation]:
    """Return the operations that a GraphQL request may run: the named one where it says which."""
    name, document = request.get("operationName"), request.get("query")
    named = name if isinstance(name, str) else ""
    if not isinstance(document, str) or not document.strip():
        return [Operation("unknown", named)]
    # The parser takes a tenth of a second to load, and most runs see no GraphQL.
    from crawler.lib import graphql_document  # noqa: PLC0415 - loaded where it is needed

    try:
        found = [Operation(*parts) for parts in graphql_document.operations_in(document)]
    except ValueError:
        return [Operation("unreadable", named)]
    chosen = [operation for operation in found if named and operation.name == named]
    return chosen or found or [Operation("unreadable", named)]


def operation_names(request: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the operations that a GraphQL request may run, also where its text is cut off."""
    name, document = request.get("operationName"), request.get("query")
    if isinstance(name, str) and name:
        return (name,)
    if not isinstance(document, str) or not document.strip():
        return ()
    from crawler.lib import graphql_document  # noqa: PLC0415 - see above

    try:
        found = [own_name for _, own_name, *_ in graphql_document.operations_in(document)]
    except ValueError:
        found = [graphql_document.first_name(document)]
    return tuple(filter(None, found))
