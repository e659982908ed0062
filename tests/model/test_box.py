"""Boxes: where they end, what they share, how they go from a page to its pictures and back, and as JSON."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from crawler.model.box import CssBox, ImageBox, around, keep_surest, overlap

SIDE = st.floats(0, 1_000)
NUMBER = st.floats(-5_000, 50_000)
LENGTH = st.floats(0, 5_000)
BOX = st.builds(CssBox, SIDE, SIDE, SIDE, SIDE)


class Place(BaseModel):
    box: CssBox
    box_px: ImageBox


def test_where_a_box_ends_and_what_it_holds():
    box = CssBox(10, 20, 30, 40)
    assert (box.right, box.bottom, box.area, box.middle) == (40, 60, 1_200, (25, 40))
    assert box.holds(10, 60)
    assert not box.holds(9, 60)


@given(BOX, BOX)
def test_boxes_overlap_each_other_or_not(one, other):
    assert overlap(one, other) == overlap(other, one)


@given(BOX)
def test_a_box_with_an_area_overlaps_itself(box):
    assert overlap(box, box) == (box.right > box.x and box.bottom > box.y)


@pytest.mark.parametrize(
    ("other", "shared"),
    [((10, 0, 5, 10), False), ((9, 9, 5, 5), True), ((5, 5, 0, 0), False), ((-5, -5, 30, 30), True)],
)
def test_edges_that_touch_share_no_area(other, shared):
    assert overlap(CssBox(0, 0, 10, 10), CssBox(*other)) is shared
    assert overlap(ImageBox(0, 0, 10, 10), ImageBox(*other)) is shared


@given(st.lists(BOX, min_size=1))
def test_what_is_around_boxes_reaches_to_their_edges(boxes):
    found = around(*boxes)
    assert (found.x, found.y) == (min(box.x for box in boxes), min(box.y for box in boxes))
    assert found.right == pytest.approx(max(box.right for box in boxes))
    assert found.bottom == pytest.approx(max(box.bottom for box in boxes))


@pytest.mark.parametrize("scale", [1.0, 2.0, 3.0])
def test_to_a_picture_and_back(scale):
    pixels = CssBox(10.0, 2_010.0, 30.0, 40.0).to_image(scale, origin=(0.0, 2_000.0))
    assert pixels.edges == (10 * scale, 10 * scale, 40 * scale, 50 * scale)
    assert pixels.to_css(scale, origin=(0.0, 2_000.0)) == (10.0, 2_010.0, 30.0, 40.0)


@given(st.builds(CssBox, NUMBER, NUMBER, LENGTH, LENGTH), st.sampled_from([1.0, 1.5, 2.0, 3.0]))
def test_pixels_cover_the_box(box, scale):
    back = box.to_image(scale).to_css(scale)
    slack = 1e-6
    assert back.x <= box.x + slack
    assert back.y <= box.y + slack
    assert back.right >= box.right - slack
    assert back.bottom >= box.bottom - slack


@pytest.mark.parametrize(
    ("edges", "seen"),
    [
        ((-5, -5, 5, 5), (0, 0, 5, 5)),
        ((90, 90, 110, 110), (90, 90, 100, 100)),
        ((100, 0, 110, 10), None),
        ((-9, -9, 0, 0), None),
    ],
)
def test_what_of_a_box_lies_in_a_picture(edges, seen):
    found = ImageBox.between(*edges).within((100, 100))
    assert (found and found.edges) == seen


def test_as_json_a_box_is_four_numbers():
    place = Place.model_validate_json('{"box": [1, 2.5, 3, 4], "box_px": [1, 2, 3, 4]}')
    assert (place.box.y, place.box_px.right) == (2.5, 4)
    assert place.model_dump_json() == '{"box":[1.0,2.5,3.0,4.0],"box_px":[1,2,3,4]}'
    assert Place(box=place.box, box_px=place.box_px) == place


@pytest.mark.parametrize("box", ["[1, 2, 3]", "[1, 2, 3, 4, 5]", '[1, 2, 3, "x"]', "{}", "null"])
def test_anything_else_is_no_box(box):
    with pytest.raises(ValidationError):
        Place.model_validate_json(f'{{"box": {box}, "box_px": [1, 2, 3, 4]}}')


def test_of_what_shares_a_place_the_surest_stays_from_top_to_bottom():
    def found(confidence, *sides):
        return SimpleNamespace(confidence=confidence, box=CssBox(*sides))

    low, sure, doubtful = found(0.5, 0, 90, 10, 10), found(0.9, 0, 0, 10, 10), found(0.6, 5, 5, 10, 10)
    assert keep_surest([low, doubtful, sure]) == [sure, low]
