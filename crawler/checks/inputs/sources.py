"""What the source of the documents of a visit says and nobody sees."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from crawler.checks.inputs.unread import Notes, WithGaps
from crawler.checks.pages import PageMarkup
from crawler.store import layout

if TYPE_CHECKING:
    from crawler.derive.documents.markup import Markup
    from crawler.derive.reading import BundleReading
    from crawler.model.evidence import Visit

SOURCE: Final = "html"  # the collector that keeps the source of a page's documents, and its artifacts


def page_sources(reading: BundleReading, visit: Visit, *, last: Visit) -> WithGaps[tuple[PageMarkup, ...]]:
    """Return what the source of every document of a visit says.

    Args:
        reading: The bundle.
        visit: The visit.
        last: The visit at which it is told what of the network record cannot be read: manifests stand there.
    """
    notes = Notes()
    kept = {page for page, _ in notes.artifacts(visit, SOURCE)}
    for failure in visit.failures:
        if failure.collector == SOURCE and failure.page in kept:
            notes.note(visit, "gap.unreadable", reader=SOURCE, page=failure.page, error=failure.error)
    pages = []
    for artifact in visit.artifacts_of(SOURCE):
        page, url = artifact.page, visit.url_of(artifact.page)
        number = layout.frame_of(artifact.path)
        frame = _address(reading, visit, page, number, notes) if number else url
        record = notes.read(visit, page, SOURCE, partial(reading.markup, artifact.path, frame or url))
        if record is None:
            continue
        if not record.whole:
            notes.note(visit, "gap.source-cut", page=page)
        manifest = partial(reading.manifest, record.manifest)
        more = notes.read(last, 1, "wire", manifest) if record.manifest else None
        pages.append(PageMarkup(page, url, frame, artifact.path, (*record.said, *(more or ()))))
    return WithGaps(tuple(pages), notes.unread)


def main_source(reading: BundleReading, visit: Visit, page: int, notes: Notes) -> Markup | None:
    """Return what the source of a page's own document says; None where it is not there or cannot be read."""
    source = visit.artifact(SOURCE, page)
    read = partial(reading.markup, source.path, visit.url_of(page)) if source else None
    return notes.read(visit, page, SOURCE, read) if read else None


def _address(reading: BundleReading, visit: Visit, page: int, frame: int, notes: Notes) -> str:
    """Return the address of a frame of a page, as its text tells it; nothing where that is not there."""
    text = visit.artifact("text", page)
    record = notes.read(visit, page, "text", partial(reading.text, text.path)) if text else None
    frames = record.frames if record else ()
    return frames[frame] if frame < len(frames) else ""
