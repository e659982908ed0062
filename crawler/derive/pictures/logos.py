"""The social medium's logo in pixels: shapes that stand out, put before a small classifier, then a larger.

The classifiers are `logo-first.onnx` and `logo.onnx` beside this file, trained by
`tests/bench/brand/train.py` from packaged icons. They know the note in any colour; notes of music and other
brands' marks they were shown as such.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata, resources
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

from crawler.derive.pictures.inference import compiled, openvino, precision
from crawler.derive.pictures.sheets import ICON_EDGE
from crawler.errors import ReaderError
from crawler.lib.lazy import LazyPackage
from crawler.model.box import ImageBox, overlap
from crawler.model.evidence import CssBox, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import cv2
    import numpy as np

    from crawler.derive.pictures.sheets import Piece

    Grey = np.ndarray[Any, np.dtype[np.uint8]]
    Offer = tuple[float, float, float, float]  # x, y, w, h in px of a piece, parts of a px too
    Squares = np.ndarray[Any, np.dtype[np.uint8]]
    Scores = np.ndarray[Any, np.dtype[np.float32]]
else:
    cv2 = LazyPackage("cv2")
    np = LazyPackage("numpy")

VERSION = 4  # raise it whenever the same pixels may give other logos
FIRST, LAST = "logo-first.onnx", "logo.onnx"
SIDE = 32  # px of the square that the classifiers take
MARGIN = 0.12  # around a shape, in parts of its longer side
SMALLEST, LARGEST = 6.0, 150.0  # CSS px of a shape
ASPECT = (0.62, 1.35)  # width by height: drawings of the note are 0.8 to 1
FILL = (0.1, 0.9)  # part of its box that a shape fills
# A pixel stands out by at least the second from the mean of as many CSS px around it as the first says. The
# narrow look finds small shapes, on a plate and on a busy ground too; the wide one, at half size, large ones.
NARROW, WIDE = (17, 24), (49, 14)
WHITE, BLACK = 232, 48
ALIKE = 16  # boxes of one place that differ by less than this part of their longer side are one
MANY = 4_096  # squares in memory
BATCH = 64  # the classifiers take so many squares at a time, no more and no less
# A shape that both classifiers believe in is looked at again, moved and scaled by parts of its longer side.
MOVED = (
    (0.0, 0.0, 1.0),
    (0.0, 0.0, 0.92),
    (0.0, 0.0, 1.1),
    (0.05, 0.0, 1.0),
    (-0.05, 0.0, 1.0),
    (0.0, 0.05, 1.0),
    (0.0, -0.05, 1.0),
)

# Source: the dev pages of `make bench-brand`, November 2026: the least at which no shape was mistaken there.
POSSIBLE, DOUBTFUL, SURE = 0.05, 0.8, 0.9


class Mark(Record):
    """A logo: how sure, 0 to 1, its box in CSS px of the page, and whether pixels or geometry showed it."""

    confidence: float
    box: CssBox
    shown_by: Literal["pixels", "drawing"] = "pixels"

    @property
    def sure(self) -> bool:
        """Say whether it decides, or is for a person to look at."""
        return self.confidence >= SURE


def engine() -> str:
    """Return what knows logos: the classifiers' version, the runtime's and the numbers it computes with."""
    return f"logos {VERSION} openvino {_runtime()} {precision()}"


@cache
def _runtime() -> str:
    try:
        return metadata.version("openvino")
    except metadata.PackageNotFoundError:
        return "missing"


def find_logos(pieces: Sequence[Piece]) -> list[tuple[tuple[float, ImageBox], ...]]:
    """Return the logos in each piece: how sure, and the box in px of the piece; what is doubtful too.

    Raises:
        ReaderError: a classifier does not start.
    """
    if not pieces:
        return []  # mostly all was looked at before, and nothing has to be loaded
    greys: list[Grey] = [np.asarray(piece.picture.convert("L")) for piece in pieces]
    offers = [
        (at, box)
        for at, (grey, piece) in enumerate(zip(greys, pieces, strict=True))
        for box in candidates(grey, piece.scale)
    ]
    for model in (FIRST, LAST):
        likely = _score_offers(model, greys, offers)
        offers = [offers[at] for at in np.flatnonzero(likely >= POSSIBLE)]
    again = _score_offers(LAST, greys, [(at, each) for at, box in offers for each in moved(box)])
    sure = again.reshape(-1, len(MOVED)).mean(1)
    marks: list[list[tuple[float, ImageBox]]] = [[] for _ in pieces]
    for (at, (x, y, w, h)), score in zip(offers, sure, strict=True):
        if score >= DOUBTFUL:
            marks[at].append(
                (round(float(score), 4), ImageBox.between(round(x), round(y), round(x + w), round(y + h)))
            )
    return [_keep_surest(each) for each in marks]


def _score_offers(model: str, greys: Sequence[Grey], offers: Sequence[tuple[int, Offer]]) -> Scores:
    """Return how sure a classifier is of each offer, with few squares in memory at a time."""
    parts = [offers[at : at + MANY] for at in range(0, len(offers), MANY)]
    return np.concatenate(
        [np.empty(0, np.float32), *(score_squares(model, _squares(greys, part)) for part in parts)]
    )


def _squares(greys: Sequence[Grey], offers: Sequence[tuple[int, Offer]]) -> Squares:
    """Return the square of each offer, a box in one of some pictures."""
    found = [np.empty((0, SIDE, SIDE), np.uint8)]
    for at, of_one in groupby(offers, key=itemgetter(0)):
        found.append(cut_squares(greys[at], [box for _, box in of_one]))
    return np.concatenate(found)


def moved(box: Offer) -> Iterator[Offer]:
    """Yield a box and some that lie almost as it does."""
    x, y, width, height = box
    longer = max(width, height)
    for right, down, by in MOVED:
        left, top = x + right * longer + width * (1 - by) / 2, y + down * longer + height * (1 - by) / 2
        yield left, top, width * by, height * by


def _keep_surest(marks: list[tuple[float, ImageBox]]) -> tuple[tuple[float, ImageBox], ...]:
    """Keep the surest of those that meet."""
    kept: list[tuple[float, ImageBox]] = []
    for mark in sorted(marks, reverse=True):
        if not any(overlap(mark[1], other) for _, other in kept):
            kept.append(mark)
    return tuple(kept)


def candidates(grey: Grey, scale: float) -> list[Offer]:
    """Return the boxes of a piece that may hold a logo, `(x, y, w, h)` in its px; a small piece is one."""
    found = proposals(grey, scale)
    height, width = grey.shape
    if max(width, height) <= LARGEST * scale and ASPECT[0] <= width / height <= ASPECT[1]:
        edge = ICON_EDGE * scale
        found.append((edge, edge, width - 2 * edge, height - 2 * edge))
    return found


def proposals(grey: Grey, scale: float) -> list[Offer]:
    """Return the boxes of shapes that stand out, in px of a picture of `scale` px for a CSS px."""
    size = max(1, grey.shape[1] // 2), max(1, grey.shape[0] // 2)
    half: Any = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    found: dict[tuple[int, ...], Offer] = {}
    for map_ in _apart_from(grey, scale, *NARROW):
        _add_boxes(found, map_, scale, 1)
    for map_ in (*_apart_from(half, scale / 2, *WIDE), half >= WHITE, half <= BLACK):
        _add_boxes(found, map_, scale / 2, 2)
    return list(found.values())


def _apart_from(grey: Grey, scale: float, around: float, step: int) -> tuple[Any, Any]:
    """Return where a picture is lighter and where it is darker than what is around."""
    side = 2 * round(around * scale / 2) + 1
    mean = cv2.blur(grey, (side, side))
    return cv2.subtract(grey, mean) > step, cv2.subtract(mean, grey) > step


def _add_boxes(found: dict[tuple[int, ...], Offer], map_: Any, scale: float, by: int) -> None:
    """Add the boxes of what is joined in a map, `by` times as large, but for those nearly as one before."""
    facts = _facts_of_joined(map_.view(np.uint8))
    _, _, width, height, area = facts[1:].T
    longer, shape, full = np.maximum(width, height), width / height, area / (width * height)
    fits = (longer >= SMALLEST * scale) & (longer <= LARGEST * scale)
    fits &= (shape >= ASPECT[0]) & (shape <= ASPECT[1]) & (full >= FILL[0]) & (full <= FILL[1])
    boxes = by * facts[1:, :4][fits]
    step = 1 + np.maximum(boxes[:, 2], boxes[:, 3])[:, None] // ALIKE
    for key, (x, y, w, h) in zip(np.hstack([boxes // step, step]).tolist(), boxes.tolist(), strict=True):
        found.setdefault(tuple(key), (float(x), float(y), float(w), float(h)))


def _facts_of_joined(map_: Any) -> Any:
    """Return box and area of all that is joined in a map, what is nowhere joined first.

    To number it with 16 bits takes a third of the time; where they do not suffice OpenCV says so.
    """
    try:
        _, _, facts, _ = cv2.connectedComponentsWithStats(map_, connectivity=8, ltype=cv2.CV_16U)
    except cv2.error:
        _, _, facts, _ = cv2.connectedComponentsWithStats(map_, connectivity=8, ltype=cv2.CV_32S)
    return facts


def cut_squares(grey: Grey, boxes: Sequence[Offer]) -> Squares:
    """Return a square around each box as the classifiers take it, its edges repeated beyond the picture."""
    found = np.empty((len(boxes), SIDE, SIDE), np.uint8)
    for at, (x, y, width, height) in enumerate(boxes):
        side = max(4, round(max(width, height) * (1 + 2 * MARGIN)))
        left, top = round(x + (width - side) / 2), round(y + (height - side) / 2)
        by = cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR
        cv2.resize(_square_part(grey, left, top, side), (SIDE, SIDE), dst=found[at], interpolation=by)
    return found


def _square_part(grey: Grey, left: int, top: int, side: int) -> Any:
    """Return a square of a picture; what lies beyond looks like the nearest edge."""
    height, width = grey.shape
    left, top = min(max(left, 1 - side), width - 1), min(max(top, 1 - side), height - 1)
    part = grey[max(0, top) : top + side, max(0, left) : left + side]
    if part.shape == (side, side):
        return part
    above, before = max(0, -top), max(0, -left)
    below, after = side - part.shape[0] - above, side - part.shape[1] - before
    return cv2.copyMakeBorder(part, above, below, before, after, cv2.BORDER_REPLICATE)


def normalised(squares: Squares) -> Any:
    """Return squares with zero mean and unit spread each: how bright they are says nothing."""
    values = squares.reshape(len(squares), 1, -1).astype(np.float32)
    values -= values.mean(2, keepdims=True)
    values /= np.maximum(values.std(2, keepdims=True), 4.0)
    return values.reshape(-1, 1, SIDE, SIDE)


def score_squares(model: str, squares: Squares) -> Scores:
    """Return for each square how sure a classifier is that it shows the logo, 0 to 1."""
    filled = np.concatenate([squares, np.zeros((-len(squares) % BATCH, SIDE, SIDE), np.uint8)])
    found = np.empty(len(filled), np.float32)
    for at in range(0, len(filled), BATCH):
        found[at : at + BATCH] = _classifier(model).infer([normalised(filled[at : at + BATCH])])[0][:, 0]
    return found[: len(squares)]


@cache
def _classifier(name: str) -> Any:
    """Return a classifier, loaded once a process.

    Raises:
        ReaderError: the runtime does not start.
    """
    try:
        model = (
            openvino()
            .Core()
            .read_model(resources.files("crawler.derive.pictures").joinpath(name).read_bytes())
        )
        model.reshape([BATCH, 1, SIDE, SIDE])
        return compiled(model)
    except (ImportError, OSError, RuntimeError) as error:
        raise ReaderError(
            f"The logo classifier does not start: {error}", hint="Run .ci/setup again"
        ) from error
