"""How the pictures of a page lie on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, GetPydanticSchema
from pydantic_core import core_schema

from crawler.model.box import CssBox
from crawler.model.evidence.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

# Source: Chromium lays pages out in 1/64 px of 32 bits, so that no page is longer than 2**25 px. A map of
# tiles with more is damage, and what puts pictures together would take memory by it.
MAX_PX = 2**26
Side = Annotated[float, Field(ge=0, le=MAX_PX, allow_inf_nan=False)]


TileBox = Annotated[
    CssBox,
    GetPydanticSchema(
        lambda _source, _handler: CssBox.schema_of(
            core_schema.float_schema(ge=0, le=MAX_PX, allow_inf_nan=False)
        )
    ),
]
Scale = Annotated[float, Field(gt=0, le=32, allow_inf_nan=False)]
ScreenPx = Annotated[int, Field(ge=1, le=2**16)]
ImagePx = Annotated[int, Field(ge=0, le=2**16)]  # Source: Chromium takes no picture of a longer side


class Tile(Record):
    """One clip of a full-page picture: its box in CSS px and its size in image px.

    Tiles with the same `picture` were one picture, and were cut apart afterwards; None where it was not cut.
    """

    path: str
    box: TileBox
    width_px: ImagePx
    height_px: ImagePx
    sha256: str
    picture: Annotated[int, Field(ge=1)] | None = None


class TileMap(Record):
    """How the tiles of a full-page picture lie on the page. `truncated` says that the page went on.

    `unsteady` says that text and pictures could not be had of one moment: the page kept moving.
    """

    page_width: Side
    page_height: Side
    scale: Scale
    tiles: tuple[Tile, ...]
    truncated: bool
    unsteady: bool = False
    scroll_pass: dict[str, Any]

    @property
    def pictures(self) -> tuple[tuple[Tile, ...], ...]:
        """The tiles by the pictures that they were when they were taken, in their order."""
        return pictures_of(self.tiles)

    @property
    def taken(self) -> tuple[float, float]:
        """Width and height of the page in CSS px as far as tiles show it; it may go on for millions of px."""
        right = max((tile.box.right for tile in self.tiles), default=0.0)
        bottom = max((tile.box.bottom for tile in self.tiles), default=0.0)
        return min(self.page_width, right), min(self.page_height, bottom)


def pictures_of(tiles: Sequence[Tile]) -> tuple[tuple[Tile, ...], ...]:
    """Return tiles by the pictures that they were when they were taken, in their order."""
    found: dict[int | str, list[Tile]] = {}
    for tile in tiles:
        found.setdefault(tile.path if tile.picture is None else tile.picture, []).append(tile)
    return tuple(tuple(each) for each in found.values())
