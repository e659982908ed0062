"""The logo in pixels, from pictures of packaged icons that lie beside the cases."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from crawler.derive.pictures import logos
from crawler.derive.pictures.sheets import Piece
from crawler.model.box import CssBox

CASES = Path(__file__).parents[2] / "cases"


def piece(icon, *, px, at=(60, 40), size=(400, 200), fill="black", back="white", scale=1.0):
    picture = Image.new("RGB", size, back)
    with Image.open(CASES / f"{icon}.png") as drawn:
        shape = drawn.resize((px, px), Image.Resampling.LANCZOS)
    picture.paste(Image.new("RGB", shape.size, fill), at, shape)
    return Piece(picture, scale, ((0.0, 0.0, size[0] / scale, size[1] / scale),))


@pytest.mark.parametrize("px", [16, 24, 48, 96])
@pytest.mark.parametrize(("fill", "back"), [("black", "white"), ("white", "#c8102e"), ("#fe2c55", "#f4f5f7")])
def test_any_size_and_colour(px, fill, back):
    ((sure, box),) = logos.find_logos([piece("logo", px=px, fill=fill, back=back)])[0]
    assert sure >= logos.SURE
    drawn = (60, 40, 60 + px, 40 + px)
    assert all(abs(one - other) <= 3 + px / 8 for one, other in zip(box.edges, drawn, strict=True))


@pytest.mark.parametrize("px", [16, 32, 64, 96])
def test_notes_of_music_are_none(px):
    assert logos.find_logos([piece("music-note", px=px)]) == [()]


@pytest.mark.parametrize("px", [20, 32, 64])
@pytest.mark.parametrize(("plate", "fill"), [("black", "white"), ("#f0e9ff", "black"), ("#b3122f", "white")])
@pytest.mark.parametrize("corner", [0.2, 0.5])
def test_on_a_disc_or_a_tile_over_stripes(px, plate, fill, corner):
    picture = Image.new("RGB", (300, 200), "#7d8a6b")
    draw = ImageDraw.Draw(picture)
    for x in range(0, 300, 14):
        draw.line((x, 0, x - 60, 200), fill="#3f4a35", width=5)
    draw.rounded_rectangle((100, 60, 100 + px, 60 + px), px * corner, fill=plate)
    inner = round(px * 0.6)
    with Image.open(CASES / "logo.png") as drawn:
        shape = drawn.resize((inner, inner), Image.Resampling.LANCZOS)
    picture.paste(
        Image.new("RGB", shape.size, fill), (100 + (px - inner) // 2, 60 + (px - inner) // 2), shape
    )
    ((sure, box),) = logos.find_logos([Piece(picture, 1.0, (CssBox(0.0, 0.0, 300.0, 200.0),))])[0]
    assert sure >= logos.SURE
    assert 95 <= box.x <= box.right <= 105 + px


def test_each_piece_has_its_own():
    found = logos.find_logos([piece("music-note", px=40), piece("logo", px=40, scale=1.25)])
    assert [len(each) for each in found] == [0, 1]


def test_nothing_in_nothing():
    assert logos.find_logos([]) == []
    assert logos.find_logos([Piece(Image.new("RGB", (80, 30)), 1.25, (CssBox(0, 0, 64, 24),))]) == [()]


@pytest.mark.parametrize(
    ("box", "corner"),
    [
        ((0, 0, 10, 10), 255),
        ((-5, -5, 200, 200), 255),
        ((15, 15, 40, 40), 0),
        ((40, 40, 9, 9), 0),
        ((-90, -90, 9, 9), 255),
    ],
)
def test_a_square_at_the_edge_is_filled(box, corner):
    grey = np.zeros((20, 20), np.uint8)
    grey[:10, :10] = 255
    (square,) = logos.cut_squares(grey, [box])
    assert square.shape == (logos.SIDE, logos.SIDE)
    assert square[0, 0] == corner
    assert square[-1, -1] == (255 if box[0] < -50 else 0)
    assert np.isfinite(logos.normalised(square[None])).all()


@pytest.mark.parametrize(("side", "every"), [(200, 3), (600, 2)])
def test_shapes_are_the_same_however_they_are_numbered(side, every):
    """Six hundred by two have more shapes than 16 bits number."""
    dots = np.zeros((side, side), np.uint8)
    dots[::every, ::every] = 1
    _, _, facts, _ = cv2.connectedComponentsWithStats(dots, connectivity=8, ltype=cv2.CV_32S)
    assert np.array_equal(logos._facts_of_joined(dots), facts)
