"""Pieces of a page's pictures, scaled for reading and packed on sheets, so that one run reads many.

A run of a reader costs more to start than a small picture costs to read. Equal pieces are read once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageFilter, ImageOps

from crawler.lib.lazy import LazyPackage
from crawler.model.evidence import CssBox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import cv2
    import numpy as np

    from crawler.model.evidence import TileMap
else:
    cv2 = LazyPackage("cv2")
    np = LazyPackage("numpy")

# Source: the brand bench's pages for development, November 2026: as many names as at 1.5 px for a CSS px,
# for a sixth less time.
READ_SCALE = 1.25
COARSE_SCALE = 0.5  # a second look at tall pieces: the strokes of a poster are wider than STROKE_STEPS keeps
TALL = 100.0  # CSS px
SHEET_PX = 1_600
STRIP_WIDTH, STRIP_HEIGHT = 1_366.0, 460.0  # CSS px of one piece: a desktop page, a banner
GAP_PX = 24
MIN_WIDTH, MIN_HEIGHT = 24.0, 8.0  # CSS px: no six letters fit below that
MIN_ICON, MAX_ICON, ICON_EDGE = 9.0, 150.0, 3.0  # CSS px; an icon is cut with an edge of what is around it
SLACK = 1.0  # CSS px: what rounding leaves between a tile's edge and the page's
STROKE_STEPS = 4  # at half size: keeps strokes up to 16 px wide, drops the larger shapes of a photograph
EDGE_STEPS = 1  # lets the larger shapes grow a little, so that no thin line is left along their edges
STROKE_GAIN = 3
_DARKEST, _LIGHTEST = ImageFilter.MinFilter(3), ImageFilter.MaxFilter(3)


@dataclass(frozen=True)
class Piece:
    """Part of a page, `scale` px for one CSS px; `places` are all CSS boxes that look just so.

    `source` is how it was taken, or what fetches that, and `key` names it; `picture` is what is read, fetched
    and brought to `size` only when somebody looks at it: what was read before is not even opened again.
    """

    source: Image.Image | Callable[[], Image.Image]
    scale: float
    places: tuple[CssBox, ...]
    key: str = ""
    size: tuple[int, int] | None = None  # none: as it was taken

    @property
    def read_size(self) -> tuple[int, int]:
        """Width and height of `picture`."""
        return self.size or self.picture.size

    @cached_property
    def picture(self) -> Image.Image:
        """The pixels to be read."""
        taken = self.source() if callable(self.source) else self.source
        return scaled(taken, self.size) if self.size else taken


@dataclass(frozen=True)
class Sheet:
    """A picture with pieces on it, each with the upper left corner it was put at."""

    picture: Image.Image
    pieces: tuple[tuple[Piece, int, int], ...]


def regions(boxes: Iterable[CssBox], page: tuple[float, float]) -> tuple[CssBox, ...]:
    """Return the boxes worth reading, from top to bottom: on the page, large enough, none inside another."""
    kept: list[CssBox] = []
    for box in sorted(set(boxes), key=lambda b: (-b[2] * b[3], b)):
        cut = _on_page(_edged(box), page)
        if _worth(cut) and not any(_inside(cut, other) for other in kept):
            kept.append(cut)
    return tuple(sorted(kept, key=lambda box: (box.y, box.x, box)))


def _edged(box: CssBox) -> CssBox:
    """Return the box of an icon with some of what is around it; any other as it is."""
    x, y, width, height = box
    if not MIN_ICON <= max(width, height) <= MAX_ICON:
        return box
    return CssBox(x - ICON_EDGE, y - ICON_EDGE, width + 2 * ICON_EDGE, height + 2 * ICON_EDGE)


def _worth(box: CssBox) -> bool:
    """Say whether a name or a logo may fit into a box."""
    return wide(box) or min(box.w, box.h) >= MIN_ICON


def wide(box: CssBox) -> bool:
    """Say whether a name may fit into a box."""
    return box.w >= MIN_WIDTH and box.h >= MIN_HEIGHT


def beyond(box: CssBox, page: tuple[float, float]) -> bool:
    """Say whether a box large enough to read lies in part outside the page."""
    inside = _on_page(box, page)
    large = box.w >= MIN_WIDTH and box.h >= MIN_HEIGHT
    return large and (box.w - inside.w > SLACK or box.h - inside.h > SLACK)


def covered(box: CssBox, tiles: TileMap) -> bool:
    """Say whether tiles show all of a box, but for slivers of up to `SLACK`."""
    left = [box]
    for tile in tiles.tiles:
        left = [rest for part in left for rest in _without(part, tile.box)]
    return not left


def _without(box: CssBox, tile: CssBox) -> list[CssBox]:
    """Return what a tile leaves uncovered of a box: strips above, below and at either side."""
    x, y, right, bottom = box.x, box.y, box.right, box.bottom
    top, end = max(y, tile.y), min(bottom, tile.bottom)
    start, stop = max(x, tile.x), min(right, tile.right)
    if top >= end or start >= stop:
        return [box]
    rest = [
        CssBox(x, y, box.w, top - y),
        CssBox(x, end, box.w, bottom - end),
        CssBox(x, top, start - x, end - top),
        CssBox(stop, top, right - stop, end - top),
    ]
    return [part for part in rest if part.w > SLACK and part.h > SLACK]


def pack(pieces: Iterable[Piece], treat: Callable[[Image.Image], Image.Image]) -> tuple[Sheet, ...]:
    """Lay pieces on white sheets in rows, each treated on its own first."""
    sheets: list[Sheet] = []
    row: list[tuple[Piece, int, int]] = []
    x = y = GAP_PX
    row_height = 0
    for piece in sorted(pieces, key=lambda p: (-p.picture.height, -p.picture.width, p.places)):
        width, height = piece.picture.size
        if x > GAP_PX and x + width + GAP_PX > SHEET_PX:
            x, y, row_height = GAP_PX, y + row_height + GAP_PX, 0
        if row and y + height + GAP_PX > SHEET_PX:
            sheets.append(_sheet(row, treat))
            row, x, y, row_height = [], GAP_PX, GAP_PX, 0
        row.append((piece, x, y))
        x, row_height = x + width + GAP_PX, max(row_height, height)
    return (*sheets, *([_sheet(row, treat)] if row else []))


def dark_strokes(picture: Image.Image) -> Image.Image:
    """Return black on white the thin shapes that are darker than what is around them.

    Text over a photograph becomes text; the photograph goes (a black top-hat, in the words of morphology).
    """
    return _strokes(_without_strokes(picture, _LIGHTEST, _DARKEST), picture)


def light_strokes(picture: Image.Image) -> Image.Image:
    """Return black on white the thin shapes that are lighter than what is around them."""
    return _strokes(picture, _without_strokes(picture, _DARKEST, _LIGHTEST))


def _without_strokes(
    picture: Image.Image, first: ImageFilter.Filter, second: ImageFilter.Filter
) -> Image.Image:
    """Return a picture without its thin shapes; at half size, since each step looks at every pixel."""
    small = picture.reduce(2) if min(picture.size) > 1 else picture
    for _ in range(STROKE_STEPS):
        small = small.filter(first)
    for _ in range(STROKE_STEPS + EDGE_STEPS):
        small = small.filter(second)
    return small.resize(picture.size, Image.Resampling.BILINEAR)


def _strokes(light: Image.Image, dark: Image.Image) -> Image.Image:
    difference = ImageChops.subtract(light, dark)
    gained = [min(255, level * STROKE_GAIN) for level in range(256)]
    return ImageOps.invert(difference.point(gained))


def _sheet(laid: list[tuple[Piece, int, int]], treat: Callable[[Image.Image], Image.Image]) -> Sheet:
    width = max(x + piece.picture.width for piece, x, _ in laid) + GAP_PX
    height = max(y + piece.picture.height for piece, _, y in laid) + GAP_PX
    picture = Image.new("L", (width, height), 255)
    for piece, x, y in laid:
        picture.paste(treat(piece.picture), (x, y))
    return Sheet(picture, tuple(laid))


def split_region(box: CssBox) -> list[CssBox]:
    """Cut a large region into strips that overlap by the height of a large line, or by a long name."""
    x, y, width, height = box
    return [
        CssBox(left, top, across, down)
        for top, down in _cuts(y, height, STRIP_HEIGHT, 60.0)
        for left, across in _cuts(x, width, STRIP_WIDTH, 200.0)
    ]


def _cuts(start: float, length: float, longest: float, overlap: float) -> list[tuple[float, float]]:
    cuts = [(start, min(length, longest))]
    while start + length > cuts[-1][0] + cuts[-1][1]:
        at = cuts[-1][0] + cuts[-1][1] - overlap
        cuts.append((at, min(longest, start + length - at)))
    return cuts


def read_size(box: CssBox) -> tuple[int, int]:
    """Return width and height in px at which a box in CSS px is read."""
    return max(1, round(box.w * READ_SCALE)), max(1, round(box.h * READ_SCALE))


def key(picture: Image.Image) -> str:
    """Return what names a picture by its pixels."""
    size = f"{picture.mode} {picture.width}x{picture.height} ".encode()
    return hashlib.blake2b(size + picture.tobytes(), digest_size=20).hexdigest()


def scaled(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return an RGB picture brought to a size, thin strokes kept.

    OpenCV does it in a third of Pillow's time; on the brand bench's pages the same names were read.
    """
    if picture.size == size:
        return picture
    how = cv2.INTER_AREA if size[0] < picture.width else cv2.INTER_CUBIC
    return Image.fromarray(cv2.resize(np.asarray(picture), size, interpolation=how))


def _on_page(box: CssBox, page: tuple[float, float]) -> CssBox:
    left, top = max(0.0, box.x), max(0.0, box.y)
    right, bottom = min(page[0], box.right), min(page[1], box.bottom)
    return CssBox(left, top, max(0.0, right - left), max(0.0, bottom - top))


def _inside(inner: CssBox, outer: CssBox) -> bool:
    return (
        inner.x >= outer.x
        and inner.y >= outer.y
        and inner.right <= outer.right
        and inner.bottom <= outer.bottom
    )
