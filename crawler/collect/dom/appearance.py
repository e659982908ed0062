"""How text is drawn where that may differ from its letters: direction, mirrors, spacing, fonts, no contrast.

What is read here only tells where the two may differ; whether they do, pixels show.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error as PlaywrightError

from crawler.collect.plain import storable

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession

    from crawler.collect.dom.document import Document
    from crawler.model.evidence import Trait

WORLD = "pantau-fonts"
MAX_FAMILIES = 200
MAX_FAMILY_CHARS = 80
FONTS_LIMIT_MS = 500
TIGHT_EM = -0.25  # letter spacing from which on letters lie on each other, or run backwards
FAINT_CONTRAST = 1.15  # of luminances, WCAG's formula: below it letters cannot be told from their ground
MIN_ALPHA = 0.05
_LOADED = (
    "[...new Set([...document.fonts].filter(f=>f.status==='loaded').map(f=>f.family))]"
    f".slice(0,{MAX_FAMILIES})"
)
_BIDI = re.compile("[\u202a\u202b\u202d\u202e\u2066-\u2069]")  # embeddings, overrides and isolates
_MATRIX = re.compile(r"matrix\(([^)]*)\)")
_COLOUR = re.compile(r"rgba?\(([^)]*)\)")


def web_fonts(document: Document, session: CDPSession) -> frozenset[str] | None:
    """Return the families of fonts that a document loaded, in lower case; None where it does not say.

    Asked in a world of our own, so that the page's scripts cannot answer for it.
    """
    try:
        world = session.send(
            "Page.createIsolatedWorld", {"frameId": document.frame.frame_id, "worldName": WORLD}
        )
        answer = session.send(
            "Runtime.evaluate",
            {
                "expression": _LOADED,
                "contextId": world["executionContextId"],
                "returnByValue": True,
                "timeout": FONTS_LIMIT_MS,
            },
        )
    except PlaywrightError:
        return None
    value = answer.get("result", {}).get("value")
    return frozenset(map(_family, value)) if isinstance(value, list) else None


class Appearance:
    """How the text of one document is drawn.

    Args:
        document: The document.
        fonts: Families it loaded; none where that is not known: any text may then be in one.
    """

    def __init__(self, document: Document, fonts: frozenset[str] | None) -> None:
        self._document = document
        self._fonts = fonts
        self._known: dict[int, dict[str, Any]] = {}

    def facts(self, node: int, text: str) -> dict[str, Any]:
        """Return font and traits of a text in an element, as a text node has them."""
        if node not in self._known:
            self._known[node] = {"font": self._font(node), "traits": self._traits(node)}
        known = self._known[node]
        if _BIDI.search(text) and "bidi" not in known["traits"]:
            return {**known, "traits": (*known["traits"], "bidi")}
        return known

    def _font(self, node: int) -> str:
        if self._fonts is not None and not self._fonts:
            return ""
        families = [_family(each) for each in self._document.style(node, "font-family").split(",")]
        if self._fonts is None:
            return storable(families[0], MAX_FAMILY_CHARS)
        return storable(next((each for each in families if each in self._fonts), ""), MAX_FAMILY_CHARS)

    def _traits(self, node: int) -> tuple[Trait, ...]:
        document = self._document
        found: list[Trait] = []
        if any("override" in document.style(each, "unicode-bidi") for each in (node, *document.above(node))):
            found.append("bidi")
        if node >= 0 and self._mirrored[node]:
            found.append("mirrored")
        spacing, size = _px(document.style(node, "letter-spacing")), _px(document.style(node, "font-size"))
        if size and spacing / size <= TIGHT_EM:
            found.append("tight")
        if self._faint(node):
            found.append("faint")
        return tuple(found)

    @cached_property
    def _mirrored(self) -> list[bool]:
        """For each node whether an odd number of the elements around it turn right and left round."""
        turned: list[bool] = []
        for node, parent in enumerate(self._document.parents):
            above = turned[parent] if parent >= 0 else False
            turned.append(above != _turns(self._document, node))
        return turned

    def _faint(self, node: int) -> bool:
        """Say whether letters have the colour of their ground, or none; pictures behind leave it open."""
        document = self._document
        fill = _colour(document.style(node, "-webkit-text-fill-color") or document.style(node, "color"))
        if fill is None:
            return False
        for each in (node, *document.above(node)):
            if document.style(each, "background-image") not in ("", "none"):
                return False
            ground = _colour(document.style(each, "background-color"))
            if ground is not None and ground[3] > MIN_ALPHA:
                return fill[3] < MIN_ALPHA or (ground[3] == 1 and _contrast(fill, ground) < FAINT_CONTRAST)
        return fill[3] < MIN_ALPHA or _contrast(fill, (255.0, 255.0, 255.0, 1.0)) < FAINT_CONTRAST


def _turns(document: Document, node: int) -> bool:
    scale = document.style(node, "scale")
    matrix = _MATRIX.match(document.style(node, "transform"))
    turns = False
    if matrix:
        a, b, c, d, *_ = (float(part) for part in matrix[1].split(","))
        turns = a * d - b * c < 0
    if scale and scale != "none":
        parts = [_px(part) for part in scale.split()]
        turns ^= parts[0] * (parts[1] if len(parts) > 1 else parts[0]) < 0
    return turns


def _family(name: str) -> str:
    return name.strip().strip("\"'").lower()


def _px(value: str) -> float:
    try:
        return float(value.removesuffix("px"))
    except ValueError:
        return 0.0


def _colour(value: str) -> tuple[float, float, float, float] | None:
    match = _COLOUR.fullmatch(value.strip())
    if match is None:
        return None
    try:
        parts = [float(part) for part in re.split(r"[\s,/]+", match[1].strip())]
    except ValueError:
        return None
    if len(parts) not in (3, 4):
        return None
    return parts[0], parts[1], parts[2], parts[3] if len(parts) == 4 else 1.0


def _contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: tuple[float, ...]) -> float:
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in colour[:3]
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
