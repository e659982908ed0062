"""Maps of tiles: sides within what a browser can lay out, and how far the page was pictured."""

import pytest
from pydantic import ValidationError

from crawler.model.evidence.pictures import MAX_PX, Tile, TileMap


def tile(box, **facts):
    return Tile(path="t.png", box=box, width_px=1, height_px=1, sha256="0", **facts)


def tile_map(*boxes, height=1_000):
    tiles = tuple(map(tile, boxes))
    return TileMap(page_width=400, page_height=height, scale=1, tiles=tiles, truncated=False, scroll_pass={})


def test_a_page_is_taken_as_far_as_tiles_show_it():
    assert tile_map((0, 0, 400, 300), (0, 300, 400, 200)).taken == (400, 500)
    assert tile_map((0, 0, 900, 9_000)).taken == (400, 1_000)
    assert tile_map().taken == (0, 0)


@pytest.mark.parametrize("side", [-1, MAX_PX + 1, float("inf"), float("nan")])
def test_a_side_that_no_page_has_is_damage(side):
    for at in range(4):
        box = [1.0, 1.0, 1.0, 1.0]
        box[at] = side
        with pytest.raises(ValidationError):
            tile(box)
