"""A gap keeps a place from counting as looked at only where it lies there, or on the whole record."""

from __future__ import annotations

import pytest

from crawler.history.looked import concerns

HERE = {"visits": {3}, "stage": "cart"}
GAP = {"message": "gap.frame", "reader": None, "gap_visit": None, "gap_stage": None}


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        ({"gap_visit": 3}, True),
        ({"gap_visit": 4}, False),
        ({"gap_stage": "cart"}, True),
        ({"gap_stage": "payment"}, False),
        ({}, True),
        ({"gap_visit": 9, "message": "gap.log-cut"}, True),
        ({"gap_visit": 9, "reader": "wire"}, True),
        ({"gap_visit": 9, "reader": "ocr"}, False),
    ],
)
def test_what_a_gap_concerns(gap, expected):
    assert concerns(**GAP | gap, **HERE) is expected
