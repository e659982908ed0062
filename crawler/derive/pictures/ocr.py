"""Words and logos in a page's pixels that no page text explains, with the brand names among the words.

What is read are the boxes of pictures, canvases, SVG, backgrounds and the like, and what stands out beyond
them and the page's text; or the whole page where its text was not captured, or all of it on demand. Each
piece is read once per content: by PP-OCR, whose hits Tesseract reads again, or by Tesseract alone where
PP-OCR is not installed. A reader that is missing or breaks gives a record that says so: an empty result
always means that the pixels were looked at.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal, NamedTuple

from crawler.derive.cache import find_kept, find_shared, is_kept, keep_result, keep_shared
from crawler.derive.key import machine_key
from crawler.derive.pictures import doubts, logos, looks, sheets, unexplained, vector_marks
from crawler.derive.pictures import tiles as tiles_of
from crawler.derive.pictures.brand import NOTHING, Terms
from crawler.derive.pictures.logos import Mark
from crawler.derive.pictures.looks import Asked, Engines, LinesAndMarks, TextLine, engines
from crawler.derive.pictures.tiles import Tiles, cut_pieces
from crawler.errors import ArtifactMissing, BadPicture, ReaderError
from crawler.model.evidence import CssBox, FrameRecord, Record, TextRecord, TileMap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.derive.pictures.doubts import Doubt
    from crawler.derive.pictures.sheets import Piece
    from crawler.errors import CrawlerError
    from crawler.model.evidence import ArtifactKind, Visit
    from crawler.store.bundle import Bundle

UNSEEN_FACTS = (  # of the scroll pass
    "stopped_early", "images_incomplete", "foreign_frames_error", "foreign_frames_unsteady",
)  # fmt: skip
MOST_FRAME_TILES = 30  # capture takes no more tiles of foreign frames: with so many there may have been more
WORKERS = 2
WORTH_WORKERS = 6  # pages below which starting processes costs more than they save
VERSIONS = (looks.VERSION, tiles_of.VERSION, unexplained.VERSION, vector_marks.VERSION, doubts.VERSION)
TOGETHER = 8  # pages that are read before the second reader is started for all of them

Mode = Literal["media", "full"]


class PixelText(Record):
    """What the pixels of one page say.

    `status` is `read` only if all there was to read was read; then no lines mean no words. `partly` means
    that there was too much, that pictures lie beyond the tiles, or that the page was not caught whole (see
    `_missed`); `failed` that it could not be looked at, with the kind of error and why. `whole_page` says
    that everything was read, since page text was missing or since it was asked for. `contrary` are places
    where pixels clearly say something else than the page text there (see `doubts`). `second_engine` is empty
    where one reader stood alone: then fewer names are found.
    """

    status: Literal["read", "partly", "failed"]
    error: str = ""
    message: str = ""
    lines: tuple[TextLine, ...] = ()
    marks: tuple[Mark, ...] = ()
    regions: int = 0
    contrary: tuple[CssBox, ...] = ()
    whole_page: bool = False
    engine: str = ""
    second_engine: str = ""

    @property
    def testable(self) -> bool:
        """Say whether the absence of a word means anything."""
        return self.status == "read"


class _Boxes(Record):
    """Boxes of a page, as they are kept."""

    boxes: tuple[CssBox, ...]


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
    try:
        reading = looks.BatchReader(terms, found := engines())
    except ReaderError as error:
        return [_failed(error) for _ in pages]
    results: list[PixelText | _Begun] = []
    try:
        for visit, page in pages:
            result, asked = _begun(bundle, visit, page, found, terms=terms, mode=mode)
            results.append(result)
            if asked:
                reading.add_page(asked)
        seen = iter(reading.finish())
    except (ReaderError, BadPicture) as error:
        if len(pages) > 1:  # let it cost no more pages than it must
            return [pixel_text(bundle, visit, page, terms=terms, mode=mode) for visit, page in pages]
        return [_failed(error)]
    return [_ended(bundle, each, next(seen)) if isinstance(each, _Begun) else each for each in results]


class _Begun(NamedTuple):
    """A page that the readers look at: what it is filed under, its result but for what pixels show."""

    inputs: dict[str, str]
    result: PixelText
    doubts: tuple[Doubt, ...]


def _begun(
    bundle: Bundle, visit: int, page: int, found: Engines, *, terms: Terms, mode: Mode
) -> tuple[PixelText | _Begun, Asked | None]:
    """Return the result of a page where there is one already, else what is to be looked at."""
    try:
        sources = _sources(bundle, visit, page)
        inputs = _inputs(bundle, sources, found, terms=terms, mode=mode)
        if read := find_kept(bundle, "ocr", inputs, PixelText):
            return read, None
        shown = Tiles(bundle, sources.tiles)
        result, pieces, doubted = _cut_page(bundle, shown, sources.text, sources.frames, found, mode=mode)
        return _Begun(inputs, result, doubted), looks.ask_for(pieces, found, shown.close)
    except (ReaderError, BadPicture, ArtifactMissing) as error:
        return _failed(error), None


class _Sources(NamedTuple):
    """Paths of what a page's reading stands on; empty where the page has none."""

    tiles: str
    text: str
    frames: str


def _sources(bundle: Bundle, visit: int, page: int) -> _Sources:
    record = _visit(bundle, visit)
    return _Sources(
        tiles=_tiles(record, page), text=_path(record, page, "text"), frames=_path(record, page, "frames")
    )


def _inputs(bundle: Bundle, sources: _Sources, found: Engines, *, terms: Terms, mode: Mode) -> dict[str, str]:
    """Return what the reading of a page depends on."""
    return {
        "engines": found.model_dump_json(),
        "version": " ".join(map(str, VERSIONS)),
        "terms": repr(terms),
        "mode": mode,
        "tiles": bundle.sha256(sources.tiles),
        "text": bundle.sha256(sources.text) if sources.text else "",
        "frames": bundle.sha256(sources.frames) if sources.frames else "",
    }


def _ended(bundle: Bundle, begun: _Begun, seen: LinesAndMarks) -> PixelText:
    marks = looks.join_marks(begun.result.marks, seen.marks)
    contrary = doubts.contrary_places(begun.doubts, seen.lines)
    result = begun.result.model_copy(update={"lines": seen.lines, "marks": marks, "contrary": contrary})
    keep_result(bundle, "ocr", begun.inputs, result)
    return result


def _failed(error: CrawlerError) -> PixelText:
    return PixelText(status="failed", error=type(error).__name__, message=error.message)


def read_ahead(
    bundle: Bundle, *, terms: Terms = NOTHING, mode: Mode = "media", workers: int = WORKERS
) -> None:
    """Read the pages of a bundle that were not read before; many in worker processes of one thread each.

    A machine that keeps no cache gains nothing and is left to read each page when it is asked for.
    """
    if machine_key() is None:
        return
    pages = _unread_pages(bundle, terms=terms, mode=mode)
    if not pages:
        return
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - mostly all pages were read before
    from multiprocessing import get_context, parent_process  # noqa: PLC0415 - see above

    alone = len(pages) < WORTH_WORKERS or workers < 2 or parent_process() is not None
    most = TOGETHER if alone else min(TOGETHER, -(-len(pages) // workers))
    parts = [(bundle, pages[at : at + most], terms, mode) for at in range(0, len(pages), most)]
    if alone:
        list(map(_read_part, parts))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(_read_part, parts))


def _unread_pages(bundle: Bundle, *, terms: Terms, mode: Mode) -> list[tuple[int, int]]:
    """Return visit and page of the pictures that nothing is kept of; none where nobody can read them."""
    try:
        found = engines()
    except ReaderError:
        return []
    reached = (visit for visit in bundle.run.visits if visit.reached)
    pages = [(visit.ordinal, each.page) for visit in reached for each in visit.artifacts_of("tiles")]
    return [page for page in pages if not _is_kept(bundle, page, found, terms=terms, mode=mode)]


def _is_kept(bundle: Bundle, page: tuple[int, int], found: Engines, *, terms: Terms, mode: Mode) -> bool:
    try:
        inputs = _inputs(bundle, _sources(bundle, *page), found, terms=terms, mode=mode)
    except ArtifactMissing:
        return False
    return is_kept(bundle, "ocr", inputs)


def _read_part(asked: tuple[Bundle, list[tuple[int, int]], Terms, Mode]) -> None:
    bundle, pages, terms, mode = asked
    pixel_texts(bundle, pages, terms=terms, mode=mode)


def _visit(bundle: Bundle, ordinal: int) -> Visit:
    for visit in bundle.run.visits:
        if visit.ordinal == ordinal:
            return visit
    raise ArtifactMissing(f"The bundle {bundle.root} has no visit {ordinal}.")


def _tiles(visit: Visit, page: int) -> str:
    found = _path(visit, page, "tiles")
    if not found:
        raise ArtifactMissing(f"Visit {visit.ordinal} has no tiles of page {page}.")
    return found


def _path(visit: Visit, page: int, kind: ArtifactKind) -> str:
    """Return the path of an artifact of a page; empty where the page left none."""
    found = visit.artifact(kind, page)
    return found.path if found else ""


def _cut_page(
    bundle: Bundle, tiles: Tiles, text: str, frames: str, found: Engines, *, mode: Mode
) -> tuple[PixelText, tuple[Piece, ...], tuple[Doubt, ...]]:
    """Return what is known of a page before its pieces are read, the pieces, and where text is in doubt."""
    record = bundle.record(text, TextRecord) if text else None
    boxes = _media(bundle, record, frames) if record else None
    page = (tiles.map.page_width, tiles.map.page_height)
    all_of_it = boxes is None or mode == "full"
    beyond = [] if all_of_it else _unexplained(record, boxes or [], tiles)
    doubted, all_doubts = doubts.doubtful_places(record) if record else ((), True)
    in_doubt = [doubt.box for doubt in doubted]
    wanted = sheets.regions(
        [CssBox(0.0, 0.0, *page)] if all_of_it else [*(boxes or []), *beyond, *in_doubt], page
    )
    pieces, cut_short = cut_pieces(wanted, tiles, private=_private(bundle, record, frames, page))
    shown = all(sheets.covered(box, tiles.map) for box in wanted)
    missed = cut_short or not shown or not (all_doubts or all_of_it) or _missed(tiles.map, boxes or [])
    result = PixelText(
        status="partly" if missed else "read",
        marks=tuple(_drawn(record)),
        regions=len(wanted),
        whole_page=all_of_it,
        engine=found.first,
        second_engine=found.second,
    )
    return result, pieces, doubted


def _unexplained(record: TextRecord | None, boxes: list[CssBox], tiles: Tiles) -> tuple[CssBox, ...]:
    """Return the boxes that may hold letters though neither text nor picture is known there."""
    texts = [box for node in (record.nodes if record else ()) if node.visible for box in node.boxes]
    known = [*boxes, *texts]
    inputs = {
        "tiles": repr([(tiles.sha256(tile), tile.box, tile.picture) for tile in tiles.map.tiles]),
        "known": hashlib.blake2b(repr(known).encode()).hexdigest(),
        "version": str(unexplained.VERSION),
    }
    found = find_shared("unexplained", inputs, _Boxes)
    if found is None:
        found = _Boxes(boxes=unexplained.unexplained_boxes(known, tiles.pictures()))
        keep_shared("unexplained", inputs, found)
    return found.boxes


def _drawn(record: TextRecord | None) -> list[Mark]:
    """Return the logos among the vector drawings of a page."""
    if record is None or not record.drawings:
        return []
    sure = list(vector_marks.look_at_drawings(record.drawings).values())
    return [
        Mark(confidence=sure[node.drawing], box=node.box, shown_by="drawing")
        for node in record.media
        if node.drawing is not None and sure[node.drawing] >= logos.DOUBTFUL
    ]


def _missed(tiles: TileMap, boxes: list[CssBox]) -> bool:
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


def _private(
    bundle: Bundle, record: TextRecord | None, frames: str, page: tuple[float, float]
) -> list[CssBox]:
    """Return the boxes of filled fields: what a person typed there is read, and kept with the bundle only.

    Where it is not known which fields there are, it is all that may hold some: frames that could not be read,
    or the whole page.
    """
    unread = _unread(bundle, record, frames) if record and not record.truncated else None
    if record is None or unread is None:
        return [CssBox(0.0, 0.0, *page)]
    return [*unread, *(node.box for node in record.media if node.element == "input")]


def _media(bundle: Bundle, record: TextRecord, frames: str) -> list[CssBox] | None:
    """Return the boxes that page text does not explain; None if all of the page must be read.

    Frames that were there and could not be read are pixels like any picture.
    """
    unread = _unread(bundle, record, frames)
    if unread is None or record.truncated:
        return None
    return [*(node.box for node in record.media), *unread]


def _unread(bundle: Bundle, record: TextRecord, frames: str) -> list[CssBox] | None:
    """Return the boxes of frames that could not be read; None where it is not known where they lie."""
    if not record.unread:
        return []
    known = bundle.records(frames, FrameRecord) if frames else ()
    return [frame.box for frame in known if frame.url in record.unread and frame.box] or None
