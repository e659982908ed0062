"""Boxes `(x, y, w, h)`: where something lies on a page or on a picture.

The unit stands in the type: CSS px of the document of a page, or px of a picture. `x` and `y` are the upper
left corner; in JSON a box is the list of its four numbers.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from pydantic_core import core_schema

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CssBox", "ImageBox", "around", "keep_surest", "overlap"]


def _four(kind: type[tuple[Any, ...]], side: core_schema.CoreSchema) -> core_schema.CoreSchema:
    """Return the schema of a box. A page has thousands: `tuple.__new__` takes half the time of `_make`."""
    sides = core_schema.tuple_schema([side] * 4)
    return core_schema.no_info_after_validator_function(partial(tuple.__new__, kind), sides)


class _CssSides(NamedTuple):
    x: float
    y: float
    w: float
    h: float


class _ImageSides(NamedTuple):
    x: int
    y: int
    w: int
    h: int


class CssBox(_CssSides):
    """A box in CSS px of the document of a page, or of one frame of it."""

    __slots__ = ()

    @property
    def right(self) -> float:
        """Where it ends on the right, in CSS px."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """Where it ends below, in CSS px."""
        return self.y + self.h

    @property
    def area(self) -> float:
        """Its area in square CSS px."""
        return self.w * self.h

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle, in CSS px."""
        return self.x + self.w / 2, self.y + self.h / 2

    def holds(self, x: float, y: float) -> bool:
        """Say whether a point lies in it; its edges belong to it."""
        return self.x <= x <= self.right and self.y <= y <= self.bottom

    def to_image(self, scale: float, *, origin: tuple[float, float] = (0.0, 0.0)) -> ImageBox:
        """Return the image px that it touches.

        Args:
            scale: Image px for one CSS px.
            origin: Where the picture's upper left corner lies on the page, in CSS px.
        """
        left, top = (self.x - origin[0]) * scale, (self.y - origin[1]) * scale
        return ImageBox.between(
            math.floor(left),
            math.floor(top),
            math.ceil(left + self.w * scale),
            math.ceil(top + self.h * scale),
        )

    @classmethod
    def schema_of(cls, side: core_schema.CoreSchema) -> core_schema.CoreSchema:
        """Return how a box is read from JSON, for pydantic: four numbers, each as `side` says."""
        return _four(cls, side)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        return cls.schema_of(core_schema.float_schema())


class ImageBox(_ImageSides):
    """A box in px of a picture, or of a piece of one."""

    __slots__ = ()

    @classmethod
    def between(cls, left: int, top: int, right: int, bottom: int) -> ImageBox:
        """Return the box with these edges, in px of the picture."""
        return cls(left, top, right - left, bottom - top)

    @property
    def right(self) -> int:
        """Where it ends on the right, in px."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """Where it ends below, in px."""
        return self.y + self.h

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom, as Pillow cuts."""
        return self.x, self.y, self.right, self.bottom

    def within(self, size: tuple[int, int]) -> ImageBox | None:
        """Return the part that lies in a picture of this width and height; None if no pixel does."""
        left, top = max(0, self.x), max(0, self.y)
        right, bottom = min(size[0], self.right), min(size[1], self.bottom)
        return ImageBox.between(left, top, right, bottom) if left < right and top < bottom else None

    def to_css(self, scale: float, *, origin: tuple[float, float] = (0.0, 0.0)) -> CssBox:
        """Return it in CSS px of the page; the reverse of `CssBox.to_image`."""
        return CssBox(self.x / scale + origin[0], self.y / scale + origin[1], self.w / scale, self.h / scale)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        return _four(cls, core_schema.int_schema())


def overlap(one: CssBox | ImageBox, other: CssBox | ImageBox) -> bool:
    """Say whether two boxes of one unit share any of their area; edges that touch share none."""
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.bottom, other.bottom) - max(one.y, other.y)
    return across > 0 and down > 0


def around(first: CssBox, *others: CssBox) -> CssBox:
    """Return the smallest box that holds all of these."""
    boxes = (first, *others)
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    return CssBox(left, top, right - left, bottom - top)


class _Sure(Protocol):
    """Something that was found at a place, and how surely."""

    @property
    def confidence(self) -> float: ...

    @property
    def box(self) -> CssBox | ImageBox: ...


SureT = TypeVar("SureT", bound=_Sure)


def keep_surest(found: Iterable[SureT]) -> list[SureT]:
    """Return of what shares a place the surest, from top to bottom."""
    kept: list[SureT] = []
    for each in sorted(found, key=lambda each: (-each.confidence, each.box)):
        if not any(overlap(each.box, other.box) for other in kept):
            kept.append(each)
    return sorted(kept, key=lambda each: (each.box.y, each.box.x))
