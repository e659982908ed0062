"""HTML read as a browser would: what is not closed is closed, what is damaged is read on; in linear time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Protocol

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HtmlReader", "read_html"]


class HtmlReader(Protocol):
    """What is told of a document, in its order.

    Every element that starts ends; `html` and `body` may be implied. Names of elements and attributes are in
    lower case, character references are resolved. Comments are not told.
    """

    def on_start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Be told that an element starts."""

    def on_end(self, tag: str) -> None:
        """Be told that an element ends."""

    def on_text(self, text: str) -> None:
        """Be told of a piece of text; the source of a script or style is one too."""


def read_html(source: str, reader: HtmlReader) -> None:
    """Tell a reader of all that a source holds. Any text is HTML; a tag that never ends is dropped."""
    target = SimpleNamespace(
        start=reader.on_start, end=reader.on_end, data=reader.on_text, close=lambda: None
    )
    # Deep nesting costs memory in proportion to the source, which the caller bounds.
    parser = etree.HTMLParser(target=target, encoding="utf-8", huge_tree=True)
    parser.feed(source.encode("utf-8", "replace"))
    parser.close()
