"""The look at pieces of a picture: lines with the brand names in them, and logos.

Each piece is looked at once per content. A first reader finds and reads lines; a second one reads the places
of names again, for all pages of a `Reading` in one go, since starting it costs more than reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crawler.derive.cache import find_shared, keep_shared
from crawler.derive.pictures import brand, logos, ppocr, sheets, tesseract
from crawler.derive.pictures.brand import Hit, Terms
from crawler.derive.pictures.logos import Mark
from crawler.derive.pictures.rows import Row
from crawler.errors import ReaderError
from crawler.lib.text import fold
from crawler.model.box import CssBox, ImageBox, around, keep_surest, overlap
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from PIL import Image

    from crawler.derive.pictures.sheets import Piece
    from crawler.lib.text import Match

VERSION = 8  # of these readers: raise it whenever the same pixels may give other words
CLEAR_PX = 12.0  # CSS px from which on a logo's pixels are clear
LEGIBLE, LETTERS = 0.8, 3  # a word read so surely, of so many letters, is no logo
MOST_CROPS = 100  # that the second reader reads in one run
MOST_TOGETHER_PX = 40_000_000  # pixels that are in memory before they are read
TOUCHING = 4  # letters at either side of a name that are read again with it, to see whether a blank was lost


class Word(Record):
    """One word as it was read: confidence 0 to 1, box in CSS px of the page."""

    text: str
    confidence: float
    box: CssBox


class TextLine(Record):
    """Words that stand in one line. `text` joins them with blanks; `found_by` names reader or pass."""

    text: str
    confidence: float
    box: CssBox
    words: tuple[Word, ...]
    found_by: str
    hits: tuple[Hit, ...] = ()


class Engines(Record):
    """The readers of a page, and what knows logos; `second` is empty where Tesseract stands alone."""

    first: str
    second: str = ""
    marks: str = ""


class _Rows(Record):
    """What one piece shows, as it is kept: words and logos, with confidence and box in px of the piece."""

    rows: tuple[tuple[str, tuple[tuple[str, float, ImageBox], ...]], ...]
    marks: tuple[tuple[float, ImageBox], ...]


class _Readings(Record):
    """Second readings of one crop, as they are kept."""

    readings: tuple[str, ...]


def engines() -> Engines:
    """Return the readers that this machine has.

    Raises:
        ReaderError: not even Tesseract is there.
    """
    alone, again = tesseract.engine(), tesseract.engine(tesseract.LINE_CONFIG)
    try:
        return Engines(first=ppocr.engine(), second=again, marks=logos.engine())
    except ReaderError:
        return Engines(first=alone, marks=logos.engine())


class LinesAndMarks(Record):
    """What stands in pieces of a picture: lines with the names in them and logos, from top to bottom."""

    lines: tuple[TextLine, ...]
    marks: tuple[Mark, ...]


class _Spot(NamedTuple):
    """A name in a row of a piece, and what a second reading of it says, or the pixels to read again.

    `inputs` is what the reading is filed under: None where it is not kept.
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

    laid: tuple[tuple[float, tuple[CssBox, ...]], ...]  # scale and places of each piece
    shown: list[_Rows]
    spots: list[_Spot]
    second: bool


class Asked(NamedTuple):
    """The pieces of one page, each with what it showed in any bundle before; `close` lets go of its tiles."""

    pieces: tuple[Piece, ...]
    known: tuple[_Rows | None, ...]
    close: Callable[[], None]

    @property
    def new(self) -> list[Piece]:
        """The pieces that are to be looked at."""
        return [piece for piece, rows in zip(self.pieces, self.known, strict=True) if rows is None]

    @property
    def new_px(self) -> int:
        """Pixels that are to be looked at."""
        return sum(width * height for width, height in (piece.read_size for piece in self.new))


def ask_for(pieces: Sequence[Piece], found: Engines, close: Callable[[], None] = lambda: None) -> Asked:
    """Return pieces with what is remembered of them."""
    known = [
        find_shared("ocr-rows", _content(piece, found), _Rows) if piece.key else None for piece in pieces
    ]
    return Asked(tuple(pieces), tuple(known), close)


class BatchReader:
    """Looks at the pieces of one page after the other; the second reader is started once for all of them.

    Pages are read together as long as their pixels fit in memory: what two of them show alike is read once.
    """

    def __init__(self, terms: Terms, found: Engines) -> None:
        self._terms, self._found = terms, found
        self._waiting: list[Asked] = []
        self._looks: list[_Look] = []

    def add_page(self, page: Asked) -> None:
        """Take the pieces of a page, and the pixels of those that are new.

        Raises:
            ReaderError: a reader is not there or broke.
            BadPicture: pixels cannot be fetched.
        """
        together = page.new_px + sum(each.new_px for each in self._waiting)
        # Tesseract alone reads sheets: no page shares one with another.
        if not self._found.second or together > MOST_TOGETHER_PX:
            self._look_at_waiting()
        for piece in page.new:
            piece.picture.load()
        page.close()
        self._waiting.append(page)

    def finish(self) -> list[LinesAndMarks]:
        """Return what stands in the pieces of each page, names read a second time.

        Raises:
            ReaderError: a reader is not there or broke.
            BadPicture: pixels of a name cannot be fetched.
        """
        self._look_at_waiting()
        again = iter(_again([spot for each in self._looks for spot in each.spots]))
        return [_lines_and_marks(each, [next(again) for _ in each.spots]) for each in self._looks]

    def _look_at_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for page, shown in zip(waiting, _rows(waiting, self._found), strict=True):
            spots = [
                _spot(page.pieces[at], at, order, self._found, match=match, grade=grade, row=_row(words))
                for at, each in enumerate(shown)
                for order, words in enumerate(each.rows)
                for match, grade in brand.matches(_row(words).text, self._terms)
            ]
            page.close()
            laid = tuple((piece.scale, piece.places) for piece in page.pieces)
            self._looks.append(_Look(laid, shown, spots, bool(self._found.second)))


def look_at_pieces(pieces: Sequence[Piece], terms: Terms, found: Engines) -> LinesAndMarks:
    """Return the lines and logos in pieces of a picture."""
    reading = BatchReader(terms, found)
    reading.add_page(ask_for(pieces, found))
    (seen,) = reading.finish()
    return seen


def _lines_and_marks(look: _Look, again: list[tuple[str, ...]]) -> LinesAndMarks:
    made = _lines(look, again)
    marks = [
        Mark(confidence=sure, box=_on_page(box, scale, place))
        for (scale, places), each in zip(look.laid, look.shown, strict=True)
        for sure, box in each.marks
        for place in places
    ]
    return LinesAndMarks(
        lines=made, marks=tuple(mark for mark in keep_surest(marks) if not _lettered(mark, made))
    )


def join_marks(drawn: Sequence[Mark], shown: Sequence[Mark]) -> tuple[Mark, ...]:
    """Return the logos of a page: those drawn with geometry, those shown by pixels, each place once.

    What geometry alone tells is doubtful where pixels are clear enough to show it and do not.
    """
    told = [
        mark
        if max(mark.box.w, mark.box.h) < CLEAR_PX or any(overlap(mark.box, other.box) for other in shown)
        else mark.model_copy(update={"confidence": logos.DOUBTFUL})
        for mark in drawn
    ]
    return tuple(keep_surest([*told, *shown]))


def _lettered(mark: Mark, made: tuple[TextLine, ...]) -> bool:
    """Say whether a shape is a letter of a word that was read."""
    return any(
        overlap(mark.box, word.box)
        for line in made
        for word in line.words
        if word.confidence >= LEGIBLE and len(word.text) >= LETTERS and mark.box.h <= word.box.h * 1.2
    )


def _lines(look: _Look, again: list[tuple[str, ...]]) -> tuple[TextLine, ...]:
    """Return the lines in pieces of a picture, from top to bottom, with the names that stand in them."""
    hits: dict[tuple[int, int], list[tuple[ImageBox, Hit]]] = {}
    for spot, readings in zip(look.spots, again, strict=True):
        row, match = _row(look.shown[spot.at].rows[spot.order]), spot.match
        said = _second_reading(readings, row, match, touched=spot.grade is None) if look.second else "none"
        final = brand.settled(spot.grade, said, row.text, match)
        if final:
            sure = row.sure(match.start, match.end)
            hit = Hit(
                start=match.start, end=match.end, text=match.text, spelling=match.spelling, grade=final,
                confidence=brand.confidence(sure, final, said), box=(0, 0, 0, 0), again=readings, second=said,
            )  # fmt: skip
            box = brand.area_to_read(row.boxes(match.start, match.end), margin=0)
            hits.setdefault((spot.at, spot.order), []).append((box, hit))
    made = [
        _line(_row(words), scale, place, hits.get((at, order), []))
        for at, (scale, places) in enumerate(look.laid)
        for order, words in enumerate(look.shown[at].rows)
        for place in places
    ]
    return tuple(
        sorted(_surest_lines(made), key=lambda line: (line.box.y, line.box.x, line.text, line.found_by))
    )


def _second_reading(readings: tuple[str, ...], row: Row, match: Match, *, touched: bool) -> brand.Second:
    letters = brand.touching(row.text, match) if touched else ("", "")
    return brand.compare_readings(readings, match.spelling, touched=touched, touching=letters)


def _row(kept: tuple[str, tuple[tuple[str, float, ImageBox], ...]]) -> Row:
    return Row(kept[1], kept[0])


def _rows(pages: Sequence[Asked], found: Engines) -> list[list[_Rows]]:
    """Look at each piece that nothing is remembered of, at equal ones once; return what all pieces show."""
    new: dict[object, list[tuple[int, int]]] = {}
    for number, page in enumerate(pages):
        for at, (piece, rows) in enumerate(zip(page.pieces, page.known, strict=True)):
            if rows is None:
                same = (piece.key, piece.scale, piece.read_size) if piece.key else (number, at)
                new.setdefault(same, []).append((number, at))
    shown = [list(page.known) for page in pages]
    pieces = [pages[number].pieces[at] for (number, at), *_ in new.values()]
    for places, rows in zip(new.values(), _looked(pieces, found), strict=True):
        for number, at in places:
            shown[number][at] = rows
    return [[rows for rows in each if rows is not None] for each in shown]


def _looked(pieces: Sequence[Piece], found: Engines) -> list[_Rows]:
    """Look at pieces, and remember what each shows that has a name."""
    lettered = [piece for piece in pieces if sheets.wide(piece.places[0])]
    reader = ppocr if found.second else tesseract
    words = iter(reader.rows(lettered) if lettered else ())
    read = []
    for piece, marks in zip(pieces, logos.find_logos(pieces), strict=True):
        said = next(words) if sheets.wide(piece.places[0]) else ()
        rows = _Rows(rows=tuple((row.found_by, row.words) for row in said), marks=marks)
        if piece.key:
            keep_shared("ocr-rows", _content(piece, found), rows)
        read.append(rows)
    return read


def _content(piece: Piece, found: Engines) -> dict[str, str]:
    size = f"{piece.scale} {piece.read_size}"
    return {
        "engine": found.first,
        "marks": found.marks,
        "version": str(VERSION),
        "piece": piece.key,
        "scale": size,
    }


def _spot(
    piece: Piece, at: int, order: int, found: Engines, *, match: Match, grade: brand.Grade | None, row: Row
) -> _Spot:
    """Return a name in a piece with what was read there before, else with the pixels to be read again."""
    area = _area(row, match).within(piece.read_size) if found.second else None
    if not area:
        return _Spot(at, order, match, grade)
    content = {
        "engine": found.second,
        "version": str(VERSION),
        "piece": piece.key,
        "size": str(piece.read_size),
    }
    inputs = {**content, "area": str(tuple(area))} if piece.key else None
    known = find_shared("ocr-again", inputs, _Readings) if inputs else None
    if known:
        return _Spot(at, order, match, grade, inputs, known.readings)
    return _Spot(at, order, match, grade, inputs, crop=piece.picture.crop(area.edges))


def _again(spots: Sequence[_Spot]) -> list[tuple[str, ...]]:
    """Return what the second reader reads at each place."""
    same = [tuple(sorted(spot.inputs.items())) if spot.inputs else at for at, spot in enumerate(spots)]
    new = {key: spot for key, spot in zip(same, spots, strict=True) if spot.crop}
    fresh: dict[object, tuple[str, ...]] = {}
    for part in _parts(list(new.items()), MOST_CROPS):
        read = tesseract.reread([spot.crop for _, spot in part if spot.crop])
        for (key, spot), readings in zip(part, read, strict=True):
            fresh[key] = readings
            if spot.inputs:
                keep_shared("ocr-again", spot.inputs, _Readings(readings=readings))
    return [fresh.get(key, spot.readings) for key, spot in zip(same, spots, strict=True)]


def _parts(items: list[tuple[object, _Spot]], most: int) -> list[list[tuple[object, _Spot]]]:
    return [items[at : at + most] for at in range(0, len(items), most)]


def _area(row: Row, match: Match) -> ImageBox:
    """Return what is read again: the name with a margin, and the letters that touch it."""
    text = row.text
    start, end = match.start, match.end
    if text[:start].rstrip()[-1:].isalpha() or text[end : end + 1].isalpha():
        start, end = max(0, start - TOUCHING), min(len(text), end + TOUCHING)
    return brand.area_to_read(row.boxes(start, end))


def _line(row: Row, scale: float, place: CssBox, hits: Iterable[tuple[ImageBox, Hit]]) -> TextLine:
    words = tuple(
        Word(text=text, confidence=sure, box=_on_page(box, scale, place)) for text, sure, box in row.words
    )
    whole = around(*(word.box for word in words))
    return TextLine(
        text=row.text,
        confidence=min(word.confidence for word in words),
        box=CssBox(whole.x, whole.y, round(whole.w, 2), round(whole.h, 2)),
        words=words,
        found_by=row.found_by,
        hits=tuple(hit.model_copy(update={"box": _on_page(box, scale, place)}) for box, hit in hits),
    )


def _on_page(box: ImageBox, scale: float, place: CssBox) -> CssBox:
    return CssBox(*(round(side, 2) for side in box.to_css(scale, origin=(place.x, place.y))))


def _surest_lines(made: list[TextLine]) -> list[TextLine]:
    """Keep the surest of the lines that say the same at the same place: passes and pieces overlap."""
    kept: dict[str, list[TextLine]] = {}
    for line in sorted(made, key=lambda line: (-line.confidence, line.box, line.found_by)):
        alike = kept.setdefault(fold(line.text), [])
        if not any(overlap(line.box, other.box) for other in alike):
            alike.append(line)
    return [line for alike in kept.values() for line in alike]
