"""Cells of a picture put together again: a page is looked at as it was taken, not as it was cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from crawler.errors import BadPicture
from crawler.lib.images import MAX_IMAGE_PIXELS
from crawler.model.box import around

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crawler.model.box import CssBox
    from crawler.model.evidence import Tile


class Joined(NamedTuple):
    """A picture as it was taken, and its box in CSS px of the page."""

    box: CssBox
    pixels: Image.Image


def box_of(tiles: Sequence[Tile]) -> CssBox:
    """Return the box around the tiles of one picture, in CSS px of the page."""
    return around(*(tile.box for tile in tiles))


def join_cells(tiles: Sequence[Tile], opened: Callable[[Tile], Image.Image]) -> Joined:
    """Return one picture of its tiles; a picture that was never cut is its one tile as it is.

    Args:
        tiles: Tiles of one picture, as `TileMap.pictures` has them.
        opened: Gives the pixels of a tile.

    Raises:
        BadPicture: a tile cannot be decoded, or together they are no picture of a size that can be read.
    """
    box = box_of(tiles)
    if len(tiles) == 1:
        return Joined(box, opened(tiles[0]))
    scale = max(tile.width_px / tile.box.w if tile.box.w > 0 else 0.0 for tile in tiles)
    width, height = round(box.w * scale), round(box.h * scale)
    if min(width, height) < 1 or width * height > MAX_IMAGE_PIXELS:
        raise BadPicture(f"Cells of a picture of {width}x{height} px cannot be put together.")
    pixels = Image.new("RGB", (width, height), "white")
    for tile in tiles:
        corner = round((tile.box.x - box.x) * scale), round((tile.box.y - box.y) * scale)
        pixels.paste(opened(tile), corner)
    return Joined(box, pixels)
