"""One document as its text is read: where a text stands, whether it is seen, which pictures lie beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from crawler.collect.dom import drawings, html_names
from crawler.collect.plain import storable
from crawler.model.evidence import MediaNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crawler.collect.dom.appearance import Appearance
    from crawler.collect.dom.document import Document
    from crawler.collect.target import Target
    from crawler.model.evidence import CssBox

Medium = Literal["img", "canvas", "svg", "video", "background", "mask", "glyph", "input", "object", "embed"]

MAX_BOXES = 60
MAX_URL_CHARS = 500

_INLINE = frozenset(html_names.load_html_names()["inline"])
_FIELDS = frozenset({"input", "textarea"})
_BARE_FIELDS = frozenset(
    {"checkbox", "radio", "range", "color", "hidden", "file", "password", "button", "submit", "reset"}
)
_MEDIA: dict[str, Medium] = {
    "img": "img",
    "canvas": "canvas",
    "svg": "svg",
    "video": "video",
    "object": "object",
    "embed": "embed",
}
_BEHIND: tuple[tuple[str, Medium], ...] = (("background-image", "background"), ("mask-image", "mask"))
# What icon fonts draw: signs that no writing has (Unicode's areas for private use).
_GLYPHS = re.compile(r"\s*[\ue000-\uf8ff\U000f0000-\U0010fffd][\ue000-\uf8ff\U000f0000-\U0010fffd\s\ufe0f]*")
_CSS_URL = re.compile(r"url\(\"?([^\")]*)\"?\)")


class DocumentReader:
    """What the text of one document needs to know of it.

    Args:
        document: The document.
        target: Hashes secrets in addresses.
        drawing: Returns the number of a drawing, None where there is none.
        drawn: How its text is drawn.

    Attributes:
        blocks: The number of each block whose text was taken, by the node that it is.
    """

    def __init__(
        self,
        document: Document,
        target: Target,
        drawing: Callable[[str], int | None],
        drawn: Appearance,
    ) -> None:
        self.document = document
        self.drawn = drawn
        self._drawing = drawing
        self.blocks: dict[int, int] = {}
        self._target = target
        self._facts: dict[int, dict[str, Any]] = {}
        self._inline: dict[int, bool] = {}

    def facts(self, node: int) -> dict[str, Any]:
        """Return where a text stands: frame, element, shadow tree, enclosing link."""
        if node not in self._facts:
            document = self.document
            self._facts[node] = {
                "frame": document.frame.number,
                "element": storable(document.path(node)),
                "shadow": document.shadows[node] if node >= 0 else "",
                "href": self._href(node),
            }
        return self._facts[node]

    def inside(self, node: int, name: str) -> bool:
        """Say whether a node lies in an element of this name."""
        return any(self.document.names[above] == name for above in self.document.above(node))

    def skipped(self, node: int, text: str) -> bool:
        """Say whether a text says nothing: white space that only lays out the source."""
        parent = self.document.parents[node]
        blank = not text.strip()
        return blank and node not in self.document.layouts and parent in self.document.layouts

    def seen(self, node: int, text: str) -> tuple[bool, tuple[CssBox, ...]]:
        """Return whether a text can be seen, and its boxes. A chosen option shows in its closed list."""
        document = self.document
        if node in document.layouts:
            boxes = document.text_boxes(node, MAX_BOXES)
            on_page = any(box.right > 0 and box.bottom > 0 for box in boxes)
            return document.seen[node] and (on_page or not text.strip()) and not document.hidden, boxes
        parent = document.parents[node]
        if parent in document.selected:
            holder = next(
                (above for above in document.above(parent) if document.names[above] == "select"), -1
            )
            box = document.box(holder) if holder >= 0 else None
            return (document.shown(holder), (box,)) if box else (False, ())
        return False, ()

    def block(self, node: int, text: str) -> int:
        """Return the nearest ancestor that ends a word: a block, or an inline block of more than a letter."""
        single = len(text.strip()) == 1
        for above in self.document.above(node):
            if not self._is_inline(above, single=single):
                return above
        return 0

    def media(self, node: int) -> Iterator[MediaNode]:
        """Yield the picture that an element is, and the one behind it."""
        document, name = self.document, self.document.names[node]
        box = document.box(node)
        if box is None or box.w < 1 or box.h < 1 or not document.shown(node):
            return
        attributes = document.attributes(node)
        kind = _MEDIA.get(name)
        if name in _FIELDS and self._filled(node, attributes.get("type", "").lower()):
            kind = "input"  # what stands in a field is kept as pixels only: it may have been typed
        if kind and not (kind == "svg" and self.inside(node, "svg")):
            source = document.sources.get(node) or attributes.get("src") or attributes.get("data") or ""
            alt = attributes.get("alt") or attributes.get("aria-label") or ""
            yield self._medium(kind, node, source, alt)
        for style, behind in _BEHIND:
            if address := _CSS_URL.search(document.style(node, style)):
                yield self._medium(behind, node, address[1])

    def glyphs(self, node: int, text: str, boxes: tuple[CssBox, ...]) -> Iterator[MediaNode]:
        """Yield what an icon font draws; the text alone says nothing then."""
        if _GLYPHS.fullmatch(text):
            for box in boxes:
                yield self._medium("glyph", node, "", box=box)

    def _filled(self, node: int, kind: str) -> bool:
        return kind == "image" or (kind not in _BARE_FIELDS and bool(self.document.typed.get(node)))

    def _medium(
        self, kind: Medium, node: int, source: str, alt: str = "", box: CssBox | None = None
    ) -> MediaNode:
        box = box or self.document.box(node)
        assert box is not None
        drawn = drawings.of_element(self.document, node) if kind == "svg" else drawings.of_uri(source)
        return MediaNode(
            frame=self.document.frame.number,
            element=kind,
            box=box,
            path=storable(self.document.path(node)),
            src=self._source(source),
            alt=storable(alt, 1_000),
            href=self._href(node),
            drawing=self._drawing(drawn),
        )

    def _source(self, address: str) -> str:
        if address.startswith("data:"):
            return storable(address, 100)
        return stored_url(self._target, self.document.link(address)) if address else ""

    def _href(self, node: int) -> str:
        for above in (node, *self.document.above(node)):
            if self.document.names[above] in ("a", "area"):
                address = self.document.attributes(above).get("href", "")
                return stored_url(self._target, self.document.link(address)) if address else ""
        return ""

    def _is_inline(self, node: int, *, single: bool) -> bool:
        display = self.document.style(node, "display")
        if not display:
            name = self.document.names[node]
            return name in _INLINE or "-" in name or name.startswith("::")
        if display in ("inline-block", "inline-flex", "inline-grid"):
            return single
        return display in ("inline", "contents", "ruby")  # what stands above a word is no part of it


def stored_url(target: Target, url: str) -> str:
    """Return an address as it is stored beside text: secrets hashed, cut."""
    return storable(target.redactor.url(url), MAX_URL_CHARS)
