"""Lines of text in a picture: letters put together, blanks put in, boxes of parts."""

import numpy as np
import pytest

from crawler.derive.pictures.strips import LINE_PX, LineBox, Read, joined, spaced


def letters(count, step, *, y=50.0, height=20.0):
    return [LineBox(20 + step * at, y, 16, height, 0.0) for at in range(count)]


def test_letters_that_stand_apart_are_one_line():
    (line,) = joined(letters(6, 30))
    assert (line.x, line.width) == (95.0, 166.0)


@pytest.mark.parametrize(
    "strips",
    [letters(2, 30), letters(6, 80), [*letters(2, 30), *letters(2, 30, y=90)], letters(3, 0, height=20)[:1]],
)
def test_what_does_not_follow_stays_apart(strips):
    assert sorted(joined(strips)) == sorted(strips)


def line(text, gaps):
    """Return a line of equal black bars, one a letter, with wider gaps before some."""
    pixels = np.full((LINE_PX, 16 * len(text) + 20 * len(gaps) + 20, 3), 255, np.uint8)
    x, places = 10, []
    for index in range(len(text)):
        x += 20 if index in gaps else 0
        pixels[8:40, x : x + 11] = 0
        places.append((x + 5) / pixels.shape[1])
        x += 16
    return Read(LineBox(0, 0, 100, 20, 0), text, tuple(places), (0.9,) * len(text)), pixels


@pytest.mark.parametrize(
    ("text", "gaps", "expected"),
    [
        ("ongkirtiktok", [6], "ongkir tiktok"),
        ("tiktok", [], "tiktok"),
        ("tiktok", [1], "tiktok"),  # no word is one letter
        ("abcdef", [1, 2, 3, 4, 5], "abcdef"),
    ],
)
def test_blanks_where_the_pixels_have_a_gap(text, gaps, expected):
    read = spaced(*line(text, gaps))
    assert read.text == expected
    assert len(read.text) == len(read.places) == len(read.sure)


def test_box_of_a_part():
    read = Read(
        LineBox(100, 50, 200, 20, 0.0), "ab tiktok", tuple((at + 0.5) / 9 for at in range(9)), (1.0,) * 9
    )
    left, top, right, bottom = read.edges(3, 9)
    assert 50 < left < 80
    assert right == pytest.approx(200, abs=1)
    assert (top, bottom) == (40, 60)


def test_box_of_a_turned_line_holds_it():
    left, top, right, bottom = Read(LineBox(100, 100, 100, 20, 45.0), "ab", (0.1, 0.9), (1.0, 1.0)).edges(
        0, 2
    )
    assert right - left == pytest.approx(bottom - top)
    assert right - left > 70
