"""All text of a page with its boxes: every frame, every shadow root, and the channels nobody sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.collect.dom import html_names, manifest, moment, snapshot
from crawler.collect.dom.appearance import Appearance, web_fonts
from crawler.collect.dom.document import ELEMENT, TEXT, Document
from crawler.collect.dom.reading import DocumentReader, stored_url
from crawler.collect.plain import noscript, storable
from crawler.model.evidence import Artifact, MediaNode, TextNode, TextRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.collect.target import Target
    from crawler.model.evidence import Channel

MAX_NODES = 60_000
MAX_TEXT_CHARS = 20_000
MAX_TOTAL_CHARS = 8_000_000
MAX_MEDIA = 5_000
MAX_DRAWINGS_CHARS = 400_000

_UNREAD = frozenset({"script", "style", "template", "textarea", "title", "noscript"})
_META_SPACES = tuple(name for name in html_names.load_html_names()["meta"] if name.endswith(":"))
_METAS = frozenset(html_names.load_html_names()["meta"])
_BUTTONS = frozenset({"button", "submit", "reset"})
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
_MANIFEST = ("name", "short_name", "description")


class PageText:
    """Reads what a page says."""

    id = "page_text"

    def collect(self, target: Target) -> tuple[Artifact, ...]:
        """Take `text.json`."""
        page = snapshot.read_documents(target)
        gathered = _Gathered(target)
        unread = [stored_url(target, url) for url in page.unread]
        for document, session in zip(page.documents, page.sessions, strict=True):
            gathered.document(document, Appearance(document, web_fonts(document, session)))
        unread += _manifest(target, page.documents[0], gathered)
        _earlier(target, page.documents, gathered)
        record = TextRecord(
            frames=tuple(stored_url(target, document.url) for document in page.documents),
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
    address = (stored_url(target, str(target.memo.get("address", ""))),)
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
        reader = DocumentReader(document, self._target, self.drawing, drawn)
        for node, kind in enumerate(document.types):
            if kind == TEXT:
                self._text(reader, node)
            elif kind == ELEMENT:
                self._element(reader, node)

    def alone(self, channel: Channel, text: str, **facts: Any) -> None:
        """Take a text that is a run of its own."""
        if text.strip():
            self._blocks += 1
            self._add_text(channel, text, self._blocks, **{"frame": 0, "visible": False, **facts})

    def _add_text(self, channel: Channel, text: str, block: int, **facts: Any) -> None:
        if len(self.nodes) >= MAX_NODES or self._chars >= MAX_TOTAL_CHARS:
            self.truncated = True
            return
        self.truncated |= len(text) > MAX_TEXT_CHARS
        text = storable(self._target.redactor.text(text), MAX_TEXT_CHARS)
        self._chars += len(text)
        # Built by ourselves from checked parts, tens of thousands a page: not validated again.
        self.nodes.append(TextNode.model_construct(channel=channel, text=text, block=block, **facts))

    def _text(self, reader: DocumentReader, node: int) -> None:
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
            self._add_text("text", text, block, **reader.facts(parent), visible=visible, boxes=boxes, **drawn)
            if visible:
                self._show(reader.glyphs(parent, text, boxes))

    def _element(self, reader: DocumentReader, node: int) -> None:
        document, name = reader.document, reader.document.names[node]
        if node in document.pseudo:
            self._generated(reader, node)
        elif name == "br":
            block = self._block(reader, node, "\n")
            self._add_text("text", "\n", block, **reader.facts(node), visible=document.seen[node], boxes=())
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
        """Return the number of a drawing; None where there is none, or too many: its pixels are looked at."""
        if made and made not in self.drawings:
            if sum(map(len, self.drawings)) + len(made) > MAX_DRAWINGS_CHARS:
                return None
            self.drawings[made] = len(self.drawings)
        return self.drawings.get(made)

    def _generated(self, reader: DocumentReader, node: int) -> None:
        """Take what style generates; a first letter is in the text already, unless that is generated too."""
        document = reader.document
        text = document.layout_text(node)
        if document.pseudo[node] == "before":
            text = document.layout_text(document.first_letters.get(document.parents[node], -1)) + text
        if document.pseudo[node] in ("before", "after") and text:
            boxes = document.generated_boxes(node)
            visible = bool(boxes) and document.shown(node)
            self._add_text(
                "pseudo",
                text,
                self._block(reader, node, text),
                **reader.facts(document.parents[node]),
                visible=visible,
                boxes=boxes,
            )
            if visible:
                self._show(reader.glyphs(document.parents[node], text, boxes))

    def _meta(self, reader: DocumentReader, node: int) -> None:
        attributes = reader.document.attributes(node)
        name = attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or ""
        if name.lower() in _METAS or name.lower().startswith(_META_SPACES):
            facts = {**reader.facts(node), "element": storable(f"meta[{name}]", 100)}
            self.alone("meta", attributes.get("content", ""), **facts)

    def _attributes(self, reader: DocumentReader, node: int) -> None:
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

    def _block(self, reader: DocumentReader, node: int, text: str) -> int:
        owner = reader.block(node, text)
        if owner not in reader.blocks:
            self._blocks += 1
            reader.blocks[owner] = self._blocks
        return reader.blocks[owner]


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
        return [stored_url(target, address)]
    values = manifest.values_of(answer)
    for name in _MANIFEST:
        if isinstance(values.get(name), str):
            gathered.alone("manifest", values[name], element=f"manifest.{name}")
    return []
