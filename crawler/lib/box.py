"""Boxes `(x, y, w, h)`: where something lies on a page or on a picture, and whether two share a place.

The unit stands in the type: CSS px of the document of a page, or px of a picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CssBox = tuple[float, float, float, float]
ImageBox = tuple[int, int, int, int]


def overlap(one: CssBox | ImageBox, other: CssBox | ImageBox) -> bool:
    """Say whether two boxes of one unit share any of their area; edges that touch share none."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return across > 0 and down > 0


def area(box: CssBox | ImageBox) -> float:
    """Return the area of a box in its unit squared."""
    return box[2] * box[3]


def around(boxes: Iterable[CssBox]) -> CssBox | None:
    """Return the smallest box that holds some boxes; None for none."""
    listed = list(boxes)
    if not listed:
        return None
    left, top = min(box[0] for box in listed), min(box[1] for box in listed)
    right, bottom = max(box[0] + box[2] for box in listed), max(box[1] + box[3] for box in listed)
    return (left, top, right - left, bottom - top)
