"""What a rule is given of the pages of a visit: text, source, pictures, icons, and their files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.model.box import ImageBox, overlap
from crawler.model.finding import PixelPlace

if TYPE_CHECKING:
    from crawler.derive.documents.markup import Said
    from crawler.derive.pictures.icons import IconPixels
    from crawler.derive.pictures.ocr import PixelText
    from crawler.model.evidence import CssBox, MediaNode, TextRecord, Tile, TileMap


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

    def place(self, box: CssBox) -> PixelPlace:
        """Return a box of the icon in whole px of its file."""
        x, y, width, height = (round(value) for value in box)
        return PixelPlace(path=self.path, box_px=ImageBox(x, y, width, height))


@dataclass(frozen=True)
class PagePixels:
    """The text read from one page's pictures, and the files they are."""

    page: int
    url: str
    tiles: TileMap
    record: PixelText

    def paths(self, box: CssBox) -> tuple[str, ...]:
        """Return the pictures that show a box of the page."""
        return tuple(tile.path for tile in self.tiles.tiles if overlap(tile.box, box))

    def places(self, box: CssBox) -> tuple[PixelPlace, ...]:
        """Return where a box of the page lies on each picture that shows it, in the picture's own px."""
        return tuple(place for tile in self.tiles.tiles if (place := _on_tile(tile, box)))


def medium_at(record: TextRecord | None, box: CssBox) -> MediaNode | None:
    """Return the smallest picture of a page that holds the middle of a box; None where none does."""
    around = [node for node in (record.media if record else ()) if node.box.holds(*box.middle)]
    return min(around, key=lambda node: node.box.area, default=None)


def text_at(record: TextRecord, box: CssBox) -> bool:
    """Say whether visible page text lies on the middle of a box."""
    return any(
        place.holds(*box.middle)
        for node in record.nodes
        if node.visible and node.channel in ("text", "pseudo")
        for place in node.boxes
    )


def _on_tile(tile: Tile, box: CssBox) -> PixelPlace | None:
    scale = tile.width_px / tile.box.w if tile.box.w > 0 else 0.0
    placed = box.to_image(scale, origin=(tile.box.x, tile.box.y))
    seen = placed.within((tile.width_px, tile.height_px))
    return PixelPlace(path=tile.path, box_px=seen) if seen else None
