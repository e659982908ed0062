"""The social medium's logo in pixels: shapes that stand out, each put before a small classifier.

The classifier is `logo.onnx` beside this file, trained by `tests/bench/brand/train.py` from packaged icons.
It knows the note in any colour; notes of music and other brands' marks it was shown as such.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from crawler.derive.inference import compiled, openvino
from crawler.derive.sheets import ICON_EDGE
from crawler.errors import ReaderError
from crawler.model.evidence import Box, Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.derive.sheets import Piece
    from crawler.lib.images import PixelBox

    Grey = np.ndarray[Any, np.dtype[np.uint8]]
    Floats = np.ndarray[Any, np.dtype[np.float32]]

VERSION = 1  # raise it whenever the same pixels may give other logos
MODEL = "logo.onnx"
SIDE = 32  # px of the square that the classifier takes
MARGIN = 0.12  # around a shape, in parts of its longer side
SMALLEST, LARGEST = 9, 150  # px of a shape at one px for a CSS px
ASPECT = (0.62, 1.35)  # width by height: drawings of the note are 0.8 to 1
FILL = (0.1, 0.9)  # part of its box that a shape fills
AROUND_PX, STEP = 61, 14  # a pixel stands out by this much from the mean of so many around it
WHITE, BLACK = 232, 48
BATCH = 256

# Source: the dev pages of `make bench-brand`, November 2026: the least at which no shape was mistaken there.
DOUBTFUL, SURE = 0.8, 0.95


class Mark(Record):
    """A logo in pixels: how sure, 0 to 1, and its box in CSS px of the page."""

    confidence: float
    box: Box

    @property
    def sure(self) -> bool:
        """Say whether it decides, or is for a person to look at."""
        return self.confidence >= SURE


def find(pieces: Sequence[Piece]) -> list[tuple[tuple[float, PixelBox], ...]]:
    """Return the logos in each piece: how sure, and the box in px of the piece; what is doubtful too.

    Raises:
        ReaderError: the classifier does not start.
    """
    boxes: list[tuple[int, Box]] = []
    squares: list[Floats] = []
    for at, piece in enumerate(pieces):
        grey = np.asarray(piece.picture.convert("L"))
        for box in _candidates(grey, piece):
            boxes.append((at, box))
            squares.append(square(grey, box))
    found: list[list[tuple[float, PixelBox]]] = [[] for _ in pieces]
    for (at, box), score in sorted(
        zip(boxes, scores(squares), strict=True), key=lambda pair: (-pair[1], pair[0])
    ):
        edges = (round(box[0]), round(box[1]), round(box[0] + box[2]), round(box[1] + box[3]))
        if score >= DOUBTFUL and not any(_meet(edges, other) for _, other in found[at]):
            found[at].append((round(score, 4), edges))
    return [tuple(each) for each in found]


def _candidates(grey: Grey, piece: Piece) -> list[Box]:
    """Return the shapes of a piece in its own px; all of a small piece is one."""
    size = (max(1, round(grey.shape[1] / piece.scale)), max(1, round(grey.shape[0] / piece.scale)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA) if piece.scale != 1 else grey
    by = piece.scale
    found = [(x * by, y * by, w * by, h * by) for x, y, w, h in proposals(np.asarray(small, np.uint8))]
    if max(size) <= LARGEST and ASPECT[0] <= size[0] / size[1] <= ASPECT[1]:
        edge = ICON_EDGE * by
        found.append((edge, edge, grey.shape[1] - 2 * edge, grey.shape[0] - 2 * edge))
    return found


def _meet(one: PixelBox, other: PixelBox) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])


def proposals(grey: Grey) -> list[Box]:
    """Return the boxes of shapes that stand out, `(x, y, w, h)`, at one px for a CSS px."""
    mean = cv2.blur(grey, (AROUND_PX, AROUND_PX)).astype(np.int16)
    apart = grey.astype(np.int16) - mean
    found: dict[tuple[int, int, int, int], None] = {}
    for map_ in (apart > STEP, apart < -STEP, grey >= WHITE, grey <= BLACK):
        _, _, facts, _ = cv2.connectedComponentsWithStats(map_.astype(np.uint8), connectivity=8)
        x, y, width, height, area = facts[1:].T
        longer = np.maximum(width, height)
        shape = width / np.maximum(height, 1)
        full = area / np.maximum(width * height, 1)
        fits = (longer >= SMALLEST) & (longer <= LARGEST) & (shape >= ASPECT[0]) & (shape <= ASPECT[1])
        fits &= (full >= FILL[0]) & (full <= FILL[1])
        for at in np.flatnonzero(fits):
            found[int(x[at]), int(y[at]), int(width[at]), int(height[at])] = None
    return [(float(x), float(y), float(w), float(h)) for x, y, w, h in found]


def square(grey: Grey, box: Box) -> Floats:
    """Return a square around a box as the classifier takes it: zero mean, unit spread, edges repeated."""
    x, y, width, height = box
    side = max(width, height) * (1 + 2 * MARGIN)
    scale = SIDE / side
    left, top = x + width / 2 - side / 2, y + height / 2 - side / 2
    if scale < 1:  # shrink by area first: thin lines must not fall between the samples
        edge = (int(np.floor(left)) - 1, int(np.floor(top)) - 1)
        end = (int(np.ceil(left + side)) + 1, int(np.ceil(top + side)) + 1)
        cut = _padded(grey, edge, end)
        small = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        across, down = (left - edge[0]) * scale, (top - edge[1]) * scale
        moved = np.array([[1.0, 0.0, -across], [0.0, 1.0, -down]])
        shown = cv2.warpAffine(small, moved, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    else:
        moved = np.array([[scale, 0.0, -left * scale], [0.0, scale, -top * scale]])
        shown = cv2.warpAffine(grey, moved, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    values = np.asarray(shown, np.float32)
    normal: Floats = (values - values.mean()) / max(float(values.std()), 4.0)
    return normal


def _padded(grey: Grey, start: tuple[int, int], end: tuple[int, int]) -> Any:
    left, top = max(0, start[0]), max(0, start[1])
    right, bottom = min(grey.shape[1], end[0]), min(grey.shape[0], end[1])
    return cv2.copyMakeBorder(
        grey[top:bottom, left:right],
        top - start[1],
        end[1] - bottom,
        left - start[0],
        end[0] - right,
        cv2.BORDER_REPLICATE,
    )


def scores(squares: Sequence[Floats]) -> list[float]:
    """Return for each square how sure the classifier is that it shows the logo, 0 to 1."""
    given = [np.stack(squares[at : at + BATCH])[:, None] for at in range(0, len(squares), BATCH)]
    return [float(score) for batch in given for score in _classifier().infer([batch])[0][:, 0]]


@cache
def _classifier() -> Any:
    """Return the classifier, loaded once a process.

    Raises:
        ReaderError: the runtime does not start.
    """
    try:
        model = resources.files("crawler.derive").joinpath(MODEL).read_bytes()
        return compiled(openvino().Core().read_model(model))
    except (ImportError, OSError, RuntimeError) as error:
        raise ReaderError(
            f"The logo classifier does not start: {error}", hint="Run .ci/setup again"
        ) from error
