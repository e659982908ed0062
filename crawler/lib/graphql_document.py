"""The text of a GraphQL document taken apart; loaded where one is seen (see `graphql_names`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Lexer,
    OperationDefinitionNode,
    OperationType,
    Source,
    TokenKind,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import DocumentNode, SelectionSetNode

__all__ = ["first_name", "operations_in"]

_MAX_TOKENS = 20_000
_MAX_NAMES = 5_000

Parts = tuple[str, str, tuple[str, ...], tuple[str, ...]]


def operations_in(text: str) -> list[Parts]:
    """Return the operations of a document: kind, own name, top fields, all names selected.

    Raises:
        ValueError: the text is no GraphQL, or has more parts than are looked at.
    """
    try:
        return list(_operations_of(parse(text, no_location=True, max_tokens=_MAX_TOKENS)))
    except (GraphQLSyntaxError, RecursionError, OverflowError) as error:
        raise ValueError("no readable GraphQL") from error


def first_name(text: str) -> str:
    """Return the name of the operation that a text begins with; empty if it has none, or begins otherwise."""
    lexer = Lexer(Source(text))
    try:
        kind, name = lexer.advance(), lexer.advance()
    except GraphQLSyntaxError:
        return ""
    begins = kind.kind is TokenKind.NAME and kind.value in {each.value for each in OperationType}
    return name.value or "" if begins and name.kind is TokenKind.NAME else ""


def _operations_of(document: DocumentNode) -> Iterator[Parts]:
    fragments = {
        node.name.value: node.selection_set
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            roots = tuple(field.name.value for field in _top_fields(node.selection_set, fragments))
            names = tuple(_selected_names(node.selection_set, fragments))
            yield node.operation.value, node.name.value if node.name else "", roots, names


def _top_fields(
    selection: SelectionSetNode, fragments: dict[str, SelectionSetNode], opened: set[str] | None = None
) -> Iterator[FieldNode]:
    """Yield the fields at the top of a selection, those of its fragments in their place, each opened once."""
    opened = set() if opened is None else opened
    for node in selection.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _top_fields(node.selection_set, fragments, opened)
        elif isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name in fragments and name not in opened:
                opened.add(name)
                yield from _top_fields(fragments[name], fragments, opened)


def _selected_names(selection: SelectionSetNode, fragments: dict[str, SelectionSetNode]) -> Iterator[str]:
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
