"""All text of a page with its boxes: every frame, every shadow root, and the channels nobody sees."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from crawler.collect.dom import drawings, manifest, moment, snapshot
from crawler.collect.dom.appearance import Appearance, web_fonts
from crawler.collect.dom.document import ELEMENT, TEXT, Document
from crawler.collect.plain import noscript, storable
from crawler.model.evidence import Artifact, MediaNode, TextNode, TextRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from crawler.collect.target import Target
    from crawler.model.evidence import Box, Channel

Medium = Literal["img", "canvas", "svg", "video", "background", "mask", "glyph", "input", "object", "embed"]

MAX_NODES = 60_000
MAX_TEXT_CHARS = 20_000
MAX_TOTAL_CHARS = 8_000_000
MAX_BOXES = 60
MAX_MEDIA = 5_000
MAX_DRAWINGS_CHARS = 400_000
MAX_URL_CHARS = 500

_UNREAD = frozenset({"script", "style", "template", "textarea", "title", "noscript"})
_NAMES = tomllib.loads(resources.files(__package__).joinpath("html.toml").read_text(encoding="utf-8"))
_INLINE = frozenset(_NAMES["inline"])
_META_SPACES = tuple(name for name in _NAMES["meta"] if name.endswith(":"))
_METAS = frozenset(_NAMES["meta"])
_BUTTONS = frozenset({"button", "submit", "reset"})
_FIELDS = frozenset({"input", "textarea"})
_BARE_FIELDS = frozenset({"checkbox", "radio", "range", "color", "hidden", "file", "password", *_BUTTONS})
_ATTRIBUTES: tuple[tuple[str, Channel], ...] = (
    ("alt", "alt"),
    ("title", "title-attribute"),
    ("aria-label", "aria"),
    ("aria-description", "aria"),
    ("aria-roledescription", "aria"),
    ("aria-valuetext", "aria"),
    ("aria-placeholder", "placeholder"),
    ("placeholder", "placeholder"),
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
_MANIFEST = ("name", "short_name", "description")


class PageText:
    """Reads what a page says."""

    id = "page_text"

    def collect(self, target: Target) -> tuple[Artifact, ...]:
        """Take `text.json`."""
        page = snapshot.read(target)
        gathered = _Gathered(target)
        unread = [_url(target, url) for url in page.unread]
        for document, session in zip(page.documents, page.sessions, strict=True):
            gathered.document(document, Appearance(document, web_fonts(document, session)))
        unread += _manifest(target, page.documents[0], gathered)
        _earlier(target, page.documents, gathered)
        record = TextRecord(
            frames=tuple(_url(target, document.url) for document in page.documents),
            nodes=tuple(gathered.nodes),
            media=tuple(gathered.media),
            drawings=tuple(gathered.drawings),
            unread=tuple(unread),
            truncated=gathered.truncated,
        )
        return (target.keep_json("text", "text.json", record),)


def keep_first_words(target: Target) -> None:
    """Take `text-first.json` of a document that is gone: its title, and what stood on it at first.

    It is marked as cut: frames, hidden text and all that came later are not in it.
    """
    before = target.memo.get("before")
    if before is None or any(artifact.kind == "text" for artifact in target.taken):
        return
    gathered = _Gathered(target)
    gathered.alone("title", str(target.memo.get("title", "")))
    for run in before:
        gathered.alone("text", run.text, visible=True)
    address = (_url(target, str(target.memo.get("address", ""))),)
    record = TextRecord(frames=address, nodes=tuple(gathered.nodes), media=(), truncated=True)
    target.keep_json("text", "text-first.json", record)


class _Gathered:
    """Text and media found so far, within bounds."""

    def __init__(self, target: Target) -> None:
        self.nodes: list[TextNode] = []
        self.media: list[MediaNode] = []
        self.drawings: dict[str, int] = {}
        self.truncated = False
        self._target = target
        self._chars = 0
        self._blocks = 0

    def document(self, document: Document, drawn: Appearance) -> None:
        """Take all that one document says, in document order."""
        reader = _Reader(document, self._target, self.drawing, drawn)
        for node, kind in enumerate(document.types):
            if kind == TEXT:
                self._text(reader, node)
            elif kind == ELEMENT:
                self._element(reader, node)

    def alone(self, channel: Channel, text: str, **facts: Any) -> None:
        """Take a text that is a run of its own."""
        if text.strip():
            self._blocks += 1
            self._add(channel, text, self._blocks, **{"frame": 0, "visible": False, **facts})

    def _add(self, channel: Channel, text: str, block: int, **facts: Any) -> None:
        if len(self.nodes) >= MAX_NODES or self._chars >= MAX_TOTAL_CHARS:
            self.truncated = True
            return
        self.truncated |= len(text) > MAX_TEXT_CHARS
        text = storable(self._target.redactor.text(text), MAX_TEXT_CHARS)
        self._chars += len(text)
        # Built by ourselves from checked parts, tens of thousands a page: not validated again.
        self.nodes.append(TextNode.model_construct(channel=channel, text=text, block=block, **facts))

    def _text(self, reader: _Reader, node: int) -> None:
        document, parent = reader.document, reader.document.parents[node]
        text, name = document.value(node), document.names[parent] if parent >= 0 else ""
        if name == "title":
            channel: Channel = "title-attribute" if reader.inside(parent, "svg") else "title"
            self.alone(channel, text, **reader.facts(parent))
        elif name == "noscript":
            self.alone("noscript", noscript(text[:MAX_TEXT_CHARS]), **reader.facts(parent))
        elif name not in _UNREAD and not reader.skipped(node, text):
            visible, boxes = reader.seen(node, text)
            block = self._block(reader, node, text)
            drawn = reader.drawn.facts(parent, text) if document.layouts.get(node) is not None else {}
            if not boxes and "tight" in drawn.get("traits", ()):  # drawn backwards it has no width
                visible, boxes = document.shown(parent), document.generated_boxes(parent)
            self._add("text", text, block, **reader.facts(parent), visible=visible, boxes=boxes, **drawn)
            if visible:
                self._show(reader.glyphs(parent, text, boxes))

    def _element(self, reader: _Reader, node: int) -> None:
        document, name = reader.document, reader.document.names[node]
        if node in document.pseudo:
            self._generated(reader, node)
        elif name == "br":
            block = self._block(reader, node, "\n")
            self._add("text", "\n", block, **reader.facts(node), visible=document.seen[node], boxes=())
        elif name == "meta":
            self._meta(reader, node)
        else:
            self._attributes(reader, node)
        self._show(reader.media(node))

    def _show(self, media: Iterable[MediaNode]) -> None:
        for medium in media:
            if len(self.media) >= MAX_MEDIA:
                self.truncated = True
                return
            self.media.append(medium)

    def drawing(self, made: str) -> int | None:
        """Return the number of a drawing; none where there is none, or too many: its pixels are looked at."""
        if made and made not in self.drawings:
            if sum(map(len, self.drawings)) + len(made) > MAX_DRAWINGS_CHARS:
                return None
            self.drawings[made] = len(self.drawings)
        return self.drawings.get(made)

    def _generated(self, reader: _Reader, node: int) -> None:
        """Take what style generates; a first letter is in the text already, unless that is generated too."""
        document = reader.document
        text = document.layout_text(node)
        if document.pseudo[node] == "before":
            text = document.layout_text(document.first_letters.get(document.parents[node], -1)) + text
        if document.pseudo[node] in ("before", "after") and text:
            boxes = document.generated_boxes(node)
            visible = bool(boxes) and document.shown(node)
            self._add(
                "pseudo",
                text,
                self._block(reader, node, text),
                **reader.facts(document.parents[node]),
                visible=visible,
                boxes=boxes,
            )
            if visible:
                self._show(reader.glyphs(document.parents[node], text, boxes))

    def _meta(self, reader: _Reader, node: int) -> None:
        attributes = reader.document.attributes(node)
        name = attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or ""
        if name.lower() in _METAS or name.lower().startswith(_META_SPACES):
            facts = {**reader.facts(node), "element": storable(f"meta[{name}]", 100)}
            self.alone("meta", attributes.get("content", ""), **facts)

    def _attributes(self, reader: _Reader, node: int) -> None:
        document = reader.document
        attributes = document.attributes(node)
        if not attributes:
            return
        box = document.box(node)
        facts = {**reader.facts(node), "boxes": (box,) if box else ()}
        for attribute, channel in _ATTRIBUTES:
            if text := attributes.get(attribute, ""):
                seen = attribute == "placeholder" and document.shown(node) and not document.typed.get(node)
                self.alone(channel, text, **{**facts, "visible": seen})
        if document.names[node] == "input" and attributes.get("type", "").lower() in _BUTTONS:
            self.alone("value", attributes.get("value", ""), **{**facts, "visible": document.shown(node)})

    def _block(self, reader: _Reader, node: int, text: str) -> int:
        owner = reader.block(node, text)
        if owner not in reader.blocks:
            self._blocks += 1
            reader.blocks[owner] = self._blocks
        return reader.blocks[owner]


class _Reader:
    """What the text of one document needs to know of it."""

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

    def seen(self, node: int, text: str) -> tuple[bool, tuple[Box, ...]]:
        """Return whether a text can be seen, and its boxes. A chosen option shows in its closed list."""
        document = self.document
        if node in document.layouts:
            boxes = document.text_boxes(node, MAX_BOXES)
            on_page = any(box[0] + box[2] > 0 and box[1] + box[3] > 0 for box in boxes)
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
        if box is None or box[2] < 1 or box[3] < 1 or not document.shown(node):
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

    def glyphs(self, node: int, text: str, boxes: tuple[Box, ...]) -> Iterator[MediaNode]:
        """Yield what an icon font draws; the text alone says nothing then."""
        if _GLYPHS.fullmatch(text):
            for box in boxes:
                yield self._medium("glyph", node, "", box=box)

    def _filled(self, node: int, kind: str) -> bool:
        return kind == "image" or (kind not in _BARE_FIELDS and bool(self.document.typed.get(node)))

    def _medium(
        self, kind: Medium, node: int, source: str, alt: str = "", box: Box | None = None
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
        return _url(self._target, self.document.link(address)) if address else ""

    def _href(self, node: int) -> str:
        for above in (node, *self.document.above(node)):
            if self.document.names[above] in ("a", "area"):
                address = self.document.attributes(above).get("href", "")
                return _url(self._target, self.document.link(address)) if address else ""
        return ""

    def _is_inline(self, node: int, *, single: bool) -> bool:
        display = self.document.style(node, "display")
        if not display:
            name = self.document.names[node]
            return name in _INLINE or "-" in name or name.startswith("::")
        if display in ("inline-block", "inline-flex", "inline-grid"):
            return single
        return display in ("inline", "contents", "ruby")  # what stands above a word is no part of it


def _earlier(target: Target, documents: Sequence[Document], gathered: _Gathered) -> None:
    """Take what stood on the page when its capture began and is in none of its texts any more."""
    known = (
        document.value(node)
        for document in documents
        for node, kind in enumerate(document.types)
        if kind == TEXT
    )
    for text in moment.gone(target.memo.get("before", ()), known):
        gathered.alone("text", text, visible=True)


def _manifest(target: Target, document: Document, gathered: _Gathered) -> list[str]:
    """Take the names in the web manifest as the browser received it; return its address if it did not."""
    address = manifest.declared_by(document)
    if not address:
        return []
    answer = target.connections.manifests.get(address)
    if answer is None:
        return [_url(target, address)]
    values = manifest.values_of(answer)
    for name in _MANIFEST:
        if isinstance(values.get(name), str):
            gathered.alone("manifest", values[name], element=f"manifest.{name}")
    return []


def _url(target: Target, url: str) -> str:
    return storable(target.redactor.url(url), MAX_URL_CHARS)
