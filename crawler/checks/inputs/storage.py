"""What the pages of a visit keep in the browser."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from crawler.checks.inputs.unread import Notes, WithGaps

if TYPE_CHECKING:
    from crawler.derive.reading import BundleReading
    from crawler.model.evidence import StoredItem, Visit


def stored_items(reading: BundleReading, visit: Visit) -> WithGaps[tuple[StoredItem, ...]]:
    """Return cookies and storage entries of every page of a visit."""
    notes = Notes()
    items: list[StoredItem] = []
    for page, artifact in notes.artifacts(visit, "storage"):
        items.extend(notes.read(visit, page, "storage", partial(reading.storage, artifact.path)) or ())
    return WithGaps(tuple(items), notes.unread)
