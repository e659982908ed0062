"""Lines of text in a picture: where they stand, how they were read, and where their blanks are."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from crawler.lib.lazy import LazyPackage

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]
else:
    np = LazyPackage("numpy")

LINE_PX = 48  # height of a line as the reading network takes it
# A line whose letters stand apart is found letter by letter: pieces not wider than this, with gaps up to
# that, in heights, belong together.
SHORT, GAP, LEVEL = 2.6, 1.5, 0.35

# PP-OCR drops the blanks between words. One stands where no ink is for this part of the line's height, and
# for so many times what is usual between two letters of the line.
SHORT_WORDS = frozenset({"di", "ke", "by", "in", "on", "of", "to", "rp", "no", "ml", "kg", "pt"})
BLANK, BLANK_TIMES, INK = 0.11, 1.5, 0.2
FEW = 0.05  # of a column's pixels: the darkest and the lightest of them may be specks


class LineBox(NamedTuple):
    """Where a line of text stands in a picture: centre, width, height in px, angle in degrees."""

    x: float
    y: float
    width: float
    height: float
    angle: float


@dataclass(frozen=True)
class Read:
    """A line as it was read: for each sign its place along the line, 0 to 1, and how sure it is."""

    strip: LineBox
    text: str
    places: tuple[float, ...]
    sure: tuple[float, ...]

    @property
    def confidence(self) -> float:
        """How sure the reading is on the whole, 0 to 1."""
        return sum(self.sure) / len(self.sure) if self.sure else 0.0

    def edges(self, start: int, end: int) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom in px of the picture around the signs from start to end."""
        half = 0.6 * self.strip.height / max(self.strip.width, 1.0)
        left = max(0.0, self.places[start] - half) - 0.5
        right = min(1.0, self.places[end - 1] + half) - 0.5
        turn = math.radians(self.strip.angle)
        corners = [
            (
                self.strip.x
                + along * self.strip.width * math.cos(turn)
                - down * self.strip.height * math.sin(turn),
                self.strip.y
                + along * self.strip.width * math.sin(turn)
                + down * self.strip.height * math.cos(turn),
            )
            for along in (left, right)
            for down in (-0.5, 0.5)
        ]
        across, down = [x for x, _ in corners], [y for _, y in corners]
        return min(across), min(down), max(across), max(down)


def joined(strips: Sequence[LineBox]) -> list[LineBox]:
    """Return the strips with the short level ones that follow each other put together: spaced letters."""
    level = sorted(strip for strip in strips if abs(strip.angle) <= 3 and strip.width <= SHORT * strip.height)
    rows: list[list[LineBox]] = []
    for strip in level:
        row = next((row for row in rows if _follows(row[-1], strip)), None)
        if row:
            row.append(strip)
        else:
            rows.append([strip])
    alone = {strip for row in rows if len(row) < 3 for strip in row}
    wide = [strip for strip in strips if strip not in level or strip in alone]
    return [*wide, *(_together(row) for row in rows if len(row) >= 3)]


def _follows(one: LineBox, other: LineBox) -> bool:
    height = min(one.height, other.height)
    gap = (other.x - other.width / 2) - (one.x + one.width / 2)
    alike = max(one.height, other.height) <= 1.6 * height and abs(one.y - other.y) <= LEVEL * height
    return alike and -height / 2 <= gap <= GAP * height


def _together(row: list[LineBox]) -> LineBox:
    left, right = min(s.x - s.width / 2 for s in row), max(s.x + s.width / 2 for s in row)
    top, bottom = min(s.y - s.height / 2 for s in row), max(s.y + s.height / 2 for s in row)
    return LineBox((left + right) / 2, (top + bottom) / 2, right - left, bottom - top, 0.0)


def spaced(read: Read, pixels: Pixels) -> Read:
    """Return a line with blanks where its pixels show a gap between two letters."""
    ink, at = _ink(pixels), [round(place * pixels.shape[1]) for place in read.places]
    runs = [_longest_gap(ink[one:other]) for one, other in itertools.pairwise(at)]
    usual = sorted(runs)[len(runs) // 2] if runs else 0
    wide = max(BLANK * LINE_PX, BLANK_TIMES * (usual + 1))
    breaks = _breaks(read.text, [index + 1 for index, run in enumerate(runs) if run >= wide])
    text, places, sure = "", list[float](), list[float]()
    for index, sign in enumerate(read.text):
        if index in breaks:
            text += " "
            places.append((read.places[index - 1] + read.places[index]) / 2)
            sure.append(min(read.sure[index - 1], read.sure[index]))
        text += sign
        places.append(read.places[index])
        sure.append(read.sure[index])
    return Read(read.strip, text, tuple(places), tuple(sure))


def _breaks(text: str, gaps: list[int]) -> set[int]:
    """Return the gaps that are no blank yet and leave no scrap of one or two letters that is no word."""
    known = {0, len(text), *gaps}
    known |= {edge for index, sign in enumerate(text) if sign == " " for edge in (index, index + 1)}
    edges = sorted(known)
    alone = {
        edge
        for start, end in itertools.pairwise(edges)
        if end - start <= 2 and text[start:end].isalpha() and text[start:end].casefold() not in SHORT_WORDS
        for edge in (start, end)
    }
    blank = {edge for edge in gaps if " " in text[edge - 1 : edge + 1]}
    return set(gaps) - blank - alone


def _ink(pixels: Pixels) -> list[bool]:
    """Return for each column of a line whether something is written there."""
    middle = np.sort(pixels[LINE_PX // 12 : -LINE_PX // 12].sum(2, np.int16), axis=0) / 3
    few = round(FEW * (len(middle) - 1))
    spread = middle[-1 - few] - middle[few]
    written: list[bool] = (spread > INK * max(float(np.percentile(spread, 90)), 24.0)).tolist()
    return written


def _longest_gap(ink: Sequence[bool]) -> int:
    longest = run = 0
    for written in ink:
        run = 0 if written else run + 1
        longest = max(longest, run)
    return longest
