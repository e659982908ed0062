"""The logo in pixels, from pictures of packaged icons that lie beside the cases."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crawler.derive import logos
from crawler.derive.sheets import Piece

CASES = Path(__file__).parents[1] / "cases"


def piece(icon, *, px, at=(60, 40), size=(400, 200), fill="black", back="white", scale=1.0):
    picture = Image.new("RGB", size, back)
    with Image.open(CASES / f"{icon}.png") as drawn:
        shape = drawn.resize((px, px), Image.Resampling.LANCZOS)
    picture.paste(Image.new("RGB", shape.size, fill), at, shape)
    return Piece(picture, scale, ((0.0, 0.0, size[0] / scale, size[1] / scale),))


@pytest.mark.parametrize("px", [16, 24, 48, 96])
@pytest.mark.parametrize(("fill", "back"), [("black", "white"), ("white", "#c8102e"), ("#fe2c55", "#f4f5f7")])
def test_any_size_and_colour(px, fill, back):
    ((sure, box),) = logos.find([piece("logo", px=px, fill=fill, back=back)])[0]
    assert sure >= logos.SURE
    assert all(
        abs(one - other) <= 3 + px / 8 for one, other in zip(box, (60, 40, 60 + px, 40 + px), strict=True)
    )


@pytest.mark.parametrize("px", [16, 32, 64, 96])
def test_notes_of_music_are_none(px):
    assert logos.find([piece("music-note", px=px)]) == [()]


def test_each_piece_has_its_own():
    found = logos.find([piece("music-note", px=40), piece("logo", px=40, scale=1.25)])
    assert [len(each) for each in found] == [0, 1]


def test_nothing_in_nothing():
    assert logos.find([]) == []
    assert logos.find([Piece(Image.new("RGB", (80, 30)), 1.25, ((0, 0, 64, 24),))]) == [()]


def test_a_square_at_the_edge_is_filled():
    grey = np.zeros((20, 20), np.uint8)
    grey[:10, :10] = 255
    for box in ((0, 0, 10, 10), (-5, -5, 200, 200), (15, 15, 40, 40)):
        made = logos.square(grey, box)
        assert made.shape == (logos.SIDE, logos.SIDE)
        assert np.isfinite(made).all()
