"""What the pictures of the pages of a visit show, and the icons that the pages declare."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from crawler.checks.inputs.sources import main_source
from crawler.checks.inputs.unread import Notes, WithGaps
from crawler.checks.pages import PageIcon, PagePixels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.derive.pictures.ocr import PixelText
    from crawler.derive.pictures.reader import PictureReader
    from crawler.derive.reading import BundleReading
    from crawler.model.evidence import IconRecord, TileMap, Visit


def page_pictures(
    reading: BundleReading, pictures: PictureReader, visit: Visit
) -> WithGaps[tuple[PagePixels, ...]]:
    """Return what is read on the pictures of every page of a visit."""
    notes, pages = Notes(), []
    for page, artifact in notes.artifacts(visit, "tiles"):
        tiles = notes.read(visit, page, "tiles", partial(reading.tiles, artifact.path))
        if tiles is None:
            continue
        if tiles.unsteady:  # its text explains other pixels than these
            notes.note(visit, "gap.picture-unsteady", page=page)
            continue
        record = notes.read(visit, page, "ocr", partial(pictures.page, visit.ordinal, page))
        if record is None:
            continue
        _note_unread(notes, visit, page, tiles, record)
        pages.append(PagePixels(page, visit.url_of(page), tiles, record))
    return WithGaps(tuple(pages), notes.unread)


def _note_unread(notes: Notes, visit: Visit, page: int, tiles: TileMap, record: PixelText) -> None:
    if record.status == "failed":
        notes.note(visit, "gap.unreadable", reader="ocr", page=page, error=record.error)
    elif record.status == "partly":
        cut_off = tiles.truncated
        notes.note(visit, "gap.picture-truncated" if cut_off else "gap.pixels-unread", page=page)
    if record.contrary:
        notes.note(visit, "gap.pixels-contrary", page=page, count=len(record.contrary))


def page_icons(
    reading: BundleReading, pictures: PictureReader, visit: Visit
) -> WithGaps[tuple[PageIcon, ...]]:
    """Return what the icons of every page of a visit show.

    An older bundle holds no icons: where a page's source declares some, they could not be looked at.
    """
    notes, found = Notes(), []
    notes.cuts(visit, "icons")
    for page in visit.page_numbers:
        listed = visit.artifact("icons", page)
        if listed is None:
            source = main_source(reading, visit, page, notes)
            if source and source.icons:
                notes.note(visit, "gap.icon-unseen", page=page, why="not kept")
            continue
        records = notes.read(visit, page, "icons", partial(reading.icons, listed.path)) or ()
        for why in _why_unseen(records):
            notes.note(visit, "gap.icon-unseen", page=page, why=why)
        for each in records:
            if each.state == "kept":
                shown = pictures.icon(each.path)
                if shown.status == "failed":
                    notes.note(visit, "gap.unreadable", reader="icons", page=page, error=shown.error)
                found.append(PageIcon(page, visit.url_of(page), each.address, each.path, shown))
    return WithGaps(tuple(found), notes.unread)


def _why_unseen(records: Sequence[IconRecord]) -> Iterator[str]:
    """Yield why no icon of a role was kept, for each role that has some."""
    for role in ("favicon", "manifest"):
        unseen = [each for each in records if each.role == role and each.state == "unseen"]
        if unseen and not any(each.role == role and each.state == "kept" for each in records):
            yield unseen[0].why
