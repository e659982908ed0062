"""The pictures of one page, and the pieces that are cut out of them.

Nothing is decoded before its pixels are looked at. What a piece shows is named by its pixels, and that name
is remembered for its place in its tiles: a tile that was cut before is not even opened.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PIL import Image

from crawler.derive.cache import find_shared, keep_shared
from crawler.derive.pictures import sheets
from crawler.derive.pictures.joined import join_cells
from crawler.derive.pictures.sheets import READ_SCALE, Piece
from crawler.lib.images import open_png
from crawler.model.box import overlap
from crawler.model.evidence import Record, TileMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crawler.derive.pictures.joined import Joined
    from crawler.model.evidence import CssBox, Tile
    from crawler.store.bundle import Bundle

MAX_READ_PX = 40_000_000  # of one page, as it is read
VERSION = 1  # raise it whenever the same tiles may give other names


class _Names(Record):
    """What names the pixels of some boxes, as it is kept."""

    names: tuple[str, ...]


class Tiles:
    """How a page's tiles lie, and their RGB pixels, each opened once until they are closed."""

    def __init__(self, bundle: Bundle, path: str) -> None:
        self.map = bundle.record(path, TileMap)
        self._bundle, self._folder = bundle, path.rpartition("/")[0]
        self._open: dict[str, Image.Image] = {}

    def sha256(self, tile: Tile) -> str:
        """Return the sealed SHA-256 of a tile's file."""
        return self._bundle.sha256(self._path(tile))

    def pixels(self, tile: Tile) -> Image.Image:
        """Return the RGB pixels of a tile.

        Raises:
            BadPicture: it cannot be decoded.
        """
        path = self._path(tile)
        if path not in self._open:
            self._open[path] = self._decoded(tile)
        return self._open[path]

    def pictures(self) -> Iterator[Joined]:
        """Yield the pictures of the page as they were taken, one after the other; cells stay closed.

        Raises:
            BadPicture: a tile cannot be decoded.
        """
        for together in self.map.pictures:
            opened = self.pixels if len(together) == 1 else self._decoded
            yield join_cells(together, opened)

    def close(self) -> None:
        """Let go of the pixels; they are opened again where somebody looks."""
        self._open.clear()

    def shown(self, box: CssBox) -> Image.Image:
        """Return what the tiles show of a box in CSS px, white where there is none; a later one lies above.

        Raises:
            BadPicture: a tile cannot be decoded.
        """
        scale = self.map.scale
        picture = Image.new("RGB", (max(1, round(box.w * scale)), max(1, round(box.h * scale))), "white")
        for tile in self.touching(box):
            pixels, origin = self.pixels(tile), (tile.box.x, tile.box.y)
            if wanted := box.to_image(scale, origin=origin).within(pixels.size):
                left = round((origin[0] - box.x) * scale) + wanted.x
                top = round((origin[1] - box.y) * scale) + wanted.y
                picture.paste(pixels.crop(wanted.edges), (left, top))
        return picture

    def touching(self, box: CssBox) -> tuple[Tile, ...]:
        """Return the tiles that show something of a box."""
        return tuple(tile for tile in self.map.tiles if overlap(box, tile.box))

    def _decoded(self, tile: Tile) -> Image.Image:
        picture = open_png(self._bundle.read(self._path(tile)))
        return picture if picture.mode == "RGB" else picture.convert("RGB")

    def _path(self, tile: Tile) -> str:
        return tile.path if tile.path.startswith("data/") else f"{self._folder}/{tile.path}"


def cut_pieces(
    boxes: Iterable[CssBox], tiles: Tiles, private: Sequence[CssBox] = ()
) -> tuple[tuple[Piece, ...], bool]:
    """Cut regions out of a page's tiles.

    Args:
        boxes: Regions in CSS px.
        tiles: The page's tiles.
        private: Boxes that a person may have filled: a piece that touches one bears no name, so that nothing
            is remembered of it.

    Returns:
        The pieces, equal ones as one, and whether regions were left out since there was too much to read.

    Raises:
        BadPicture: a tile cannot be decoded.
    """
    wanted = [strip for box in boxes for strip in sheets.split_region(box)]
    kept = _bounded(wanted)
    seen = [strip for strip in kept if tiles.touching(strip)]
    open_ones = [strip for strip in seen if not any(overlap(strip, box) for box in private)]
    names = _names(tiles, open_ones)
    alike: dict[str | CssBox, list[CssBox]] = {}
    for strip in seen:
        alike.setdefault(names.get(strip, strip), []).append(strip)
    pieces = tuple(
        Piece(partial(tiles.shown, places[0]), READ_SCALE, tuple(places), names.get(places[0], ""),
              sheets.read_size(places[0]))
        for places in alike.values()
    )  # fmt: skip
    return pieces, len(kept) < len(wanted)


def _bounded(wanted: Sequence[CssBox]) -> Sequence[CssBox]:
    """Return the strips, up to the one with which there is too much to read."""
    area = 0.0
    for at, strip in enumerate(wanted):
        area += strip[2] * strip[3] * READ_SCALE**2
        if area > MAX_READ_PX:
            return wanted[:at]
    return wanted


def _names(tiles: Tiles, strips: Iterable[CssBox]) -> dict[CssBox, str]:
    """Return what names the pixels of each strip, remembered for all strips of the same tiles at once."""
    together: dict[tuple[Tile, ...], list[CssBox]] = {}
    for strip in strips:
        together.setdefault(tiles.touching(strip), []).append(strip)
    names: dict[CssBox, str] = {}
    for shown, cut_out in together.items():
        inputs = {
            "tiles": repr([(tiles.sha256(tile), tile.box) for tile in shown]),
            "scale": str(tiles.map.scale),
            "boxes": repr(cut_out),
            "version": str(VERSION),
        }
        known = find_shared("piece-names", inputs, _Names)
        if known is None or len(known.names) != len(cut_out):
            known = _Names(names=tuple(sheets.key(tiles.shown(strip)) for strip in cut_out))
            keep_shared("piece-names", inputs, known)
        names |= zip(cut_out, known.names, strict=True)
    return names
