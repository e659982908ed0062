"""Brand names and logos in one plain picture, such as a screenshot from a phone: no page, no text to go by.

What a CSS px is must be guessed: from the height of the lines in a few windows of the picture.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from crawler.derive.pictures import looks, ppocr, sheets
from crawler.derive.pictures.sheets import READ_SCALE, Piece
from crawler.errors import BadPicture
from crawler.lib.images import MAX_IMAGE_PIXELS, PixelBox, clip, to_pixels
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.derive.pictures.brand import Hit, Terms
    from crawler.derive.pictures.logos import Mark
    from crawler.derive.pictures.looks import Engines

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
MAX_BYTES = 200_000_000
# Source: text of 13 to 16 CSS px, as shops set it, gives lines of some 22 px where PP-OCR finds it.
LINE_CSS_PX = 22.0
SMALL_SHARE = 0.3  # the line that counts: of ten the third smallest, so that small print stays legible
WINDOW_PX, WINDOWS = 640, (0.1, 0.4, 0.7, 0.95)
ENOUGH_LINES = 4
SCALES = (0.75, 4.0)
ROUNDS, REFINED = 3, 1.15
# Blank parts are not read: blocks whose pixels hardly differ, and that lie apart from others.
BLOCK_PX, DIFFERS = 12, 14


class PictureHit(Record):
    """A brand in a picture. `box` is `(x, y, w, h)` in px of the picture.

    Doubtful logos are left out: a picture gives nothing to weigh them by. `again` holds what the second
    reader read there.
    """

    kind: Literal["text", "logo"]
    text: str
    grade: str
    confidence: float
    box: tuple[int, int, int, int]
    again: tuple[str, ...] = ()


class PictureHits(Record):
    """What one picture shows: its size, the px that were taken for one CSS px, the readers, the hits."""

    path: str
    width: int
    height: int
    scale: float
    engine: str
    second_engine: str
    hits: tuple[PictureHit, ...]


def look(path: Path, terms: Terms) -> PictureHits:
    """Return the brand names and logos in a picture file.

    Raises:
        BadPicture: it is no picture, damaged or too large.
        ReaderError: no reader is there.
    """
    picture = opened(path)
    found = looks.engines()
    pixels: Pixels = np.asarray(picture)
    scale = guessed_scale(pixels, found)
    pieces = [piece for box in blocks(pixels, scale) for piece in _pieces(picture, box, scale)]
    seen = looks.look(pieces, terms, found)
    texts = [_text(hit, scale) for line in seen.lines for hit in line.hits]
    marks = [_mark(mark, scale) for mark in seen.marks if mark.sure]
    return PictureHits(
        path=str(path), width=picture.width, height=picture.height, scale=round(scale, 2), engine=found.first,
        second_engine=found.second, hits=(*_apart(texts), *marks),
    )  # fmt: skip


def _text(hit: Hit, scale: float) -> PictureHit:
    return PictureHit(
        kind="text",
        text=hit.text,
        grade=hit.grade,
        confidence=hit.confidence,
        box=_px(hit.box, scale),
        again=hit.again,
    )


def _mark(mark: Mark, scale: float) -> PictureHit:
    sure = round(mark.confidence, 2)
    return PictureHit(kind="logo", text="", grade="sure", confidence=sure, box=_px(mark.box, scale))


def opened(path: Path) -> Image.Image:
    """Return a picture file as RGB, on white where it is transparent.

    Raises:
        BadPicture: it is no picture, damaged or too large; says which.
    """
    hint = "Give a PNG, JPEG or WebP file."
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadPicture(f"{path} is too large to read: more than {MAX_BYTES // 10**6} MB.", hint=hint)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is below
            picture = Image.open(io.BytesIO(path.read_bytes()), formats=FORMATS)
            if picture.width * picture.height > MAX_IMAGE_PIXELS:
                raise BadPicture(
                    f"{path} is {picture.width}x{picture.height} px, too large to read.", hint=hint
                )
            shown = picture.convert("RGBA")
    except (
        OSError,
        UnidentifiedImageError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombError,
    ) as error:
        raise BadPicture(f"{path} cannot be read as a picture: {error}.", hint=hint) from error
    white = Image.new("RGBA", shown.size, "white")
    white.alpha_composite(shown)
    return white.convert("RGB")


def guessed_scale(pixels: Pixels, found: Engines) -> float:
    """Return the px of a picture that make one CSS px, from the height of its lines; 1 without lines."""
    if not found.second:  # without the first reader there is nothing that finds lines
        return (
            1.0
            if pixels.shape[1] >= pixels.shape[0] or pixels.shape[1] > 1_300
            else max(1.0, pixels.shape[1] / 400)
        )
    scale = 1.0
    for _ in range(ROUNDS):  # large letters are found too low: look again as they would be at one px
        small = cv2.resize(pixels, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
        by = _line_height(np.asarray(small, np.uint8)) / LINE_CSS_PX
        scale = min(SCALES[1], max(SCALES[0], scale * by))
        if by < REFINED:
            break
    return scale


def _line_height(pixels: Pixels) -> float:
    """Return how high small lines of text are in a picture, in px; as at scale 1 where there are too few."""
    heights = sorted(
        strip.height
        for window in _windows(pixels)
        for strip in ppocr.reader().find(window)
        if strip.width > 1.5 * strip.height
    )
    return heights[int(SMALL_SHARE * len(heights))] if len(heights) >= ENOUGH_LINES else LINE_CSS_PX


def _windows(pixels: Pixels) -> Iterator[Pixels]:
    """Yield parts of a picture that are looked at first, from top to bottom, padded to full windows."""
    height, width = pixels.shape[:2]
    side = min(WINDOW_PX, max(width, 32)), min(WINDOW_PX, max(height, 32))
    for share in WINDOWS[: max(1, height // side[1])]:
        top = round(share * max(0, height - side[1]))
        left = max(0, (width - side[0]) // 2)
        window: Pixels = np.full((WINDOW_PX, WINDOW_PX, 3), 255, np.uint8)
        part = pixels[top : top + WINDOW_PX, left : left + WINDOW_PX]
        window[: part.shape[0], : part.shape[1]] = part
        yield window


def blocks(pixels: Pixels, scale: float) -> tuple[tuple[float, float, float, float], ...]:
    """Return the boxes of a picture that are not blank, `(x, y, w, h)` in CSS px."""
    height, width = pixels.shape[:2]
    size = max(1, round(width / scale)), max(1, round(height / scale))
    grey = cv2.cvtColor(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    kernel = np.ones((3, 3), np.uint8)
    edges = (cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, kernel) > DIFFERS).astype(np.uint8)
    across, down = -(-size[0] // BLOCK_PX), -(-size[1] // BLOCK_PX)
    padded = np.zeros((down * BLOCK_PX, across * BLOCK_PX), np.uint8)
    padded[: size[1], : size[0]] = edges
    busy = padded.reshape(down, BLOCK_PX, across, BLOCK_PX).max((1, 3))
    wide = cv2.dilate(busy, np.ones((3, 5), np.uint8))
    _, _, facts, _ = cv2.connectedComponentsWithStats(wide, connectivity=4)
    boxes = [tuple(float(value) * BLOCK_PX for value in row[:4]) for row in facts[1:]]
    page = (float(size[0]), float(size[1]))
    return sheets.regions([(x, y, w, h) for x, y, w, h in boxes], page)


def _pieces(picture: Image.Image, box: tuple[float, float, float, float], scale: float) -> Iterator[Piece]:
    """Yield a block as pieces at the scale that is read, cut where it is too large for one."""
    for strip in sheets.strips(box):
        _, _, width, height = strip
        area = clip(to_pixels(strip, scale), picture.size)
        if area:
            taken = picture.crop(area)
            size = max(1, round(width * READ_SCALE)), max(1, round(height * READ_SCALE))
            yield Piece(taken, READ_SCALE, (strip,), sheets.key(taken), size)


def _px(box: tuple[float, float, float, float], scale: float) -> tuple[int, int, int, int]:
    x, y, width, height = (round(value * scale) for value in box)
    return x, y, width, height


def _apart(hits: list[PictureHit]) -> list[PictureHit]:
    """Keep the best hit of each place: pieces overlap."""
    kept: list[PictureHit] = []
    for hit in sorted(hits, key=lambda hit: (-hit.confidence, hit.box)):
        if not any(_meet(hit.box, other.box) for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: (hit.box[1], hit.box[0]))


def _meet(one: PixelBox, other: PixelBox) -> bool:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    return across > 0 and min(one[1] + one[3], other[1] + other[3]) > max(one[1], other[1])
