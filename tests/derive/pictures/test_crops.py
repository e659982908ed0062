"""The hash of a place on a picture: the same for the same pixels, another for any other."""

from __future__ import annotations

import pytest
from PIL import Image

from crawler.derive.pictures.crops import Crops
from crawler.model.finding import PixelPlace
from tests.bundles import a_visit, make_bundle


def a_bundle(folder, dot=None):
    picture = Image.new("RGB", (200, 100), "white")
    if dot:
        picture.putpixel(dot, (255, 0, 0))
    return make_bundle(folder, [a_visit("cart", picture=picture)])


def hashed(folder, box=(10, 10, 40, 20), dot=None):
    bundle = a_bundle(folder, dot)
    path = next(path for path in bundle.paths() if path.endswith(".png") and "fullpage" in path)
    return Crops(bundle).sha256(PixelPlace(path=path, box_px=box))


def test_a_pixel_outside_does_not_count_and_one_inside_does(tmp_path):
    plain = hashed(tmp_path / "a")
    assert hashed(tmp_path / "b", dot=(60, 60)) == plain
    assert hashed(tmp_path / "c", dot=(15, 15)) != plain


def test_another_size_is_another_place(tmp_path):
    assert hashed(tmp_path / "a") != hashed(tmp_path / "b", box=(10, 10, 20, 40))


@pytest.mark.parametrize("data", [b"<svg/>", b"GIF89a", b""])
def test_what_is_no_png_is_known_by_its_file(tmp_path, data):
    files = {"data/stages/01-cart/icon-1.svg": data}
    bundle = make_bundle(tmp_path, [a_visit("cart")], files=files)
    place = PixelPlace(path="data/stages/01-cart/icon-1.svg", box_px=(0, 0, 9, 9))
    assert Crops(bundle).sha256(place) == bundle.sha256(place.path)


def test_a_file_that_is_not_there_has_no_hash(tmp_path):
    bundle = a_bundle(tmp_path)
    assert Crops(bundle).sha256(PixelPlace(path="data/none.png", box_px=(0, 0, 9, 9))) == ""
