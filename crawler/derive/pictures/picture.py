"""Brand names and logos in one plain picture, such as a screenshot from a phone: no page, no text to go by.

What a CSS px is must be guessed: from the height of the lines in a few windows of the picture.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from PIL import Image

from crawler.derive.pictures import looks, ppocr, sheets
from crawler.derive.pictures.picture_file import Frames
from crawler.derive.pictures.sheets import READ_SCALE, Piece
from crawler.errors import BadPicture
from crawler.lib.lazy import LazyPackage
from crawler.model.box import CssBox, ImageBox, keep_surest, overlap
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import cv2
    import numpy as np

    from crawler.derive.pictures.brand import Hit, Terms
    from crawler.derive.pictures.decoder import End, Head
    from crawler.derive.pictures.logos import Mark
    from crawler.derive.pictures.looks import Engines, LinesAndMarks

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]
else:
    cv2 = LazyPackage("cv2")
    np = LazyPackage("numpy")

# Source: text of 13 to 16 CSS px, as shops set it, gives lines of some 22 px where PP-OCR finds it.
LINE_CSS_PX = 22.0
SMALL_SHARE = 0.3  # the line that counts: of ten the third smallest, so that small print stays legible
WINDOW_PX, WINDOWS = 640, (0.1, 0.4, 0.7, 0.95)
ENOUGH_LINES = 4
SCALES = (0.75, 4.0)
ROUNDS, REFINED = 3, 1.15
# Blank parts are not read: blocks whose pixels hardly differ, and that lie apart from others.
BLOCK_PX, DIFFERS = 12, 14
STRIPE_PX = 100 * BLOCK_PX  # rows that are searched for blank parts at a time
TOGETHER_PX = 6_000_000  # pixels of pieces that are read at a time


class PictureHit(Record):
    """A brand in a picture. `box` is `(x, y, w, h)` in px of the picture as a viewer shows it.

    `frames` are the frames or pages it was seen in, from 1. Doubtful logos are left out: a picture gives
    nothing to weigh them by. `again` holds what the second reader read there.
    """

    kind: Literal["text", "logo"]
    text: str
    grade: str
    confidence: float
    box: ImageBox
    again: tuple[str, ...] = ()
    frames: tuple[int, ...] = (1,)


class PictureHits(Record):
    """What one picture shows: its size, the px that were taken for one CSS px, the readers, the hits.

    `looked_at` says how much of the file was looked at, and `reason` why not all of it. Size and scale are
    those of the first frame; where there is none they are 0. `shrunk` is how many px of the file
    made one that was looked at: small print may be lost in a picture that was made smaller.
    """

    path: str
    looked_at: Literal["whole", "partly", "not"]
    reason: str = ""
    frames: int = 0
    frames_looked_at: int = 0
    width: int = 0
    height: int = 0
    scale: float = 0.0
    shrunk: int = 1
    engine: str = ""
    second_engine: str = ""
    hits: tuple[PictureHit, ...] = ()


def look_at_file(path: Path, terms: Terms) -> PictureHits:
    """Return the brand names and logos in a picture file, or why it was not looked at.

    Raises:
        ReaderError: no reader is there.
    """
    found = looks.engines()
    frames = Frames(path)
    try:
        return _looked(frames, terms, found)
    except BadPicture as error:
        return PictureHits(path=str(path), looked_at="not", reason=error.message)


def _looked(frames: Frames, terms: Terms, found: Engines) -> PictureHits:
    """Look at each frame of a file; at those that show the same, once."""
    first: Head | None = None
    hits: list[PictureHit] = []
    known: dict[str, list[PictureHit]] = {}
    scale, size = 1.0, (0, 0)
    for head, pixels in frames:
        if (head.width, head.height) != size:
            scale, size = guessed_scale(pixels, found), (head.width, head.height)
        first = first or head
        content = hashlib.blake2b(pixels.data, digest_size=20).hexdigest()
        if content not in known:
            known[content] = _frame_hits(head, pixels, scale, terms, found)
        hits = _merged(hits, known[content], head.frame)
    end = frames.end
    if first is None or end is None:
        raise BadPicture(f"{frames.path}: it shows nothing.")
    return PictureHits(
        path=str(frames.path),
        looked_at="partly" if _left_out(end) else "whole",
        reason=_left_out(end),
        frames=end.frames,
        frames_looked_at=end.written,
        width=first.shown_width,
        height=first.shown_height,
        scale=round(scale, 2),
        shrunk=max(1, round(first.shown_width / first.width)),
        engine=found.first,
        second_engine=found.second,
        hits=tuple(sorted(hits, key=lambda hit: (hit.frames[0], hit.kind == "logo", hit.box.y, hit.box.x))),
    )


def _left_out(end: End) -> str:
    if end.why:
        return f"{end.written} frames or pages were looked at, the next could not be: {end.why}"
    if end.written < end.frames:
        return f"{end.written} of {end.frames} frames or pages were looked at, spread over all of them"
    return ""


def _frame_hits(head: Head, pixels: Pixels, scale: float, terms: Terms, found: Engines) -> list[PictureHit]:
    """Return the hits in one frame, boxes in px of the frame as it is shown."""
    px = scale * head.shown_width / head.width  # of the frame as it is shown, for one CSS px
    texts: list[PictureHit] = []
    marks: list[PictureHit] = []
    for seen in _looked_at(pixels, scale, terms, found):
        texts += [_text_hit(hit, px) for line in seen.lines for hit in line.hits]
        marks += [_logo_hit(mark, px) for mark in seen.marks if mark.sure]
    return [*keep_surest(texts), *keep_surest(marks)]


def _looked_at(pixels: Pixels, scale: float, terms: Terms, found: Engines) -> Iterator[LinesAndMarks]:
    """Look at the pieces of a frame, as many together as fit in memory."""
    waiting: list[Piece] = []
    waiting_px = 0
    for piece in (piece for box in blocks(pixels, scale) for piece in _pieces(pixels, box, scale)):
        width, height = piece.read_size
        if waiting and waiting_px + width * height > TOGETHER_PX:
            yield looks.look_at_pieces(waiting, terms, found)
            waiting, waiting_px = [], 0
        waiting.append(piece)
        waiting_px += width * height
    if waiting:
        yield looks.look_at_pieces(waiting, terms, found)


def _merged(hits: list[PictureHit], new: list[PictureHit], frame: int) -> list[PictureHit]:
    """Return hits and those of one more frame: what stands at the same place in several is one hit."""
    merged = list(hits)
    for hit in new:
        same = [at for at, other in enumerate(merged) if _alike(hit, other)]
        if not same:
            merged.append(hit.model_copy(update={"frames": (frame,)}))
        for at in same[:1]:
            frames = tuple(sorted({*merged[at].frames, frame}))
            best = max(merged[at], hit, key=lambda each: each.confidence)
            merged[at] = best.model_copy(update={"frames": frames})
    return merged


def _alike(one: PictureHit, other: PictureHit) -> bool:
    return (one.kind, one.text) == (other.kind, other.text) and overlap(one.box, other.box)


def _text_hit(hit: Hit, scale: float) -> PictureHit:
    return PictureHit(
        kind="text",
        text=hit.text,
        grade=hit.grade,
        confidence=hit.confidence,
        box=_to_image_box(hit.box, scale),
        again=hit.again,
    )


def _logo_hit(mark: Mark, scale: float) -> PictureHit:
    sure = round(mark.confidence, 2)
    return PictureHit(kind="logo", text="", grade="sure", confidence=sure, box=_to_image_box(mark.box, scale))


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
        by = _line_height(pixels, scale) / LINE_CSS_PX
        scale = min(SCALES[1], max(SCALES[0], scale * by))
        if by < REFINED:
            break
    return scale


def _line_height(pixels: Pixels, scale: float) -> float:
    """Return how high small lines of text are in a picture brought to 1/`scale`, in px.

    Where there are too few lines it is as high as at scale 1.
    """
    heights = sorted(
        strip.height
        for window in _windows(pixels, scale)
        for strip in ppocr.reader().find(window)
        if strip.width > 1.5 * strip.height
    )
    return heights[int(SMALL_SHARE * len(heights))] if len(heights) >= ENOUGH_LINES else LINE_CSS_PX


def _windows(pixels: Pixels, scale: float) -> Iterator[Pixels]:
    """Yield parts of a picture that are looked at first, from top to bottom, padded to full windows.

    Each is cut before it is scaled: the whole picture, scaled, would be another picture in memory.
    """
    height, width = (max(1, round(side / scale)) for side in pixels.shape[:2])
    side = min(WINDOW_PX, max(width, 32)), min(WINDOW_PX, max(height, 32))
    for share in WINDOWS[: max(1, height // side[1])]:
        top = round(share * max(0, height - side[1]))
        left = max(0, (width - side[0]) // 2)
        size = min(WINDOW_PX, width - left), min(WINDOW_PX, height - top)
        area = CssBox(left, top, *size).to_image(scale)
        part = pixels[area.y : area.bottom, area.x : area.right]
        window: Pixels = np.full((WINDOW_PX, WINDOW_PX, 3), 255, np.uint8)
        window[: size[1], : size[0]] = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        yield window


def blocks(pixels: Pixels, scale: float) -> tuple[CssBox, ...]:
    """Return the boxes of a picture that are not blank, `(x, y, w, h)` in CSS px."""
    height, width = pixels.shape[:2]
    size = max(1, round(width / scale)), max(1, round(height / scale))
    busy = np.concatenate([_busy(pixels, scale, size, top) for top in range(0, size[1], STRIPE_PX)])
    wide = cv2.dilate(busy, np.ones((3, 5), np.uint8))
    _, _, facts, _ = cv2.connectedComponentsWithStats(wide, connectivity=4)
    boxes = [CssBox(*(float(value) * BLOCK_PX for value in row[:4])) for row in facts[1:]]
    page = (float(size[0]), float(size[1]))
    return sheets.regions(boxes, page)


def _busy(pixels: Pixels, scale: float, size: tuple[int, int], top: int) -> Pixels:
    """Return which blocks of a stripe from `top` on are not blank, 1 or 0; `size` is in CSS px."""
    rows = min(STRIPE_PX, size[1] - top)
    first, last = round(top * scale), min(pixels.shape[0], max(1, round((top + rows) * scale)))
    part = cv2.cvtColor(pixels[min(first, last - 1) : last], cv2.COLOR_RGB2GRAY)
    grey = cv2.resize(part, (size[0], rows), interpolation=cv2.INTER_AREA)
    edges = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > DIFFERS
    across, down = -(-size[0] // BLOCK_PX), -(-rows // BLOCK_PX)
    padded = np.zeros((down * BLOCK_PX, across * BLOCK_PX), np.uint8)
    padded[:rows, : size[0]] = edges
    found: Pixels = padded.reshape(down, BLOCK_PX, across, BLOCK_PX).max((1, 3))
    return found


def _pieces(pixels: Pixels, box: CssBox, scale: float) -> Iterator[Piece]:
    """Yield a block as pieces at the scale that is read, cut where it is too large for one."""
    height, width = pixels.shape[:2]
    for strip in sheets.split_region(box):
        area = strip.to_image(scale).within((width, height))
        if area:
            key = sheets.key(_cut(pixels, area))
            size = max(1, round(strip.w * READ_SCALE)), max(1, round(strip.h * READ_SCALE))
            yield Piece(partial(_cut, pixels, area), READ_SCALE, (strip,), key, size)


def _cut(pixels: Pixels, area: ImageBox) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(pixels[area.y : area.bottom, area.x : area.right]))


def _to_image_box(box: CssBox, scale: float) -> ImageBox:
    return ImageBox(*(round(value * scale) for value in box))
