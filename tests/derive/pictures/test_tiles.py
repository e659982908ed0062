"""Pieces cut out of a page's tiles: what they show, what names them, and when a tile is opened."""

from __future__ import annotations

import pytest
from PIL import Image

from crawler.derive.pictures import tiles as module
from crawler.derive.pictures.sheets import key
from crawler.derive.pictures.tiles import Tiles, cut_pieces
from crawler.errors import BadPicture
from crawler.model.box import CssBox
from crawler.model.evidence import TileMap
from tests.bundles import a_visit, make_bundle

PATH = "data/stages/01-storefront/tiles.json"
BOX = CssBox(100.0, 80.0, 200.0, 60.0)
OTHER = CssBox(400.0, 80.0, 200.0, 60.0)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def page() -> Image.Image:
    """Return a page on which every row and column looks different."""
    return Image.merge(
        "RGB", [Image.linear_gradient("L").resize((900, 600)).rotate(turn) for turn in (0, 90, 180)]
    )


@pytest.fixture
def bundle(tmp_path):
    return make_bundle(tmp_path, [a_visit("storefront", picture=page(), tile_px=100)])


def forbid(monkeypatch):
    def opened(*_):
        raise AssertionError("a tile was opened")

    monkeypatch.setattr(module, "open_png", opened)


def test_a_piece_over_two_tiles_is_put_together(bundle):
    (piece,), cut_short = cut_pieces([BOX], Tiles(bundle, PATH))
    assert not cut_short
    assert piece.key == key(page().crop((100, 80, 300, 140)))
    assert piece.picture.size == piece.read_size == (250, 75)


def test_what_was_cut_before_is_named_without_a_look(bundle, monkeypatch):
    first, _ = cut_pieces([BOX, OTHER], Tiles(bundle, PATH))
    forbid(monkeypatch)
    again, _ = cut_pieces([BOX, OTHER], Tiles(bundle, PATH))
    assert [piece.key for piece in again] == [piece.key for piece in first]
    with pytest.raises(AssertionError, match="was opened"):
        cut_pieces([CssBox(100.0, 80.0, 200.0, 61.0)], Tiles(bundle, PATH))


def test_names_go_by_the_sealed_tile_not_by_what_the_map_says_of_it(bundle, tmp_path, monkeypatch):
    cut_pieces([BOX], Tiles(bundle, PATH))
    other = make_bundle(tmp_path / "other", [a_visit("storefront", picture=page().rotate(180), tile_px=100)])
    claimed = {tile.path: tile.sha256 for tile in bundle.record(PATH, TileMap).tiles}
    lying = Tiles(other, PATH)
    lying.map = lying.map.model_copy(
        update={
            "tiles": tuple(tile.model_copy(update={"sha256": claimed[tile.path]}) for tile in lying.map.tiles)
        }
    )
    (piece,), _ = cut_pieces([BOX], lying)
    assert piece.key == key(page().rotate(180).crop((100, 80, 300, 140)))


def test_what_a_person_may_have_typed_has_no_name(bundle, tmp_path):
    (filled,), _ = cut_pieces([BOX], Tiles(bundle, PATH), private=[CssBox(250.0, 90.0, 100.0, 20.0)])
    assert filled.key == ""
    assert not (tmp_path / "cache/pantau").exists()


def test_equal_pieces_are_one(tmp_path):
    plain = make_bundle(tmp_path, [a_visit("storefront", picture=Image.new("RGB", (900, 600), "white"))])
    (piece,), _ = cut_pieces([BOX, OTHER], Tiles(plain, PATH))
    assert piece.places == (BOX, OTHER)


def test_pixels_are_fetched_when_somebody_looks(bundle, monkeypatch):
    cut_pieces([BOX], Tiles(bundle, PATH))
    (piece,), _ = cut_pieces([BOX], Tiles(bundle, PATH))
    assert piece.read_size == (250, 75)
    forbid(monkeypatch)
    with pytest.raises(AssertionError, match="was opened"):
        _ = piece.picture


def test_closed_tiles_open_again(bundle):
    shown = Tiles(bundle, PATH)
    (piece,), _ = cut_pieces([BOX], shown)
    shown.close()
    assert piece.picture.size == (250, 75)


def test_more_than_is_read_is_left_out(bundle, monkeypatch):
    monkeypatch.setattr(module, "MAX_READ_PX", 20_000)
    pieces, cut_short = cut_pieces([BOX, OTHER], Tiles(bundle, PATH))
    assert (len(pieces), cut_short) == (1, True)


def test_a_box_that_no_tile_shows_is_no_piece(bundle):
    assert cut_pieces([(0.0, 5_000.0, 100.0, 100.0)], Tiles(bundle, PATH)) == ((), False)


def test_a_tile_that_cannot_be_decoded(bundle, monkeypatch):
    shown = Tiles(bundle, PATH)
    monkeypatch.setattr(type(bundle), "read", lambda *_: b"no picture")
    with pytest.raises(BadPicture):
        cut_pieces([BOX], shown)


@pytest.mark.parametrize("cell_px", [(512, 128), (90, 60)])
def test_cells_show_and_name_a_piece_as_the_whole_picture_does(tmp_path, bundle, cell_px):
    cells = make_bundle(tmp_path / "cells", [a_visit("storefront", picture=page(), cell_px=cell_px)])
    boxes = [BOX, OTHER, CssBox(0.0, 0.0, 900.0, 600.0), CssBox(85.4, 59.6, 10.3, 5.9)]
    whole, cut_up = (Tiles(each, PATH) for each in (bundle, cells))
    assert [key(cut_up.shown(box)) for box in boxes] == [key(whole.shown(box)) for box in boxes]
    (taken,) = cut_up.pictures()
    assert taken.box == (0.0, 0.0, 900.0, 600.0)
    assert taken.pixels.tobytes() == page().tobytes()


def test_cells_that_lie_miles_apart_are_no_picture(bundle):
    tiles = Tiles(bundle, PATH)
    one, other = tiles.map.tiles[:2]
    far = other.model_copy(update={"box": CssBox(0.0, 60_000_000.0, 900.0, 100.0), "picture": 1})
    together = (one.model_copy(update={"picture": 1}), far)
    tiles.map = tiles.map.model_copy(update={"tiles": together})
    with pytest.raises(BadPicture, match="cannot be put together"):
        list(tiles.pictures())
