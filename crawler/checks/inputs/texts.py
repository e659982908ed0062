"""The text of the pages of a visit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from crawler.checks.inputs.unread import Notes, WithGaps
from crawler.checks.pages import PageText

if TYPE_CHECKING:
    from crawler.derive.reading import BundleReading
    from crawler.model.evidence import Visit


def page_texts(reading: BundleReading, visit: Visit) -> WithGaps[tuple[PageText, ...]]:
    """Return the text of every page of a visit."""
    notes, pages = Notes(), []
    for page, artifact in notes.artifacts(visit, "text"):
        record = notes.read(visit, page, "text", partial(reading.text, artifact.path))
        if record is None:
            continue
        for frame in record.unread:
            notes.note(visit, "gap.frame-unread", frame=frame, page=page)
        if record.truncated:
            notes.note(visit, "gap.text-truncated", page=page)
        pages.append(PageText(page, visit.url_of(page), artifact.path, record))
    return WithGaps(tuple(pages), notes.unread)
