"""The geometry of vector drawings, as a small SVG with nothing else in it: no text, no styles, no address.

Inline SVG is read from the DOM snapshot, `<use>` followed within its document; data URIs as they are.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from crawler.collect.dom.document import ELEMENT
from crawler.lib.html_events import read_html

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.collect.dom.document import Document

MAX_CHARS = 8_000  # of one drawing; an icon has a tenth of that
MAX_SOURCE_CHARS = 40_000
MAX_NODES = 400
MAX_DEPTH = 12
SHAPES = frozenset({"path", "circle", "ellipse", "rect", "line", "polyline", "polygon"})
GROUPS = frozenset({"svg", "g", "symbol", "use", "a"})
_LOOKS = "fill fill-rule fill-opacity stroke stroke-width stroke-linecap stroke-linejoin opacity display"
ATTRIBUTES = frozenset(f"d cx cy r rx ry x y width height x1 y1 x2 y2 points transform {_LOOKS}".split())
_PLAIN = re.compile(r"[\w\s.,+#%()\-]*", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,6}(\.\d{1,12})?")
_SVG_URI = re.compile(r"data:image/svg\+xml([^,]{0,60}),(.*)", re.IGNORECASE | re.DOTALL)


class Element(NamedTuple):
    """An element of a drawing: name, attributes in lower case, what it holds."""

    name: str
    attributes: dict[str, str]
    children: list[Element]


def of_element(document: Document, node: int) -> str:
    """Return the geometry of an `svg` element; nothing if it has none, or too much."""
    return _small(_tree(document, node, MAX_DEPTH, [MAX_NODES]))


def of_uri(address: str) -> str:
    """Return the geometry in a data URI; nothing if that is no SVG, or too large."""
    found = _SVG_URI.match(address) if len(address) <= MAX_SOURCE_CHARS else None
    if not found:
        return ""
    source = unquote(found[2])
    if ";base64" in found[1].lower():
        try:
            source = base64.b64decode(source, validate=False).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return ""
    reader = _Reader()
    read_html(source, reader)
    return _small(reader.top)


def _tree(document: Document, node: int, depth: int, left: list[int]) -> Element:
    """Return an element with what it holds; of a `use` what it refers to."""
    made = Element(document.names[node], document.attributes(node), [])
    left[0] -= 1
    if depth == 0 or left[0] <= 0:
        return made
    if made.name == "use":
        address = made.attributes.get("href") or made.attributes.get("xlink:href") or ""
        target = document.idents.get(address[1:]) if address.startswith("#") else None
        children = [target] if target is not None else []
    else:
        children = document.children.get(node, [])
    made.children.extend(
        _tree(document, child, depth - 1, left)
        for child in children
        if document.types[child] == ELEMENT and document.names[child] in SHAPES | GROUPS and left[0] > 0
    )
    return made


def _small(top: Element | None) -> str:
    """Write a drawing as an SVG of its own."""
    if top is None:
        return ""
    body = "".join(_written(child) for child in top.children)
    box = _view_box(top)
    outer = "".join(
        f' {name}="{value}"'
        for name, value in _attributes(top).items()
        if name.startswith(("fill", "stroke"))
    )
    made = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"{outer}>{body}</svg>'
    return made if box and body and len(made) <= MAX_CHARS else ""


def _view_box(top: Element) -> str:
    """Return the box that a drawing is drawn in: its own, that of the one symbol it uses, or its size."""
    for each in (top, *(inner for child in top.children for inner in (child, *child.children))):
        sides = [side for side in re.split(r"[\s,]+", each.attributes.get("viewbox", "").strip()) if side]
        if (
            len(sides) == 4
            and all(_NUMBER.fullmatch(side) for side in sides)
            and min(float(s) for s in sides[2:]) > 0
        ):
            return " ".join(sides)
    size = [top.attributes.get(side, "").removesuffix("px") for side in ("width", "height")]
    whole = all(_NUMBER.fullmatch(side) and float(side) > 0 for side in size)
    return f"0 0 {size[0]} {size[1]}" if whole else ""


def _written(element: Element) -> str:
    if element.name in SHAPES:
        given = _attributes(element)
    elif element.name in GROUPS:
        size = ("width", "height")  # of an inner drawing: what it holds is drawn in the outer one's units
        given = {name: value for name, value in _attributes(element).items() if name not in size}
    else:
        return ""
    written = "".join(f' {name}="{value}"' for name, value in given.items())
    if element.name in SHAPES:
        return f"<{element.name}{written}/>"
    inner = "".join(_written(child) for child in element.children)
    return f"<g{written}>{inner}</g>" if inner else ""


def _attributes(element: Element) -> dict[str, str]:
    """Return the attributes that say how a shape looks, and nothing that could reach beyond the drawing."""
    style = (part.partition(":") for part in element.attributes.get("style", "").split(";"))
    given = {
        **element.attributes,
        **{name.strip().lower(): value.strip() for name, _, value in style if name},
    }
    return {
        name: "currentColor" if "url(" in value.lower() or "var(" in value.lower() else value
        for name, value in sorted(given.items())
        if name in ATTRIBUTES and value and _PLAIN.fullmatch(value)
    }


class _Reader:
    """Reads the first `svg` of a source."""

    def __init__(self) -> None:
        self.top: Element | None = None
        self._open: list[Element] = []
        self._left = MAX_NODES

    def on_start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if (self.top is None) != (tag == "svg" and not self._open) or self._left <= 0:
            return
        made = Element(tag, dict(attributes), [])
        self._left -= 1
        if self.top is None:
            self.top = made
        elif self._open:
            self._open[-1].children.append(made)
        if tag not in SHAPES:
            self._open.append(made)

    def on_text(self, text: str) -> None:
        """Leave text out: it is no geometry."""

    def on_end(self, tag: str) -> None:
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at].name == tag:
                del self._open[at:]
                break
