"""Words that stand in a page's pixels and that no page text explains, read by Tesseract.

What is read are the boxes of pictures, canvases, SVG, backgrounds and the like, or the whole page where its
text was not captured. A reader that is missing or breaks gives a record that says so: an empty result always
means that the pixels were looked at.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pytesseract

from crawler.derive import sheets
from crawler.derive.base import cached
from crawler.derive.payments import Frames
from crawler.errors import ArtifactMissing, BadPicture, ReaderError
from crawler.lib.images import PixelBox, to_css
from crawler.lib.text import fold
from crawler.model.evidence import Box, Record, TextRecord, TileMap

if TYPE_CHECKING:
    from PIL import Image

    from crawler.derive.sheets import Piece, Sheet
    from crawler.model.evidence import Visit
    from crawler.store.bundle import Bundle

VERSION = 3  # of this reader: raise it whenever the same pixels may give other words
LANGUAGES = ("eng", "ind")
# Source: measured on 16 labelled pages, November 2026: telling strokes from larger shapes, this finds 24 of
# 38 names in pictures and raises no false alarm. Page layouts other than sparse text (11) were not compared.
CONFIG = "--psm 11"
UNSEEN_FACTS = ("stopped_early", "images_incomplete", "foreign_frames_error")  # of the scroll pass
MOST_FRAME_TILES = 30  # capture takes no more tiles of foreign frames: with so many there may have been more
SHEET_TIMEOUT_S = 120
WORKERS = 2
_PASSES = (("dark", sheets.dark_strokes), ("light", sheets.light_strokes))


class Word(Record):
    """One word as it was read: confidence 0 to 1, box in CSS px of the page."""

    text: str
    confidence: float
    box: Box


class Line(Record):
    """Words that stand in one line. `text` joins them with blanks; `found_by` names the pass."""

    text: str
    confidence: float
    box: Box
    words: tuple[Word, ...]
    found_by: str


class PixelText(Record):
    """What the pixels of one page say.

    `status` is `read` only if all there was to read was read; then no lines mean no words. `partly` means
    that there was too much, that pictures lie beyond the tiles, or that the page was not caught whole (see
    `_missed`); `failed` that it could not be looked at, with the kind of error and why. `whole_page` says
    that page text was missing and everything was read.
    """

    status: Literal["read", "partly", "failed"]
    error: str = ""
    message: str = ""
    lines: tuple[Line, ...] = ()
    regions: int = 0
    whole_page: bool = False
    engine: str = ""

    @property
    def testable(self) -> bool:
        """Say whether the absence of a word means anything."""
        return self.status == "read"


def pixel_text(bundle: Bundle, visit: int, page: int = 1) -> PixelText:
    """Return the words in the pixels of a page, from the cache if they were read before.

    Args:
        bundle: The sealed bundle.
        visit: Ordinal of the visit.
        page: Number of the page within the visit.
    """
    try:
        record = _visit(bundle, visit)
        tiles = _artifact(record, page, "tiles")
        text = _artifact(record, page, "text", needed=False)
        frames = _artifact(record, page, "frames", needed=False)
        engine = tesseract()
        inputs = {
            "engine": engine,
            "version": str(VERSION),
            "tiles": bundle.sha256(tiles),
            "text": bundle.sha256(text) if text else "",
            "frames": bundle.sha256(frames) if frames else "",
        }
        return cached(
            bundle, "ocr", inputs, PixelText, lambda: _read_page(bundle, tiles, text, frames, engine)
        )
    except (ReaderError, BadPicture, ArtifactMissing) as error:
        return PixelText(status="failed", error=type(error).__name__, message=error.message)


def _visit(bundle: Bundle, ordinal: int) -> Visit:
    for visit in bundle.run.visits:
        if visit.ordinal == ordinal:
            return visit
    raise ArtifactMissing(f"The bundle {bundle.root} has no visit {ordinal}.")


def tesseract() -> str:
    """Return the version of Tesseract with the languages that are read.

    Raises:
        ReaderError: Tesseract or one of the languages is missing.
    """
    return _tesseract(pytesseract.pytesseract.tesseract_cmd)


@cache
def _tesseract(command: str) -> str:
    hint = "Install Tesseract with Indonesian and English, or run: pantau doctor"
    try:
        version = pytesseract.get_tesseract_version()
        there = set(pytesseract.get_languages())
    except (pytesseract.TesseractNotFoundError, pytesseract.TesseractError, OSError, SystemExit) as error:
        raise ReaderError(f"Tesseract ({command}) is not there or does not start.", hint=hint) from error
    if missing := [language for language in LANGUAGES if language not in there]:
        raise ReaderError(f"Tesseract lacks the language {', '.join(missing)}.", hint=hint)
    return f"tesseract {version} {'+'.join(LANGUAGES)} {CONFIG}"


def _artifact(visit: Visit, page: int, kind: str, *, needed: bool = True) -> str:
    for artifact in visit.artifacts:
        if artifact.kind == kind and artifact.page == page:
            return artifact.path
    if needed:
        raise ArtifactMissing(f"Visit {visit.ordinal} has no {kind} of page {page}.")
    return ""


def _read_page(bundle: Bundle, tiles_path: str, text: str, frames: str, engine: str) -> PixelText:
    tiles = bundle.record(tiles_path, TileMap)
    boxes = _media(bundle, text, frames) if text else None
    whole: Box = (0.0, 0.0, tiles.page_width, tiles.page_height)
    wanted = sheets.regions([whole] if boxes is None else boxes, (tiles.page_width, tiles.page_height))
    pieces, cut_short = sheets.cut(wanted, tiles, lambda path: bundle.read(_tile(tiles_path, path)))
    shown = all(sheets.covered(box, tiles) for box in wanted)
    missed = cut_short or not shown or _missed(tiles, boxes or [])
    return PixelText(
        status="partly" if missed else "read",
        lines=_read(pieces),
        regions=len(wanted),
        whole_page=boxes is None,
        engine=engine,
    )


def _missed(tiles: TileMap, boxes: list[Box]) -> bool:
    """Say whether a page's pictures do not show all of it.

    The page went on, or there are no tiles; the scroll pass ended early or left pictures unloaded; frames of
    other processes stayed blank; or a box that scrolls within the page holds pictures that no tile shows.
    """
    facts = tiles.scroll_pass
    if tiles.truncated or not tiles.tiles or any(facts.get(name) for name in UNSEEN_FACTS):
        return True
    if facts.get("foreign_frame_tiles") == MOST_FRAME_TILES:
        return True
    page = (tiles.page_width, tiles.page_height)
    return bool(facts.get("inner_scroller")) and any(sheets.beyond(box, page) for box in boxes)


def _tile(tiles_path: str, path: str) -> str:
    return path if path.startswith("data/") else f"{tiles_path.rpartition('/')[0]}/{path}"


def _media(bundle: Bundle, text: str, frames: str) -> list[Box] | None:
    """Return the boxes that page text does not explain; none if all of the page must be read.

    Frames that were there and could not be read are pixels like any picture.
    """
    record = bundle.record(text, TextRecord)
    boxes = [node.box for node in record.media]
    if record.unread:
        known = bundle.record(frames, Frames).root if frames else ()
        unread = [frame.box for frame in known if frame.url in record.unread and frame.box]
        if not unread:
            return None
        boxes += unread
    return None if record.truncated else boxes


class _Job(NamedTuple):
    name: str
    sheet: Sheet


def _read(pieces: tuple[Piece, ...]) -> tuple[Line, ...]:
    os.environ["OMP_THREAD_LIMIT"] = "1"  # idle threads that spin cost four times the work itself
    jobs = [_Job(name, sheet) for name, treat in _PASSES for sheet in sheets.pack(pieces, treat)]
    with ThreadPoolExecutor(WORKERS) as pool:  # each waits for a process of its own
        lines = [line for found in pool.map(_read_sheet, jobs) for line in found]
    return tuple(sorted(_once(lines), key=lambda line: (line.box[1], line.box[0], line.text, line.found_by)))


def _once(lines: list[Line]) -> list[Line]:
    """Keep the surest of the lines that say the same at the same place: several passes read every piece."""
    kept: dict[str, list[Line]] = {}
    for line in sorted(lines, key=lambda line: (-line.confidence, line.box, line.found_by)):
        alike = kept.setdefault(fold(line.text), [])
        if not any(_overlap(line.box, other.box) for other in alike):
            alike.append(line)
    return [line for alike in kept.values() for line in alike]


def _overlap(one: Box, other: Box) -> bool:
    across = one[0] < other[0] + other[2] and other[0] < one[0] + one[2]
    return across and one[1] < other[1] + other[3] and other[1] < one[1] + one[3]


def _read_sheet(job: _Job) -> list[Line]:
    data = _image_to_data(job.sheet.picture)
    rows: dict[tuple[int, int, int], list[tuple[str, float, PixelBox]]] = {}
    for index, text in enumerate(data["text"]):
        confidence = float(data["conf"][index])
        if text.strip() and confidence >= 0:
            left, top = data["left"][index], data["top"][index]
            box = (left, top, left + data["width"][index], top + data["height"][index])
            row = (data["block_num"][index], data["par_num"][index], data["line_num"][index])
            rows.setdefault(row, []).append((text.strip(), round(confidence / 100, 4), box))
    return [line for words in rows.values() for line in _lines(words, job)]


def _image_to_data(picture: Image.Image) -> dict[str, list[Any]]:
    try:
        found: dict[str, list[Any]] = pytesseract.image_to_data(
            picture,
            lang="+".join(LANGUAGES),
            config=CONFIG,
            timeout=SHEET_TIMEOUT_S,
            output_type=pytesseract.Output.DICT,
        )
    except (RuntimeError, OSError) as error:  # TesseractError and the timeout are RuntimeErrors
        raise ReaderError(f"Tesseract broke while it read a picture: {error}") from error
    return found


def _lines(words: list[tuple[str, float, PixelBox]], job: _Job) -> list[Line]:
    """Return what was read in one row of a sheet, for each piece it runs over and each place of the piece."""
    lines = []
    for piece, x, y in job.sheet.pieces:
        within = [word for word in words if _centre_in(word[2], piece, x, y)]
        for place in piece.places if within else ():
            placed = tuple(
                Word(text=text, confidence=confidence, box=_on_page(box, piece.scale, place, x, y))
                for text, confidence, box in within
            )
            lines.append(_line(placed, job.name))
    return lines


def _line(words: tuple[Word, ...], found_by: str) -> Line:
    left, top = min(word.box[0] for word in words), min(word.box[1] for word in words)
    right = max(word.box[0] + word.box[2] for word in words)
    bottom = max(word.box[1] + word.box[3] for word in words)
    return Line(
        text=" ".join(word.text for word in words),
        confidence=min(word.confidence for word in words),
        box=(left, top, round(right - left, 2), round(bottom - top, 2)),
        words=words,
        found_by=found_by,
    )


def _centre_in(box: PixelBox, piece: Piece, x: int, y: int) -> bool:
    across, down = (box[0] + box[2]) / 2 - x, (box[1] + box[3]) / 2 - y
    return 0 <= across <= piece.picture.width and 0 <= down <= piece.picture.height


def _on_page(box: PixelBox, scale: float, place: Box, x: int, y: int) -> Box:
    moved = (box[0] - x, box[1] - y, box[2] - x, box[3] - y)
    found = to_css(moved, scale, origin=(place[0], place[1]))
    return (round(found[0], 2), round(found[1], 2), round(found[2], 2), round(found[3], 2))
