"""The documents that a visit got beside its pages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from crawler.checks.inputs.unread import Notes, WithGaps

if TYPE_CHECKING:
    from crawler.derive.documents.document import Document
    from crawler.derive.reading import BundleReading
    from crawler.model.evidence import Visit

DOWNLOADS = "downloads"  # the collector that keeps what is downloaded


def documents_beside(reading: BundleReading, visit: Visit) -> WithGaps[tuple[Document, ...]]:
    """Return the documents that a visit got beside its pages, those that cannot be read among them."""
    notes = Notes()
    for failure in visit.failures:
        if failure.collector == DOWNLOADS:
            notes.note(visit, "gap.downloads-untaken", error=failure.error)
    found = notes.read(visit, 1, "documents", partial(reading.documents, visit)) or ()
    for document in found:
        name = document.name or document.url[:200]
        if document.status == "failed":
            notes.note(visit, "gap.document-unread", name=name, error=document.error)
        elif document.status == "partly":
            notes.note(visit, "gap.document-cut", name=name, error=document.error)
    return WithGaps(found, notes.unread)
