"""The operations of a GraphQL request: their kind, and the names of the fields that they select."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import DocumentNode, SelectionSetNode

__all__ = ["Operation", "operations"]

_MAX_TOKENS = 20_000
_MAX_NAMES = 5_000


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


def operations(request: dict[str, Any]) -> list[Operation]:
    """Return the operations that a GraphQL request may run: the named one where it says which."""
    name, document = request.get("operationName"), request.get("query")
    named = name if isinstance(name, str) else ""
    if not isinstance(document, str) or not document.strip():
        return [Operation("unknown", named)]
    try:
        parsed = parse(document, no_location=True, max_tokens=_MAX_TOKENS)
        found = list(_found(parsed))
    except (GraphQLSyntaxError, RecursionError, OverflowError):
        return [Operation("unreadable", named)]
    chosen = [operation for operation in found if named and operation.name == named]
    return chosen or found or [Operation("unreadable", named)]


def _found(document: DocumentNode) -> Iterator[Operation]:
    fragments = {
        node.name.value: node.selection_set
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            roots = tuple(field.name.value for field in _fields(node.selection_set, fragments))
            names = tuple(_names(node.selection_set, fragments))
            yield Operation(node.operation.value, node.name.value if node.name else "", roots, names)


def _fields(
    selection: SelectionSetNode, fragments: dict[str, SelectionSetNode], opened: set[str] | None = None
) -> Iterator[FieldNode]:
    """Yield the fields at the top of a selection, those of its fragments in their place, each opened once."""
    opened = set() if opened is None else opened
    for node in selection.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, fragments, opened)
        elif isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name in fragments and name not in opened:
                opened.add(name)
                yield from _fields(fragments[name], fragments, opened)


def _names(selection: SelectionSetNode, fragments: dict[str, SelectionSetNode]) -> Iterator[str]:
    """Yield every name selected, each fragment opened once."""
    waiting, opened, told = [selection], set[str](), 0
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                told += 1
                if told > _MAX_NAMES:
                    raise OverflowError("too many fields")
                yield node.name.value
            if isinstance(node, FragmentSpreadNode):
                inner = None if node.name.value in opened else fragments.get(node.name.value)
                opened.add(node.name.value)
            else:
                inner = getattr(node, "selection_set", None)
            if inner:
                waiting.append(inner)
