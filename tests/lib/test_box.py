"""Boxes share a place or not, and lie in one that is around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lib.box import area, around, overlap

SIDE = st.floats(0, 1_000)
BOX = st.tuples(SIDE, SIDE, SIDE, SIDE)


@given(BOX, BOX)
def test_boxes_overlap_each_other_or_not(one, other):
    assert overlap(one, other) == overlap(other, one)


@given(BOX)
def test_a_box_with_an_area_overlaps_itself(box):
    assert overlap(box, box) == (box[0] + box[2] > box[0] and box[1] + box[3] > box[1])


@pytest.mark.parametrize(
    ("other", "shared"),
    [((10, 0, 5, 10), False), ((9, 9, 5, 5), True), ((5, 5, 0, 0), False), ((-5, -5, 30, 30), True)],
)
def test_edges_that_touch_share_no_area(other, shared):
    assert overlap((0, 0, 10, 10), other) is shared


@given(st.lists(BOX, min_size=1))
def test_what_is_around_boxes_reaches_to_their_edges(boxes):
    found = around(boxes)
    assert (found[0], found[1]) == (min(box[0] for box in boxes), min(box[1] for box in boxes))
    assert area(found) >= 0


def test_nothing_is_around_nothing():
    assert around([]) is None
