"""What a page keeps in the browser."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from crawler.model.evidence.record import Record


class StoredItem(Record):
    """A cookie or a storage entry; the value is a keyed hash that shows equality within a run only."""

    area: Literal["cookie", "localStorage", "sessionStorage", "indexedDB", "cacheStorage"]
    origin: str
    name: str
    value_hash: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)
