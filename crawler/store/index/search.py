"""Finds words in findings and pages."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

from crawler.model.indexed import Hit
from crawler.store.index.file import FILE, TROUBLE, connect_to_read, unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlite_utils import Database

# The best rows are ranked first and looked at then: with the rank beside it, each excerpt would be made of a
# ranking of all rows again.
_BEST_FINDINGS = """
    SELECT f.id FROM findings_fts JOIN findings f ON f.id = findings_fts.rowid
    WHERE findings_fts MATCH :words ORDER BY findings_fts.rank, f.bundle DESC, f.number LIMIT :limit"""
_FINDINGS = """
    SELECT f.id, 'finding' AS what, f.bundle, f.visit, f.stage, f.url, f.rule, f.policy, f.outcome, f.status,
           snippet(findings_fts, -1, :begin, :end, '…', 24) AS excerpt
    FROM findings_fts JOIN findings f ON f.id = findings_fts.rowid
    WHERE findings_fts MATCH :words AND findings_fts.rowid IN (SELECT value FROM json_each(:ids))"""
_BEST_PAGES = """
    SELECT p.id FROM pages_fts JOIN pages p ON p.id = pages_fts.rowid
    WHERE pages_fts MATCH :words ORDER BY pages_fts.rank, p.bundle DESC, p.visit LIMIT :limit"""
_PAGES = """
    SELECT p.id, 'page' AS what, p.bundle, p.visit, v.stage, coalesce(p.url, '') AS url,
           snippet(pages_fts, -1, :begin, :end, '…', 24) AS excerpt
    FROM pages_fts JOIN pages p ON p.id = pages_fts.rowid
    JOIN visits v ON v.bundle = p.bundle AND v.ordinal = p.visit
    WHERE pages_fts MATCH :words AND pages_fts.rowid IN (SELECT value FROM json_each(:ids))"""


def search(out: Path, words: str, *, limit: int = 50, marks: tuple[str, str] = ("[", "]")) -> tuple[Hit, ...]:
    """Find findings, then pages, that have all the words; "words in quotes" must stand together.

    Nothing else has a meaning: operators are words. Letter case and accents do not matter.

    Args:
        out: The folder whose index is asked; it is only read.
        words: What to look for.
        limit: The most findings, and the most pages, to return.
        marks: What stands before and behind a word that was found.

    Raises:
        IndexUnavailable: there is no index, or it cannot be read.
    """
    plain = "".join(char if char.isprintable() else " " for char in words)
    try:
        with closing(connect_to_read(out / FILE)) as database:
            wanted = database.quote_fts(" ".join(plain.split()))
            if not wanted:
                return ()
            given = {"words": wanted, "limit": limit, "begin": marks[0], "end": marks[1]}
            hits = [
                hit
                for best, rows in ((_BEST_FINDINGS, _FINDINGS), (_BEST_PAGES, _PAGES))
                for hit in _in_order(database, best, rows, given)
            ]
            return tuple(hits)
    except TROUBLE as error:
        raise unavailable(out, error) from error


def _in_order(database: Database, best: str, rows: str, given: dict[str, Any]) -> Iterator[Hit]:
    """Yield the rows of the ids that one query returns as another one shows them, in the order of the ids."""
    ids = [row[0] for row in database.execute(best, given).fetchall()]
    found = {row.pop("id"): row for row in database.query(rows, given | {"ids": json.dumps(ids)})}
    yield from (Hit.model_validate(found[each]) for each in ids if each in found)
