"""A row of words as a reader read it in one piece, and where a span of its text stands."""

from __future__ import annotations

from typing import NamedTuple

from crawler.model.box import ImageBox


class Row(NamedTuple):
    """Words in one row of a piece: text, confidence 0 to 1, box in px of the piece; and by which look."""

    words: tuple[tuple[str, float, ImageBox], ...]
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

    def boxes(self, start: int, end: int) -> list[ImageBox]:
        """Return the boxes of a span of the text; of a long word only the part, its signs taken as equal."""
        boxes, position = [], 0
        for word, _, box in self.words:
            if position < end and position + len(word) > start:
                step = box.w / len(word)
                first, last = max(0, start - position), min(len(word), end - position)
                left, right = round(box.x + first * step), round(box.x + last * step)
                boxes.append(ImageBox.between(left, box.y, right, box.bottom))
            position += len(word) + 1
        return boxes
