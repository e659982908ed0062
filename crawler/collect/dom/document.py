"""One document of a DOM snapshot: nodes, attributes, layout, and where it lies on the page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from crawler.model.evidence import CssBox

if TYPE_CHECKING:
    from collections.abc import Iterator


STYLES = (
    "display",
    "visibility",
    "opacity",
    "background-image",
    "mask-image",
    "overflow-x",
    "clip-path",
    "clip",
    "unicode-bidi",
    "transform",
    "scale",
    "letter-spacing",
    "font-size",
    "font-family",
    "color",
    "-webkit-text-fill-color",
    "background-color",
)
ELEMENT, TEXT = 1, 3
# Below this an element is not seen any more; sites hide with 0, and fade in from it.
MIN_OPACITY = 0.05
_PATH_STEPS = 3
_PATH_CHARS = 160


@dataclass(frozen=True)
class Frame:
    """Where a document comes from and lies.

    `box` is the frame's content box on the page in CSS px; None for the main frame and for a hidden one.
    """

    number: int
    parent: int | None
    frame_id: str
    box: CssBox | None
    owner: dict[str, str]


class Document:
    """A document as `DOMSnapshot.captureSnapshot` gives it. Nodes are numbers; parents come before children.

    Args:
        raw: One entry of the snapshot's `documents`.
        strings: The snapshot's strings.
        frame: Where it lies on the page.
    """

    def __init__(self, raw: dict[str, Any], strings: list[str], frame: Frame) -> None:
        self.frame = frame
        self._raw, self._strings = raw, strings
        nodes, layout = raw["nodes"], raw["layout"]
        self.parents: list[int] = nodes["parentIndex"]
        self.types: list[int] = nodes["nodeType"]
        self.backend: list[int] = nodes["backendNodeId"]
        self.names: list[str] = [strings[index].lower() for index in nodes["nodeName"]]
        self.layouts: dict[int, int] = {}
        for index, node in enumerate(layout["nodeIndex"]):
            self.layouts.setdefault(node, index)
        self._offset = self._origin()

    @property
    def url(self) -> str:
        """The document's address."""
        return self._string_at("documentURL")

    @property
    def base_url(self) -> str:
        """What its links are relative to."""
        return self._string_at("baseURL")

    @property
    def root(self) -> int:
        """Backend id of the document node."""
        return self.backend[0]

    @property
    def width(self) -> float | None:
        """How wide the document was laid out, in its own CSS px; None where it was not."""
        layout = self.layouts.get(0)
        return float(self._raw["layout"]["bounds"][layout][2]) if layout is not None else None

    @property
    def hidden(self) -> bool:
        """Whether the document lies in a frame that has no box."""
        return self.frame.number > 0 and self.frame.box is None

    def elements(self, *names: str) -> Iterator[int]:
        """Yield the elements with one of these names, in document order."""
        wanted = set(names)
        return (node for node, name in enumerate(self.names) if name in wanted)

    def value(self, node: int) -> str:
        """Return the value of a text node."""
        index = self._raw["nodes"]["nodeValue"][node]
        return self._strings[index] if index >= 0 else ""

    def attributes(self, node: int) -> dict[str, str]:
        """Return the attributes of an element; an empty value has the index -1, as an absent text has."""
        flat = self._raw["nodes"]["attributes"][node]
        pairs = ((self._strings[flat[at]].lower(), flat[at + 1]) for at in range(0, len(flat), 2))
        return {name: self._strings[value] if value >= 0 else "" for name, value in pairs}

    def link(self, address: str) -> str:
        """Return an address made absolute; as it is where it is none."""
        try:
            return urljoin(self.base_url or self.url, address)
        except ValueError:
            return address

    def above(self, node: int) -> Iterator[int]:
        """Yield a node's ancestors, nearest first, shadow roots passed through."""
        while (node := self.parents[node]) >= 0:
            yield node

    def style(self, node: int, name: str) -> str:
        """Return a computed style of a node that is laid out, else nothing."""
        layout = self.layouts.get(node)
        styles = self._raw["layout"]["styles"][layout] if layout is not None else ()
        at = STYLES.index(name)
        return self._strings[styles[at]] if at < len(styles) else ""

    def box(self, node: int) -> CssBox | None:
        """Return where a node lies on the page, in CSS px, or None if it is not laid out."""
        layout = self.layouts.get(node)
        if layout is None or self.hidden:
            return None
        return self._placed(self._raw["layout"]["bounds"][layout])

    def text_boxes(self, node: int, limit: int) -> tuple[CssBox, ...]:
        """Return the boxes of a text's lines on the page, at most `limit`."""
        layout = self.layouts.get(node)
        if layout is None or self.hidden:
            return ()
        bounds = self._lines.get(layout, [])
        return tuple(self._placed(entry) for entry in bounds[:limit] if entry[2] > 0 and entry[3] > 0)

    def layout_text(self, node: int) -> str:
        """Return the text that was laid out for a generated node such as `::before`."""
        return self._generated.get(node, "")

    def generated_boxes(self, node: int) -> tuple[CssBox, ...]:
        """Return the box of a generated node."""
        box = self.box(node)
        return (box,) if box and box.w > 0 and box.h > 0 else ()

    @cached_property
    def children(self) -> dict[int, list[int]]:
        """What each node holds, in document order."""
        held: dict[int, list[int]] = {}
        for node, parent in enumerate(self.parents):
            held.setdefault(parent, []).append(node)
        return held

    @cached_property
    def idents(self) -> dict[str, int]:
        """The element of each id, the first where several have one."""
        found: dict[str, int] = {}
        for node, kind in enumerate(self.types):
            if kind == ELEMENT and (ident := self.attributes(node).get("id")):
                found.setdefault(ident, node)
        return found

    @cached_property
    def pseudo(self) -> dict[int, str]:
        """Generated nodes and which they are: before, after, marker, first-letter."""
        return self._rare("pseudoType")

    @cached_property
    def first_letters(self) -> dict[int, int]:
        """The `::first-letter` of an element that has one."""
        return {self.parents[node]: node for node, kind in self.pseudo.items() if kind == "first-letter"}

    @cached_property
    def sources(self) -> dict[int, str]:
        """The address an image is really shown from."""
        return self._rare("currentSourceURL")

    @cached_property
    def typed(self) -> dict[int, str]:
        """What stands in fields at this moment."""
        return {**self._rare("inputValue"), **self._rare("textValue")}

    @cached_property
    def selected(self) -> frozenset[int]:
        """The options that are chosen."""
        return frozenset(self._raw["nodes"].get("optionSelected", {}).get("index", ()))

    @cached_property
    def children_documents(self) -> dict[int, int]:
        """Frame elements whose document is in the same snapshot, and its index there."""
        rare = self._raw["nodes"].get("contentDocumentIndex", {"index": [], "value": []})
        return dict(zip(rare["index"], rare["value"], strict=True))

    @cached_property
    def shadows(self) -> list[str]:
        """For each node the kind of shadow tree it is in, nothing outside of one."""
        roots = self._rare("shadowRootType")
        kinds: list[str] = []
        for node, parent in enumerate(self.parents):
            kinds.append(roots.get(node) or (kinds[parent] if parent >= 0 else ""))
        return kinds

    @cached_property
    def seen(self) -> list[bool]:
        """For each node whether style lets it be seen: opacity of all above it, and clips to nothing."""
        clear: list[float] = []
        for node, parent in enumerate(self.parents):
            above = clear[parent] if parent >= 0 else 1.0
            clear.append(0.0 if self._clipped_away(node) else above * self._opacity(node))
        return [
            opacity >= MIN_OPACITY and self.style(node, "visibility") in ("visible", "")
            for node, opacity in enumerate(clear)
        ]

    def shown(self, node: int) -> bool:
        """Say whether a node is laid out, not hidden by style, and not beyond the page's upper left."""
        box = self.box(node)
        return box is not None and self.seen[node] and box.right > 0 and box.bottom > 0

    def path(self, node: int) -> str:
        """Return a short CSS-like path to an element, for people."""
        steps: list[str] = []
        for step in (node, *self.above(node)):
            if self.types[step] == ELEMENT and not self.names[step].startswith("::"):
                steps.append(self._step(step))
            if len(steps) == _PATH_STEPS or (steps and "#" in steps[-1]):
                break
        return " > ".join(reversed(steps))[-_PATH_CHARS:]

    def _string_at(self, what: str) -> str:
        index: int = self._raw[what]
        return self._strings[index] if index >= 0 else ""

    def _step(self, node: int) -> str:
        attributes = self.attributes(node)
        ident = attributes.get("id", "")[:40]
        classes = "".join(f".{name[:24]}" for name in attributes.get("class", "").split()[:2])
        return self.names[node] + (f"#{ident}" if ident else classes)

    def _rare(self, name: str) -> dict[int, str]:
        rare = self._raw["nodes"].get(name, {"index": [], "value": []})
        return {
            node: self._strings[value]
            for node, value in zip(rare["index"], rare["value"], strict=True)
            if value >= 0
        }

    @cached_property
    def _generated(self) -> dict[int, str]:
        layout, found = self._raw["layout"], dict.fromkeys(self.pseudo, "")
        for node, text in zip(layout["nodeIndex"], layout["text"], strict=True):
            if node in found and text >= 0:
                found[node] += self._strings[text]
        return found

    @cached_property
    def _lines(self) -> dict[int, list[list[float]]]:
        boxes: dict[int, list[list[float]]] = {}
        for layout, bounds in zip(
            self._raw["textBoxes"]["layoutIndex"], self._raw["textBoxes"]["bounds"], strict=True
        ):
            boxes.setdefault(layout, []).append(bounds)
        return boxes

    def _origin(self) -> tuple[float, float]:
        """Return where the document's own origin lies on the page; a frame may be scrolled."""
        if self.frame.box is None:
            return 0.0, 0.0
        x, y = self.frame.box.x, self.frame.box.y
        return x - self._raw.get("scrollOffsetX", 0), y - self._raw.get("scrollOffsetY", 0)

    def _placed(self, bounds: list[float]) -> CssBox:
        x, y, width, height = bounds
        left, top = self._offset
        return CssBox(round(x + left, 1), round(y + top, 1), round(width, 1), round(height, 1))

    def _opacity(self, node: int) -> float:
        try:
            return float(self.style(node, "opacity") or 1)
        except ValueError:
            return 1.0

    def _clipped_away(self, node: int) -> bool:
        """Say whether an element shows nothing of its content: the ways to hide text from all but readers."""
        layout = self.layouts.get(node)
        if layout is None or self.types[node] != ELEMENT:
            return False
        _, _, width, height = self._raw["layout"]["bounds"][layout]
        if self.style(node, "overflow-x") not in ("visible", "") and (width <= 1 or height <= 1):
            return True
        return self.style(node, "clip-path") == "inset(50%)" or self.style(node, "clip") in (
            "rect(0px, 0px, 0px, 0px)",
            "rect(1px, 1px, 1px, 1px)",
        )
