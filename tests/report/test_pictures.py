"""Copies keep to their size, crops show the right part, and what cannot be shown is none, not a stand-in."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image
from pydantic import ValidationError

from crawler.model.box import CssBox
from crawler.model.evidence import TileMap
from crawler.report import pictures
from crawler.report.pages import pages_of
from crawler.report.pictures import Gallery, percent
from tests.bundles import a_visit, make_bundle
from tests.report.samples import picture as drawn

BOX = CssBox(640.0, 1_960.0, 120.0, 90.0)  # lies across the seam of two tiles of 2,000 rows


def one_page(tmp_path, image, **facts):
    bundle = make_bundle(tmp_path, visits=[a_visit("storefront", picture=image, **facts)])
    (page,) = pages_of(bundle, bundle.run.visits[0])
    return bundle, page.pictures[0]


def opened(uri):
    head, data = uri.split(",", 1)
    assert head == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


@pytest.mark.parametrize("scale", [1, 3])
def test_a_crop_shows_the_box_across_tiles_where_it_says(tmp_path, scale):
    bundle, page = one_page(
        tmp_path, drawn(3_000, {BOX: ""}, scale), tile_px=2_000 * scale, scale=float(scale)
    )
    crop = Gallery(bundle, 1).crop(page, BOX)
    image = opened(crop.uri).convert("L")
    left, top, wide, high = (
        part / 100 * side
        for part, side in zip(crop.box_percent, (image.width, image.height) * 2, strict=True)
    )
    inside = image.crop((round(left + 4), round(top + 4), round(left + wide - 4), round(top + high - 4)))
    assert inside.getextrema()[1] < 90
    around = [image.getpixel((round(left) - 8, round(top + high / 2))), image.getpixel((5, 5))]
    assert min(around) > 150


def test_cells_are_shown_as_the_picture_that_was_taken(tmp_path):
    shown = []
    for name, cell_px in (("whole", None), ("cells", (512, 128))):
        image = drawn(3_000, {BOX: ""})
        bundle, page = one_page(tmp_path / name, image, tile_px=2_000, cell_px=cell_px)
        gallery = Gallery(bundle, 1)
        shown.append(([tile.uri for tile in gallery.tiles(page)], gallery.crop(page, BOX)))
    assert shown[0] == shown[1]
    assert len(shown[0][0]) == 2


def test_tiles_lie_edge_to_edge_and_keep_their_names(tmp_path):
    bundle, page = one_page(tmp_path, drawn(5_200, {}), tile_px=2_000)
    tiles = Gallery(bundle, 1).tiles(page)
    assert [tile.path for tile in tiles] == [tile.path for tile in page.tiles]
    tops = [tile.box_percent[1] for tile in tiles]
    ends = [tile.box_percent[1] + tile.box_percent[3] for tile in tiles]
    assert tops[0] == 0
    assert ends[:-1] == pytest.approx(tops[1:])
    assert ends[-1] == pytest.approx(100)


def test_copies_keep_to_the_total_and_the_rest_is_left_out(tmp_path, monkeypatch):
    noise = Image.effect_noise((1_366, 3_000), 90).convert("RGB")
    bundle, page = one_page(tmp_path, noise)
    whole = Gallery(bundle, 1).tiles(page)
    size = sum(len(base64.b64decode(tile.uri.split(",")[1])) for tile in whole)
    monkeypatch.setattr(pictures, "TOTAL_BYTES", size // 3)
    smaller = Gallery(bundle, 1).tiles(page)
    assert sum(len(base64.b64decode(tile.uri.split(",")[1])) for tile in smaller) <= size // 3
    monkeypatch.setattr(pictures, "TOTAL_BYTES", 2_000)
    assert Gallery(bundle, 1).tiles(page) is None


def test_what_is_no_picture_is_none(tmp_path):
    bundle, page = one_page(tmp_path, drawn(800, {}))
    text = page.tiles[0].model_copy(update={"path": "data/scenario.py"})
    broken = page.model_copy(update={"tiles": (text,)})
    assert Gallery(bundle, 1).tiles(broken) is None
    assert Gallery(bundle, 1).crop(broken, CssBox(0, 0, 10, 10)) is None


def test_a_picture_of_too_many_pixels_is_not_decoded(tmp_path, monkeypatch):
    bundle, page = one_page(tmp_path, drawn(800, {}))
    monkeypatch.setattr(pictures, "MAX_TILE_PIXELS", 1_000)
    assert Gallery(bundle, 1).tiles(page) is None


def test_boxes_are_cut_off_at_the_edges(tmp_path):
    _, page = one_page(tmp_path, drawn(1_000, {}))
    assert percent(CssBox(-50, 900, 100, 500), page) == pytest.approx((0, 90, 50 / 1_366 * 100, 10))
    assert not page.holds(CssBox(0, 1_200, 10, 10))
    assert page.model_copy(update={"kind": "stopped-at"}).holds(CssBox(0, 0, 10, 10)) is False


def test_a_page_that_goes_on_for_millions_of_px_costs_no_more_than_what_was_taken(tmp_path):
    bundle = make_bundle(tmp_path, visits=[a_visit("storefront", picture=drawn(900, {}))])
    path = next(item.path for item in bundle.run.visits[0].artifacts if item.kind == "tiles")
    tiles = bundle.record(path, TileMap)
    wide = tiles.model_copy(update={"page_width": 5_000_000.0, "page_height": 9_000_000.0})
    assert wide.taken == tiles.taken == (1_366, 900)


def test_a_hostile_map_of_tiles_makes_no_large_picture(tmp_path):
    bundle, page = one_page(tmp_path, drawn(900, {}))
    high = page.tiles[0].model_copy(update={"box": CssBox(0.0, 0.0, 1_000.0, 50_000_000.0)})
    broad = page.tiles[0].model_copy(update={"box": CssBox(0.0, 0.0, 50_000_000.0, 900.0)})
    for tile in (high, broad):
        one = page.model_copy(
            update={"tiles": (tile,), "width": max(page.width, tile.box[2]), "height": tile.box[3]}
        )
        gallery = Gallery(bundle, 1)
        assert opened(gallery.tiles(one)[0].uri).size <= (1_366, 900)
        small = opened(gallery.thumbnail(one, (1_366, 768)).uri)
        assert max(small.size) <= 420


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("page_width", float("inf")), ("page_width", float("nan")), ("page_height", -1.0),
        ("page_height", 2.0**40), ("scale", 0.0), ("scale", float("nan")),
    ],
)  # fmt: skip
def test_a_map_of_tiles_that_no_page_has_is_damage(tmp_path, field, value):
    bundle = make_bundle(tmp_path, visits=[a_visit("storefront", picture=drawn(900, {}))])
    path = next(item.path for item in bundle.run.visits[0].artifacts if item.kind == "tiles")
    facts = bundle.record(path, TileMap).model_dump()
    with pytest.raises(ValidationError):
        TileMap.model_validate(facts | {field: value})


def test_a_tile_and_a_whole_picture_are_made_alone(tmp_path):
    bundle, picture = one_page(tmp_path, drawn(5_200, {}), tile_px=2_000)
    gallery = Gallery(bundle, 1)
    tile = gallery.tile(picture, 1)
    assert (tile.path, opened(tile.uri).width) == (picture.tiles[1].path, 860)
    whole = gallery.whole(picture)
    assert (whole.width, whole.height) == (picture.width, picture.height)
    width, height = opened(whole.uri).size
    assert width / height == pytest.approx(picture.width / picture.height, rel=0.01)
