"""Words and logos in a page's pixels that no page text explains, with the brand names among the words.

What is read are the boxes of pictures, canvases, SVG, backgrounds and the like, and what stands out beyond
them and the page's text; or the whole page where its text was not captured, or all of it on demand. Each
piece is read once per content: by PP-OCR, whose hits Tesseract reads again, or by Tesseract alone where
PP-OCR is not installed. A reader that is missing or breaks gives a record that says so: an empty result
always means that the pixels were looked at.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING, Literal, NamedTuple

from crawler.derive import brand, logos, ppocr, sheets, tesseract, unexplained, vector_marks
from crawler.derive.base import keep, kept, recall, remember
from crawler.derive.brand import NOTHING, Hit, Terms
from crawler.derive.key import machine_key
from crawler.derive.logos import Mark
from crawler.derive.payments import Frames
from crawler.errors import ArtifactMissing, BadPicture, ReaderError
from crawler.lib.images import clip, open_png, to_css
from crawler.lib.text import fold
from crawler.model.evidence import Box, Record, TextRecord, TileMap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from PIL import Image

    from crawler.derive.sheets import Piece, Row
    from crawler.errors import CrawlerError
    from crawler.lib.images import PixelBox
    from crawler.lib.text import Match
    from crawler.model.evidence import Visit
    from crawler.store.bundle import Bundle

VERSION = 6  # of this reader: raise it whenever the same pixels may give other words
UNSEEN_FACTS = ("stopped_early", "images_incomplete", "foreign_frames_error")  # of the scroll pass
MOST_FRAME_TILES = 30  # capture takes no more tiles of foreign frames: with so many there may have been more
CLEAR_PX = 12.0  # CSS px from which on a logo's pixels are clear
LEGIBLE, LETTERS = 0.8, 3  # a word read so surely, of so many letters, is no logo
TOUCHING = 4  # letters at either side of a name that are read again with it, to see whether a blank was lost
WORKERS = 2
WORTH_WORKERS = 6  # pages below which starting processes costs more than they save
TOGETHER = 8  # pages that are read before the second reader is started for all of them

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


class _Boxes(Record):
    """Boxes of a page, as they are kept."""

    boxes: tuple[Box, ...]


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
    (read,) = pixel_texts(bundle, [(visit, page)], terms=terms, mode=mode)
    return read


def pixel_texts(
    bundle: Bundle, pages: Sequence[tuple[int, int]], *, terms: Terms = NOTHING, mode: Mode = "media"
) -> list[PixelText]:
    """Return the words in the pixels of some pages, as `pixel_text` does, for less than one by one.

    The second reader looks at all that the first found in one run: starting it costs more than reading.

    Args:
        bundle: The sealed bundle.
        pages: Ordinal of the visit, and number of the page within it.
        terms: Names whose places are read a second time.
        mode: `media` reads what page text does not explain; `full` reads every pixel.
    """
    read = [_begun(bundle, visit, page, terms, mode) for visit, page in pages]
    begun = [each for each in read if isinstance(each, _Begun)]
    try:
        seen = iter(_seen([each.look for each in begun]))
    except ReaderError as error:
        if len(pages) > 1:  # let it cost no more pages than it must
            return [pixel_text(bundle, visit, page, terms=terms, mode=mode) for visit, page in pages]
        return [_failed(error)]
    return [_ended(bundle, each, next(seen)) if isinstance(each, _Begun) else each for each in read]


class _Begun(NamedTuple):
    """A page that the first reader has read: what it is filed under, its result but for what pixels show."""

    inputs: dict[str, str]
    result: PixelText
    look: _Look


def _begun(bundle: Bundle, visit: int, page: int, terms: Terms, mode: Mode) -> PixelText | _Begun:
    """Return the result of a page where there is one already, else what the first reader saw."""
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
        read = kept(bundle, "ocr", inputs, PixelText)
        return read or _Begun(inputs, *_read_page(bundle, tiles, text, frames, found, terms=terms, mode=mode))
    except (ReaderError, BadPicture, ArtifactMissing) as error:
        return _failed(error)


def _ended(bundle: Bundle, begun: _Begun, seen: Seen) -> PixelText:
    marks = joined(begun.result.marks, seen.marks)
    result = begun.result.model_copy(update={"lines": seen.lines, "marks": marks})
    keep(bundle, "ocr", begun.inputs, result)
    return result


def _failed(error: CrawlerError) -> PixelText:
    return PixelText(status="failed", error=type(error).__name__, message=error.message)


def read_ahead(
    bundle: Bundle, *, terms: Terms = NOTHING, mode: Mode = "media", workers: int = WORKERS
) -> None:
    """Read all pages of a bundle, so that the cache has them; many in worker processes of one thread each.

    A machine that keeps no cache gains nothing and is left to read each page when it is asked for.
    """
    pages = [(visit.ordinal, artifact.page) for visit in bundle.run.visits for artifact in visit.artifacts
             if artifact.kind == "tiles" and visit.reached]  # fmt: skip
    if machine_key() is None:
        return
    alone = len(pages) < WORTH_WORKERS or workers < 2
    most = TOGETHER if alone else min(TOGETHER, -(-len(pages) // workers))
    parts = [(bundle, pages[at : at + most], terms, mode) for at in range(0, len(pages), most)]
    if alone:
        list(map(_read_part, parts))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(_read_part, parts))


def _read_part(asked: tuple[Bundle, list[tuple[int, int]], Terms, Mode]) -> None:
    bundle, pages, terms, mode = asked
    pixel_texts(bundle, pages, terms=terms, mode=mode)


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
) -> tuple[PixelText, _Look]:
    tiles = bundle.record(tiles_path, TileMap)
    record = bundle.record(text, TextRecord) if text else None
    opened = _opener(bundle, tiles_path)
    boxes = _media(bundle, record, frames) if record else None
    whole: Box = (0.0, 0.0, tiles.page_width, tiles.page_height)
    all_of_it = boxes is None or mode == "full"
    beyond = [] if all_of_it else _unexplained(record, boxes or [], tiles, opened)
    wanted = sheets.regions(
        [whole] if all_of_it else [*(boxes or []), *beyond], (tiles.page_width, tiles.page_height)
    )
    pieces, cut_short = sheets.cut(wanted, tiles, opened)
    pieces = sheets.unshared(pieces, _fields(record))
    shown = all(sheets.covered(box, tiles) for box in wanted)
    missed = cut_short or not shown or _missed(tiles, boxes or [])
    result = PixelText(
        status="partly" if missed else "read",
        marks=tuple(_drawn(record)),
        regions=len(wanted),
        whole_page=all_of_it,
        engine=found.first,
        second_engine=found.second,
    )
    return result, _look(pieces, terms, found)


def _opener(bundle: Bundle, tiles_path: str) -> Callable[[str], Image.Image]:
    """Return what opens a page's tiles as RGB, each once.

    It raises `BadPicture` where a tile cannot be decoded.
    """

    @cache
    def opened(path: str) -> Image.Image:
        picture = open_png(bundle.read(_tile(tiles_path, path)))
        return picture if picture.mode == "RGB" else picture.convert("RGB")

    return opened


def _unexplained(
    record: TextRecord | None, boxes: list[Box], tiles: TileMap, opened: Callable[[str], Image.Image]
) -> tuple[Box, ...]:
    """Return the boxes that may hold letters though neither text nor picture is known there."""
    texts = [box for node in (record.nodes if record else ()) if node.visible for box in node.boxes]
    known = [*boxes, *texts]
    inputs = {
        "tiles": ",".join(tile.sha256 for tile in tiles.tiles),
        "known": hashlib.blake2b(repr(known).encode()).hexdigest(),
        "version": str(unexplained.VERSION),
    }
    found = recall("unexplained", inputs, _Boxes)
    if found is None:
        pictures = [opened(tile.path) for tile in tiles.tiles]
        found = _Boxes(boxes=unexplained.boxes(known, tiles, pictures))
        remember("unexplained", inputs, found)
    return found.boxes


def _drawn(record: TextRecord | None) -> list[Mark]:
    """Return the logos among the vector drawings of a page."""
    if record is None or not record.drawings:
        return []
    sure = list(vector_marks.look(record.drawings).values())
    return [
        Mark(confidence=sure[node.drawing], box=node.box, shown_by="drawing")
        for node in record.media
        if node.drawing is not None and sure[node.drawing] >= logos.DOUBTFUL
    ]


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


class _Spot(NamedTuple):
    """A name in a row of a piece, and what a second reading of it says, or the pixels to read again.

    `inputs` is what the reading is filed under: none where it is not kept.
    """

    at: int
    order: int
    match: Match
    grade: brand.Grade | None
    inputs: dict[str, str] | None = None
    readings: tuple[str, ...] = ()
    crop: Image.Image | None = None


class _Look(NamedTuple):
    """What the first reader saw in pieces; no pixels but those that are read again."""

    laid: tuple[tuple[float, tuple[Box, ...]], ...]  # scale and places of each piece
    shown: list[_Rows]
    spots: list[_Spot]
    second: bool


def look(pieces: Sequence[Piece], terms: Terms, found: Engines) -> Seen:
    """Return the lines and logos in pieces of a picture."""
    (seen,) = _seen([_look(pieces, terms, found)])
    return seen


def _look(pieces: Sequence[Piece], terms: Terms, found: Engines) -> _Look:
    shown = _rows(pieces, found)
    spots = [
        _spot(pieces[at], at, order, found, match=match, grade=grade, row=_row(words))
        for at, each in enumerate(shown)
        for order, words in enumerate(each.rows)
        for match, grade in brand.matches(_text(_row(words)), terms)
    ]
    laid = tuple((piece.scale, piece.places) for piece in pieces)
    return _Look(laid, shown, spots, bool(found.second))


def _seen(looks: Sequence[_Look]) -> list[Seen]:
    """Return what stands in the pieces of each look, its names read a second time."""
    again = iter(_again([spot for each in looks for spot in each.spots]))
    return [_lines_and_marks(each, [next(again) for _ in each.spots]) for each in looks]


def _lines_and_marks(look: _Look, again: list[tuple[str, ...]]) -> Seen:
    made = _lines(look, again)
    marks = [
        Mark(confidence=sure, box=_on_page(box, scale, place))
        for (scale, places), each in zip(look.laid, look.shown, strict=True)
        for sure, box in each.marks
        for place in places
    ]
    return Seen(lines=made, marks=tuple(mark for mark in _single(marks) if not _lettered(mark, made)))


def _single(marks: list[Mark]) -> list[Mark]:
    """Keep the surest of the logos at one place, from top to bottom."""
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (-mark.confidence, mark.box)):
        if not any(_overlap(mark.box, other.box) for other in kept):
            kept.append(mark)
    return sorted(kept, key=lambda mark: (mark.box[1], mark.box[0]))


def joined(drawn: Sequence[Mark], shown: Sequence[Mark]) -> tuple[Mark, ...]:
    """Return the logos of a page: those drawn with geometry, those shown by pixels, each place once.

    What geometry alone tells is doubtful where pixels are clear enough to show it and do not.
    """
    told = [
        mark
        if max(mark.box[2:]) < CLEAR_PX or any(_overlap(mark.box, other.box) for other in shown)
        else mark.model_copy(update={"confidence": logos.DOUBTFUL})
        for mark in drawn
    ]
    return tuple(_single([*told, *shown]))


def _lettered(mark: Mark, made: tuple[Line, ...]) -> bool:
    """Say whether a shape is a letter of a word that was read."""
    return any(
        _overlap(mark.box, word.box)
        for line in made
        for word in line.words
        if word.confidence >= LEGIBLE and len(word.text) >= LETTERS and mark.box[3] <= word.box[3] * 1.2
    )


def _lines(look: _Look, again: list[tuple[str, ...]]) -> tuple[Line, ...]:
    """Return the lines in pieces of a picture, from top to bottom, with the names that stand in them."""
    hits: dict[tuple[int, int], list[tuple[PixelBox, Hit]]] = {}
    for spot, readings in zip(look.spots, again, strict=True):
        row, match = _row(look.shown[spot.at].rows[spot.order]), spot.match
        said = brand.second(readings, match.spelling, touched=spot.grade is None) if look.second else "none"
        final = brand.settled(spot.grade, said, _text(row), match)
        if final:
            sure = min(row.words[index][1] for index in _indices(row, match.start, match.end))
            hit = Hit(
                start=match.start, end=match.end, text=match.text, spelling=match.spelling, grade=final,
                confidence=brand.confidence(sure, final, said), box=(0, 0, 0, 0), again=readings, second=said,
            )  # fmt: skip
            box = brand.around(_boxes(row, match.start, match.end), margin=0)
            hits.setdefault((spot.at, spot.order), []).append((box, hit))
    made = [
        _line(_row(words), scale, place, hits.get((at, order), []))
        for at, (scale, places) in enumerate(look.laid)
        for order, words in enumerate(look.shown[at].rows)
        for place in places
    ]
    return tuple(sorted(_once(made), key=lambda line: (line.box[1], line.box[0], line.text, line.found_by)))


def _row(kept: tuple[str, tuple[tuple[str, float, tuple[int, int, int, int]], ...]]) -> Row:
    return sheets.Row(kept[1], kept[0])


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
    size = f"{piece.scale} {piece.read_size}"
    return {"engine": engine, "version": versions, "piece": piece.key, "scale": size}


def _spot(
    piece: Piece, at: int, order: int, found: Engines, *, match: Match, grade: brand.Grade | None, row: Row
) -> _Spot:
    """Return a name in a piece with what was read there before, else with the pixels to be read again."""
    area = clip(_area(row, match), piece.read_size) if found.second else None
    if not area:
        return _Spot(at, order, match, grade)
    inputs = {**_content(piece, found.second), "area": str(area)} if piece.key else None
    known = recall("ocr-again", inputs, _Readings) if inputs else None
    if known:
        return _Spot(at, order, match, grade, inputs, known.readings)
    return _Spot(at, order, match, grade, inputs, crop=piece.picture.crop(area))


def _again(spots: Sequence[_Spot]) -> list[tuple[str, ...]]:
    """Return what the second reader reads at each place."""
    new = {at: spot.crop for at, spot in enumerate(spots) if spot.crop}
    fresh = dict(zip(new, tesseract.reread(list(new.values())), strict=True))
    for at, readings in fresh.items():
        if inputs := spots[at].inputs:
            remember("ocr-again", inputs, _Readings(readings=readings))
    return [fresh.get(at, spot.readings) for at, spot in enumerate(spots)]


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


def _boxes(row: Row, start: int, end: int) -> list[PixelBox]:
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
    return brand.around(_boxes(row, start, end))


def _line(row: Row, scale: float, place: Box, hits: Iterable[tuple[PixelBox, Hit]]) -> Line:
    words = tuple(
        Word(text=text, confidence=sure, box=_on_page(box, scale, place)) for text, sure, box in row.words
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
        hits=tuple(hit.model_copy(update={"box": _on_page(box, scale, place)}) for box, hit in hits),
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
