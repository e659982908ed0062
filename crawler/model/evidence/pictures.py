"""How the pictures of a page lie on it."""

from __future__ import annotations

from typing import Any

from crawler.model.evidence.record import Record

Box = tuple[float, float, float, float]


class Tile(Record):
    """One clip of a full-page picture: its box in CSS px and its size in image px."""

    path: str
    box: Box
    width_px: int
    height_px: int
    sha256: str


class TileMap(Record):
    """How the tiles of a full-page picture lie on the page. `truncated` says that the page went on.

    `unsteady` says that text and pictures could not be had of one moment: the page kept moving.
    """

    page_width: float
    page_height: float
    scale: float
    tiles: tuple[Tile, ...]
    truncated: bool
    unsteady: bool = False
    scroll_pass: dict[str, Any]
