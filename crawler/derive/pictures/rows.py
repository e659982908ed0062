"""A row of words as a reader read it in one piece, and where a span of its text stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from crawler.lib.images import PixelBox


class Row(NamedTuple):
    """Words in one row of a piece: text, confidence 0 to 1, box in px of the piece; and by which look."""

    words: tuple[tuple[str, float, PixelBox], ...]
    found_by: str

    @property
    def text(self) -> str:
        """The words, joined with blanks."""
        return " ".join(word for word, _, _ in self.words)

    def sure(self, start: int, end: int) -> float:
        """Return how sure the least sure word is that a span of the text touches, 0 to 1."""
        found, position = [], 0
        for word, sure, _ in self.words:
            if position < end and position + len(word) > start:
                found.append(sure)
            position += len(word) + 1
        return min(found)

    def boxes(self, start: int, end: int) -> list[PixelBox]:
        """Return the boxes of a span of the text; of a long word only the part, its signs taken as equal."""
        boxes, position = [], 0
        for word, _, (left, top, right, bottom) in self.words:
            if position < end and position + len(word) > start:
                step = (right - left) / len(word)
                first, last = max(0, start - position), min(len(word), end - position)
                boxes.append((round(left + first * step), top, round(left + last * step), bottom))
            position += len(word) + 1
        return boxes
