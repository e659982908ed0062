"""Full-page pictures held against each other, rows aligned first."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from crawler.errors import BundleCorrupt
from crawler.history.pictures import align, are_same, picture_change
from crawler.model.box import CssBox
from tests.bundles import a_visit

WIDTH, HEIGHT = 800, 2_400


def page(*, banner_px: int = 0, word: str = "Tokopedia", height: int = HEIGHT) -> Image.Image:
    """A page with a line of text every 40 px; a banner pushes all of it down."""
    picture = Image.new("RGB", (WIDTH, height + banner_px), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, WIDTH, banner_px), fill="#0a7")
    for number in range(height // 40):
        said = word if number == 20 else f"barang nomor {number * number}"
        draw.text((20 + 5 * (number % 7), banner_px + 40 * number), said, fill="black", font_size=24)
    return picture


def held(old, old_tiles, new, new_tiles, masked=()):
    return picture_change(align(old, old_tiles, new, new_tiles), old_tiles, new_tiles, masked)


def change(run, before, after, **facts):
    old, new = (run([a_visit("product", text=["x"], picture=each, **facts)]) for each in (before, after))
    tiles = []
    for side in (old, new):
        (visit,) = side.bundle.run.visits
        tiles.append(side.reading.tiles(visit.artifact("tiles").path))
    return held(old.bundle, tiles[0], new.bundle, tiles[1])


def test_the_same_picture_is_no_change(run):
    assert change(run, page(), page()) is None


def test_the_same_picture_in_other_tiles_is_no_change(run):
    old = run([a_visit("product", text=["x"], picture=page(), tile_px=700)])
    new = run([a_visit("product", text=["x"], picture=page(), tile_px=900)])
    paths = [side.bundle.run.visits[0].artifact("tiles").path for side in (old, new)]
    maps = [side.reading.tiles(path) for side, path in zip((old, new), paths, strict=True)]
    assert not are_same(*maps)
    assert held(old.bundle, maps[0], new.bundle, maps[1]) is None


def test_the_same_picture_cut_into_cells_is_no_change(run):
    old = run([a_visit("product", text=["x"], picture=page())])
    new = run([a_visit("product", text=["x"], picture=page(), cell_px=(130, 128))])
    paths = [side.bundle.run.visits[0].artifact("tiles").path for side in (old, new)]
    maps = [side.reading.tiles(path) for side, path in zip((old, new), paths, strict=True)]
    pair = align(old.bundle, maps[0], new.bundle, maps[1])
    assert (pair.old.rows == pair.new.rows).all()
    assert held(old.bundle, maps[0], new.bundle, maps[1]) is None


def test_a_word_that_changed_is_found_where_it_is(run):
    found = change(run, page(), page(word="TikTok Shop sini"))
    assert found is not None
    assert found.share < 0.01
    x, y, w, h = found.boxes[0]
    assert x < 120 < x + w
    assert y < 812 < y + h


def test_a_banner_that_pushes_the_page_down_is_one_change(run):
    found = change(run, page(), page(banner_px=260))
    assert found is not None
    assert found.share < 0.16  # the banner is a tenth of the page; without alignment all of it would differ
    assert (found.old_height, found.new_height) == (HEIGHT, HEIGHT + 260)


def test_a_page_that_went_on_is_a_change(run):
    found = change(run, page(), page(height=HEIGHT + 400))
    assert found is not None
    assert all(y + h > HEIGHT - 60 for _, y, _, h in found.boxes)


def test_boxes_are_in_css_px(run):
    found = change(run, page(), page(word="TikTok Shop sini"), scale=2.0)
    assert found is not None
    _, y, _, h = found.boxes[0]
    assert y < 406 < y + h


def test_a_tile_that_is_no_picture_is_told(run, monkeypatch):
    monkeypatch.setattr("tests.bundles.png", lambda _: b"no picture at all")
    broken = run([a_visit("product", text=["x"], picture=page())])
    monkeypatch.undo()
    whole = run([a_visit("product", text=["x"], picture=page(word="lain"))])
    maps = [side.reading.tiles(side.bundle.run.visits[0].artifact("tiles").path) for side in (broken, whole)]
    with pytest.raises(BundleCorrupt, match="no PNG"):
        align(broken.bundle, maps[0], whole.bundle, maps[1])


def test_a_place_on_one_picture_lies_elsewhere_on_the_other(run):
    old, new = (run([a_visit("product", text=["x"], picture=each)]) for each in (page(), page(banner_px=260)))
    maps = [side.reading.tiles(side.bundle.run.visits[0].artifact("tiles").path) for side in (old, new)]
    pair = align(old.bundle, maps[0], new.bundle, maps[1])
    assert pair.counterpart(CssBox(10.0, 800.0, 50.0, 20.0), to="new").y == pytest.approx(1_060, abs=6)
    assert pair.counterpart(CssBox(10.0, 1_060.0, 50.0, 20.0), to="old").y == pytest.approx(800, abs=6)
    assert pair.counterpart(CssBox(10.0, 100.0, 50.0, 20.0), to="old").y <= 8
    for far in (-50.0, 99_999.0):
        assert 0 <= pair.counterpart(CssBox(0.0, far, 9.0, 9.0), to="new").y <= HEIGHT + 260


def test_what_is_masked_is_left_out(run):
    old, new = (
        run([a_visit("product", text=["x"], picture=each)]) for each in (page(), page(word="TikTok Shop"))
    )
    maps = [side.reading.tiles(side.bundle.run.visits[0].artifact("tiles").path) for side in (old, new)]
    assert held(old.bundle, maps[0], new.bundle, maps[1])
    assert held(old.bundle, maps[0], new.bundle, maps[1], [(0.0, 780.0, 800.0, 80.0)]) is None
    assert held(old.bundle, maps[0], new.bundle, maps[1], [(-90.0, -90.0, 10.0, 10.0)])
