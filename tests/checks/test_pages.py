"""Where a finding lies on the original pictures, and which element of the page is there."""

import pytest

from crawler.checks.pages import PageIcon, PagePixels, medium_at
from crawler.derive.pictures.icons import IconPixels
from crawler.derive.pictures.ocr import PixelText
from crawler.model.box import CssBox
from crawler.model.evidence import MediaNode, TextRecord, Tile, TileMap


def pixels(scale=2.0):
    tiles = tuple(
        Tile(path=f"t{at}.png", box=(0, 100 * at, 50, 100), width_px=int(50 * scale), height_px=int(100 *
            scale), sha256="0" * 64)
        for at in range(2)
    )  # fmt: skip
    tile_map = TileMap(
        page_width=50, page_height=200, scale=scale, tiles=tiles, truncated=False, scroll_pass={}
    )
    return PagePixels(1, "https://a.test/", tile_map, PixelText(status="read"))


def test_a_box_over_two_tiles_lies_on_both_in_their_own_px():
    places = pixels().places(CssBox(10.25, 95.0, 20.0, 10.0))
    assert [(place.path, place.box_px) for place in places] == [
        ("t0.png", (20, 190, 41, 10)),
        ("t1.png", (20, 0, 41, 10)),
    ]


@pytest.mark.parametrize("box", [(60, 10, 5, 5), (0, 400, 5, 5), (10, 10, 0, 0)])
def test_a_box_that_no_tile_shows_has_no_place(box):
    assert pixels().places(CssBox(*box)) == ()


def test_the_smallest_picture_at_a_place_is_the_one():
    media = (
        MediaNode(frame=0, element="background", box=(0, 0, 100, 100)),
        MediaNode(
            frame=0, element="img", box=(10, 10, 20, 20), path="main > img", src="https://a.test/a.png"
        ),
    )
    record = TextRecord(frames=("https://a.test/",), nodes=(), media=media)
    assert medium_at(record, CssBox(12, 12, 4, 4)).path == "main > img"
    assert medium_at(record, CssBox(60, 60, 4, 4)).element == "background"
    assert medium_at(record, CssBox(160, 60, 4, 4)) is None
    assert medium_at(None, CssBox(0, 0, 1, 1)) is None


def test_a_place_on_an_icon_is_in_whole_px_of_its_file():
    icon = PageIcon(1, "https://a.test/", "https://a.test/i.png", "icon-01.png", IconPixels(status="read"))
    assert icon.place(CssBox(0.4, 1.6, 9.5, 9.4)).box_px == (0, 2, 10, 9)
