"""What a rule is given of the pages of a visit: text, source, pictures, icons, and their files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.lib.box import overlap
from crawler.lib.images import clip, to_pixels
from crawler.model.finding import PixelPlace

if TYPE_CHECKING:
    from crawler.derive.documents.markup import Said
    from crawler.derive.pictures.icons import IconPixels
    from crawler.derive.pictures.ocr import PixelText
    from crawler.model.evidence import Box, MediaNode, TextRecord, Tile, TileMap


@dataclass(frozen=True)
class PageText:
    """The text of one page of a visit, and the file it stands in."""

    page: int
    url: str
    path: str
    record: TextRecord


@dataclass(frozen=True)
class PageMarkup:
    """What the source of one document of a page says and nobody sees, and the file it stands in."""

    page: int
    url: str
    frame: str
    path: str
    said: tuple[Said, ...]


@dataclass(frozen=True)
class PageIcon:
    """What an icon of a page shows, where the page declares it, and the file it is."""

    page: int
    url: str
    address: str
    path: str
    record: IconPixels

    def place(self, box: Box) -> PixelPlace:
        """Return a box of the icon in whole px of its file."""
        x, y, width, height = (round(value) for value in box)
        return PixelPlace(path=self.path, box_px=(x, y, width, height))


@dataclass(frozen=True)
class PagePixels:
    """The text read from one page's pictures, and the files they are."""

    page: int
    url: str
    tiles: TileMap
    record: PixelText

    def paths(self, box: Box) -> tuple[str, ...]:
        """Return the pictures that show a box of the page."""
        return tuple(tile.path for tile in self.tiles.tiles if overlap(tile.box, box))

    def places(self, box: Box) -> tuple[PixelPlace, ...]:
        """Return where a box of the page lies on each picture that shows it, in the picture's own px."""
        return tuple(place for tile in self.tiles.tiles if (place := _on_tile(tile, box)))


def medium_at(record: TextRecord | None, box: Box) -> MediaNode | None:
    """Return the smallest picture of a page that holds the middle of a box; none where none does."""
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    around = [
        node
        for node in (record.media if record else ())
        if node.box[0] <= x <= node.box[0] + node.box[2] and node.box[1] <= y <= node.box[1] + node.box[3]
    ]
    return min(around, key=lambda node: node.box[2] * node.box[3], default=None)


def text_at(record: TextRecord, box: Box) -> bool:
    """Say whether visible page text lies on the middle of a box."""
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    return any(
        left <= x <= left + width and top <= y <= top + height
        for node in record.nodes
        if node.visible and node.channel in ("text", "pseudo")
        for left, top, width, height in node.boxes
    )


def _on_tile(tile: Tile, box: Box) -> PixelPlace | None:
    scale = tile.width_px / tile.box[2] if tile.box[2] > 0 else 0.0
    placed = to_pixels(box, scale, origin=(tile.box[0], tile.box[1]))
    seen = clip(placed, (tile.width_px, tile.height_px))
    if seen is None:
        return None
    left, top, right, bottom = seen
    return PixelPlace(path=tile.path, box_px=(left, top, right - left, bottom - top))
