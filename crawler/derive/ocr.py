"""Words and logos in a page's pixels that no page text explains, with the brand names among the words.

What is read are the boxes of pictures, canvases, SVG, backgrounds and the like, or the whole page where its
text was not captured, or all of it on demand. Each piece is read once per content: by PP-OCR, whose hits
Tesseract reads again, or by Tesseract alone where PP-OCR is not installed. A reader that is missing or breaks
gives a record that says so: an empty result always means that the pixels were looked at.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Literal

from crawler.derive import brand, logos, ppocr, sheets, tesseract
from crawler.derive.base import cached, recall, remember
from crawler.derive.brand import NOTHING, Hit, Terms
from crawler.derive.logos import Mark
from crawler.derive.payments import Frames
from crawler.errors import ArtifactMissing, BadPicture, ReaderError
from crawler.lib.images import clip, to_css
from crawler.lib.text import fold
from crawler.model.evidence import Box, Record, TextRecord, TileMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.derive.sheets import Piece, Row
    from crawler.lib.images import PixelBox
    from crawler.lib.text import Match
    from crawler.model.evidence import Visit
    from crawler.store.bundle import Bundle

VERSION = 4  # of this reader: raise it whenever the same pixels may give other words
UNSEEN_FACTS = ("stopped_early", "images_incomplete", "foreign_frames_error")  # of the scroll pass
MOST_FRAME_TILES = 30  # capture takes no more tiles of foreign frames: with so many there may have been more
LEGIBLE, LETTERS = 0.8, 3  # a word read so surely, of so many letters, is no logo
TOUCHING = 4  # letters at either side of a name that are read again with it, to see whether a blank was lost
WORKERS = 2
WORTH_WORKERS = 6  # pages below which starting processes costs more than they save

Mode = Literal["media", "full"]


class Word(Record):
    """One word as it was read: confidence 0 to 1, box in CSS px of the page."""

    text: str
    confidence: float
    box: Box


class Line(Record):
    """Words that stand in one line. `text` joins them with blanks; `found_by` names reader or pass."""

    text: str
    confidence: float
    box: Box
    words: tuple[Word, ...]
    found_by: str
    hits: tuple[Hit, ...] = ()


class PixelText(Record):
    """What the pixels of one page say.

    `status` is `read` only if all there was to read was read; then no lines mean no words. `partly` means
    that there was too much, that pictures lie beyond the tiles, or that the page was not caught whole (see
    `_missed`); `failed` that it could not be looked at, with the kind of error and why. `whole_page` says
    that everything was read, since page text was missing or since it was asked for. `second_engine` is empty
    where one reader stood alone: then fewer names are found.
    """

    status: Literal["read", "partly", "failed"]
    error: str = ""
    message: str = ""
    lines: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()
    regions: int = 0
    whole_page: bool = False
    engine: str = ""
    second_engine: str = ""

    @property
    def testable(self) -> bool:
        """Say whether the absence of a word means anything."""
        return self.status == "read"


class Engines(Record):
    """The readers of a page; `second` is empty where Tesseract stands alone."""

    first: str
    second: str = ""


class _Rows(Record):
    """What one piece shows, as it is kept: words and logos, with confidence and box in px of the piece."""

    rows: tuple[tuple[str, tuple[tuple[str, float, tuple[int, int, int, int]], ...]], ...]
    marks: tuple[tuple[float, tuple[int, int, int, int]], ...]


class _Readings(Record):
    """Second readings of one crop, as they are kept."""

    readings: tuple[str, ...]


def pixel_text(
    bundle: Bundle, visit: int, page: int = 1, *, terms: Terms = NOTHING, mode: Mode = "media"
) -> PixelText:
    """Return the words in the pixels of a page, from the cache if they were read before.

    Args:
        bundle: The sealed bundle.
        visit: Ordinal of the visit.
        page: Number of the page within the visit.
        terms: Names whose places are read a second time.
        mode: `media` reads what page text does not explain; `full` reads every pixel.
    """
    try:
        record = _visit(bundle, visit)
        tiles = _artifact(record, page, "tiles")
        text = _artifact(record, page, "text", needed=False)
        frames = _artifact(record, page, "frames", needed=False)
        found = engines()
        inputs = {
            "engines": found.model_dump_json(),
            "version": str(VERSION),
            "terms": repr(terms),
            "mode": mode,
            "tiles": bundle.sha256(tiles),
            "text": bundle.sha256(text) if text else "",
            "frames": bundle.sha256(frames) if frames else "",
        }
        return cached(
            bundle,
            "ocr",
            inputs,
            PixelText,
            lambda: _read_page(bundle, tiles, text, frames, found, terms=terms, mode=mode),
        )
    except (ReaderError, BadPicture, ArtifactMissing) as error:
        return PixelText(status="failed", error=type(error).__name__, message=error.message)


def read_ahead(
    bundle: Bundle, *, terms: Terms = NOTHING, mode: Mode = "media", workers: int = WORKERS
) -> None:
    """Read all pages of a bundle in worker processes of one thread each, so that the cache has them.

    Few pages are not worth the start of a process, and a machine without a cache gains nothing.
    """
    pages = [(visit.ordinal, artifact.page) for visit in bundle.run.visits for artifact in visit.artifacts
             if artifact.kind == "tiles" and visit.reached]  # fmt: skip
    if len(pages) < WORTH_WORKERS or workers < 2:
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(_read_one, [(bundle, visit, page, terms, mode) for visit, page in pages]))


def _read_one(asked: tuple[Bundle, int, int, Terms, Mode]) -> None:
    bundle, visit, page, terms, mode = asked
    pixel_text(bundle, visit, page, terms=terms, mode=mode)


def engines() -> Engines:
    """Return the readers that this machine has.

    Raises:
        ReaderError: not even Tesseract is there.
    """
    second = tesseract.engine()
    try:
        return Engines(first=ppocr.engine(), second=second)
    except ReaderError:
        return Engines(first=second)


def _visit(bundle: Bundle, ordinal: int) -> Visit:
    for visit in bundle.run.visits:
        if visit.ordinal == ordinal:
            return visit
    raise ArtifactMissing(f"The bundle {bundle.root} has no visit {ordinal}.")


def _artifact(visit: Visit, page: int, kind: str, *, needed: bool = True) -> str:
    for artifact in visit.artifacts:
        if artifact.kind == kind and artifact.page == page:
            return artifact.path
    if needed:
        raise ArtifactMissing(f"Visit {visit.ordinal} has no {kind} of page {page}.")
    return ""


def _read_page(
    bundle: Bundle, tiles_path: str, text: str, frames: str, found: Engines, *, terms: Terms, mode: Mode
) -> PixelText:
    tiles = bundle.record(tiles_path, TileMap)
    record = bundle.record(text, TextRecord) if text else None
    boxes = _media(bundle, record, frames) if record else None
    whole: Box = (0.0, 0.0, tiles.page_width, tiles.page_height)
    all_of_it = boxes is None or mode == "full"
    wanted = sheets.regions([whole] if all_of_it else boxes or [], (tiles.page_width, tiles.page_height))
    pieces, cut_short = sheets.cut(wanted, tiles, lambda path: bundle.read(_tile(tiles_path, path)))
    pieces = sheets.unshared(pieces, _fields(record))
    shown = all(sheets.covered(box, tiles) for box in wanted)
    missed = cut_short or not shown or _missed(tiles, boxes or [])
    read = look(pieces, terms, found)
    return PixelText(
        status="partly" if missed else "read",
        lines=read.lines,
        marks=read.marks,
        regions=len(wanted),
        whole_page=all_of_it,
        engine=found.first,
        second_engine=found.second,
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


def _fields(record: TextRecord | None) -> list[Box]:
    """Return the boxes of filled fields: what a person typed there is read, and kept with the bundle only."""
    return [node.box for node in record.media if node.element == "input"] if record else []


def _media(bundle: Bundle, record: TextRecord, frames: str) -> list[Box] | None:
    """Return the boxes that page text does not explain; none if all of the page must be read.

    Frames that were there and could not be read are pixels like any picture.
    """
    boxes = [node.box for node in record.media]
    if record.unread:
        known = bundle.record(frames, Frames).root if frames else ()
        unread = [frame.box for frame in known if frame.url in record.unread and frame.box]
        if not unread:
            return None
        boxes += unread
    return None if record.truncated else boxes


# --- lines ---------------------------------------------------------------------------------------------


class Seen(Record):
    """What stands in pieces of a picture: lines with the names in them and logos, from top to bottom."""

    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]


def look(pieces: Sequence[Piece], terms: Terms, found: Engines) -> Seen:
    """Return the lines and logos in pieces of a picture."""
    kept = _rows(pieces, found)
    rows = [tuple(sheets.Row(words, by) for by, words in each.rows) for each in kept]
    made = _lines(pieces, rows, terms, found)
    marks = [
        Mark(confidence=sure, box=_on_page(box, piece.scale, place))
        for piece, each in zip(pieces, kept, strict=True)
        for sure, box in each.marks
        for place in piece.places
    ]
    return Seen(lines=made, marks=tuple(mark for mark in _single(marks) if not _lettered(mark, made)))


def _single(marks: list[Mark]) -> list[Mark]:
    """Keep the surest of the logos at one place, from top to bottom."""
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (-mark.confidence, mark.box)):
        if not any(_overlap(mark.box, other.box) for other in kept):
            kept.append(mark)
    return sorted(kept, key=lambda mark: (mark.box[1], mark.box[0]))


def _lettered(mark: Mark, made: tuple[Line, ...]) -> bool:
    """Say whether a shape is a letter of a word that was read."""
    return any(
        _overlap(mark.box, word.box)
        for line in made
        for word in line.words
        if word.confidence >= LEGIBLE and len(word.text) >= LETTERS and mark.box[3] <= word.box[3] * 1.2
    )


def _lines(
    pieces: Sequence[Piece], read: Sequence[tuple[Row, ...]], terms: Terms, found: Engines
) -> tuple[Line, ...]:
    """Return the lines in pieces of a picture, from top to bottom, with the names that stand in them."""
    spots = [
        (at, order, match, grade)
        for at, rows in enumerate(read)
        for order, row in enumerate(rows)
        for match, grade in brand.matches(_text(row), terms)
    ]
    again = _again([(pieces[at], _area(read[at][order], match)) for at, order, match, _ in spots], found)
    hits: dict[tuple[int, int], list[tuple[PixelBox, Hit]]] = {}
    for (at, order, match, grade), readings in zip(spots, again, strict=True):
        row = read[at][order]
        said = brand.second(readings, match.spelling, touched=grade is None) if found.second else "none"
        final = brand.settled(grade, said, _text(row), match)
        if final:
            sure = min(row.words[index][1] for index in _indices(row, match.start, match.end))
            hit = Hit(
                start=match.start, end=match.end, text=match.text, spelling=match.spelling, grade=final,
                confidence=brand.confidence(sure, final, said), box=(0, 0, 0, 0), again=readings, second=said,
            )  # fmt: skip
            box = brand.around(_spot(row, match.start, match.end), margin=0)
            hits.setdefault((at, order), []).append((box, hit))
    made = [
        _line(row, piece, place, hits.get((at, order), []))
        for at, piece in enumerate(pieces)
        for order, row in enumerate(read[at])
        for place in piece.places
    ]
    return tuple(sorted(_once(made), key=lambda line: (line.box[1], line.box[0], line.text, line.found_by)))


def _rows(pieces: Sequence[Piece], found: Engines) -> list[_Rows]:
    """Look at each piece, or recall what it showed in any bundle before."""
    inputs = [_content(piece, found.first) for piece in pieces]
    known = [
        recall("ocr-rows", each, _Rows) if piece.key else None
        for piece, each in zip(pieces, inputs, strict=True)
    ]
    new = [at for at, kept in enumerate(known) if kept is None]
    lettered = [at for at in new if sheets.wide(pieces[at].places[0])]
    reader = ppocr if found.second else tesseract
    rows = dict(zip(lettered, reader.rows([pieces[at] for at in lettered]) if lettered else (), strict=True))
    marks = logos.find([pieces[at] for at in new])
    for at, seen in zip(new, marks, strict=True):
        kept = _Rows(rows=tuple((row.found_by, row.words) for row in rows.get(at, ())), marks=seen)
        known[at] = kept
        if pieces[at].key:
            remember("ocr-rows", inputs[at], kept)
    return [kept for kept in known if kept is not None]


def _content(piece: Piece, engine: str) -> dict[str, str]:
    versions = f"{VERSION} {logos.VERSION}"
    return {"engine": engine, "version": versions, "piece": piece.key, "scale": str(piece.scale)}


def _again(spots: Sequence[tuple[Piece, PixelBox]], found: Engines) -> list[tuple[str, ...]]:
    """Read some places a second time; nothing where there is no second reader."""
    if not found.second:
        return [()] * len(spots)
    areas = [clip(area, piece.picture.size) for piece, area in spots]
    inputs = [
        {**_content(piece, found.second), "area": str(area)}
        for (piece, _), area in zip(spots, areas, strict=True)
    ]
    known = [
        recall("ocr-again", each, _Readings) if spot[0].key else None
        for spot, each in zip(spots, inputs, strict=True)
    ]
    new = [at for at, readings in enumerate(known) if readings is None and areas[at]]
    fresh = tesseract.reread([spots[at][0].picture.crop(areas[at]) for at in new])
    for at, readings in zip(new, fresh, strict=True):
        kept = _Readings(readings=readings)
        known[at] = kept
        if spots[at][0].key:
            remember("ocr-again", inputs[at], kept)
    return [each.readings if each else () for each in known]


def _text(row: Row) -> str:
    return " ".join(word for word, _, _ in row.words)


def _indices(row: Row, start: int, end: int) -> list[int]:
    """Return the words that a span of a row's text touches."""
    found, position = [], 0
    for index, (word, _, _) in enumerate(row.words):
        if position < end and position + len(word) > start:
            found.append(index)
        position += len(word) + 1
    return found


def _spot(row: Row, start: int, end: int) -> list[PixelBox]:
    """Return the boxes of a span of a row's text; of a long word only the part, its signs taken as equal."""
    boxes, position = [], 0
    for word, _, (left, top, right, bottom) in row.words:
        if position < end and position + len(word) > start:
            step = (right - left) / len(word)
            first, last = max(0, start - position), min(len(word), end - position)
            boxes.append((round(left + first * step), top, round(left + last * step), bottom))
        position += len(word) + 1
    return boxes


def _area(row: Row, match: Match) -> PixelBox:
    """Return what is read again: the name with a margin, and the letters that touch it."""
    text = _text(row)
    start, end = match.start, match.end
    if text[:start].rstrip()[-1:].isalpha() or text[end : end + 1].isalpha():
        start, end = max(0, start - TOUCHING), min(len(text), end + TOUCHING)
    return brand.around(_spot(row, start, end))


def _line(row: Row, piece: Piece, place: Box, hits: Iterable[tuple[PixelBox, Hit]]) -> Line:
    words = tuple(
        Word(text=text, confidence=sure, box=_on_page(box, piece.scale, place))
        for text, sure, box in row.words
    )
    left, top = min(word.box[0] for word in words), min(word.box[1] for word in words)
    right = max(word.box[0] + word.box[2] for word in words)
    bottom = max(word.box[1] + word.box[3] for word in words)
    return Line(
        text=_text(row),
        confidence=min(word.confidence for word in words),
        box=(left, top, round(right - left, 2), round(bottom - top, 2)),
        words=words,
        found_by=row.found_by,
        hits=tuple(hit.model_copy(update={"box": _on_page(box, piece.scale, place)}) for box, hit in hits),
    )


def _on_page(box: PixelBox, scale: float, place: Box) -> Box:
    found = to_css(box, scale, origin=(place[0], place[1]))
    return (round(found[0], 2), round(found[1], 2), round(found[2], 2), round(found[3], 2))


def _once(made: list[Line]) -> list[Line]:
    """Keep the surest of the lines that say the same at the same place: passes and pieces overlap."""
    kept: dict[str, list[Line]] = {}
    for line in sorted(made, key=lambda line: (-line.confidence, line.box, line.found_by)):
        alike = kept.setdefault(fold(line.text), [])
        if not any(_overlap(line.box, other.box) for other in alike):
            alike.append(line)
    return [line for alike in kept.values() for line in alike]


def _overlap(one: Box, other: Box) -> bool:
    across = one[0] < other[0] + other[2] and other[0] < one[0] + one[2]
    return across and one[1] < other[1] + other[3] and other[1] < one[1] + one[3]
