"""The text of a page, and the elements that no text explains."""

from __future__ import annotations

from typing import Literal

from crawler.model.box import CssBox
from crawler.model.evidence.record import Record

Channel = Literal[
    "text",
    "pseudo",
    "title",
    "alt",
    "title-attribute",
    "aria",
    "placeholder",
    "value",
    "meta",
    "manifest",
    "noscript",
    # not in text.json, but read from what is kept beside it:
    "json-ld",
    "template",
    "address",
    "class",
    "download",
    "fetched",
    "icon",
]

Trait = Literal["bidi", "mirrored", "tight", "faint"]


class TextNode(Record):
    """One piece of text as the page holds it, untrimmed.

    Nodes with the same `block` and `channel` are one run of text, in document order, so that a word that is
    split over inline elements can be put together again. `visible` says that it was laid out with a box, not
    transparent and not hidden by style. `boxes` is empty for text without a box.

    `font` is the family of a font that the page brought, and `traits` say how else what is drawn may differ
    from the letters: the direction is overridden, a mirror turns it round, letters lie on each other, or have
    the colour of their ground. Older bundles have neither.
    """

    frame: int
    block: int
    channel: Channel
    text: str
    visible: bool
    boxes: tuple[CssBox, ...] = ()
    element: str = ""
    shadow: Literal["", "open", "closed"] = ""
    href: str = ""
    font: str = ""
    traits: tuple[Trait, ...] = ()


class MediaNode(Record):
    """An element whose pixels no page text explains: image, canvas, SVG, video, CSS background, filled field.

    A `mask` shows its colour in the shape of a picture; a `glyph` is a sign that only its font gives a
    meaning, as icon fonts have them.

    `href` is where the link leads that it stands in, `drawing` says which of the page's drawings it shows,
    and `path` is a short path to the element, for people; older bundles have none.
    """

    frame: int
    element: Literal[
        "img", "canvas", "svg", "video", "background", "mask", "glyph", "input", "object", "embed"
    ]
    box: CssBox
    path: str = ""
    src: str = ""
    alt: str = ""
    href: str = ""
    drawing: int | None = None


class TextRecord(Record):
    """Content of `text.json`. `frames` maps frame number to its URL; frame 0 is the main frame.

    `unread` names frames that were there and could not be read: what they say is not known. `drawings` are
    the geometry of vector drawings, each as a small SVG of its own.
    """

    frames: tuple[str, ...]
    nodes: tuple[TextNode, ...]
    media: tuple[MediaNode, ...]
    drawings: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    truncated: bool = False
