"""The index of stored runs, `<out>/index.db`: a SQLite file made from the bundles alone, and only a cache.

A run folder is read into rows (`entries`), which say their own columns (`rows`); `tables` makes the tables,
`file` opens and replaces the file, `build` brings it up to date; `search` and `series` ask it.
"""

from __future__ import annotations

from crawler.store.index.build import add, add_decisions, update
from crawler.store.index.file import FILE, is_of_this_version
from crawler.store.index.search import search

__all__ = ["FILE", "add", "add_decisions", "is_of_this_version", "search", "update"]
