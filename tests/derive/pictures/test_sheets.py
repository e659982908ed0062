"""Which boxes the tiles of a page show."""

import pytest

from crawler.derive.pictures.sheets import beyond, covered
from crawler.model.box import CssBox
from crawler.model.evidence import Tile, TileMap


def tiles(*boxes):
    made = tuple(Tile(path="t", box=box, width_px=1, height_px=1, sha256="0") for box in boxes)
    return TileMap(page_width=900, page_height=900, scale=1, tiles=made, truncated=False, scroll_pass={})


TOP, BOTTOM, CORNER = (0, 0, 900, 400), (0, 400, 900, 500), (600, 0, 300, 200)


@pytest.mark.parametrize(
    ("box", "shown", "whole"),
    [
        ((10, 10, 100, 100), [TOP], True),
        ((10, 300, 100, 200), [TOP, BOTTOM], True),
        ((10, 300, 100, 200), [TOP], False),
        ((10, 300, 100, 101), [TOP], True),
        ((500, 50, 200, 100), [CORNER], False),
        ((500, 50, 200, 100), [CORNER, (0, 0, 600, 200)], True),
        ((10, 10, 100, 100), [], False),
    ],
)
def test_covered(box, shown, whole):
    assert covered(CssBox(*box), tiles(*shown)) is whole


@pytest.mark.parametrize(
    ("box", "outside"),
    [
        ((0, 0, 900, 900), False),
        ((0, 850, 100, 51), False),
        ((0, 850, 100, 60), True),
        ((0, 2_000, 100, 100), True),
        ((0, 2_000, 100, 4), False),
    ],
)
def test_beyond(box, outside):
    assert beyond(CssBox(*box), (900, 900)) is outside
