"""The index of stored runs, `<out>/index.db`: a SQLite file made from the bundles alone, and only a cache."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from crawler.model.indexed import Hit, Indexed
from crawler.store import index_rows, index_tables
from crawler.store.index_file import FILE, TROUBLE, connect_to_read, replace, transaction, unavailable, work

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database

_TRIES = 3
# The excerpt is made of the best rows only: it takes a hundred times as long as the rank.
_FINDINGS = """
    SELECT 'finding' AS what, f.bundle, f.visit, f.stage, f.url, f.rule, f.policy, f.outcome,
           snippet(findings_fts, -1, '[', ']', '…', 24) AS excerpt
    FROM findings_fts JOIN findings f ON f.id = findings_fts.rowid
    WHERE findings_fts MATCH :words AND findings_fts.rowid IN (
        SELECT f.id FROM findings_fts JOIN findings f ON f.id = findings_fts.rowid
        WHERE findings_fts MATCH :words ORDER BY findings_fts.rank, f.bundle DESC, f.number LIMIT :limit)
    ORDER BY findings_fts.rank, f.bundle DESC, f.number"""
_PAGES = """
    SELECT 'page' AS what, p.bundle, p.visit, v.stage, coalesce(p.url, '') AS url,
           snippet(pages_fts, -1, '[', ']', '…', 24) AS excerpt
    FROM pages_fts JOIN pages p ON p.id = pages_fts.rowid
    JOIN visits v ON v.bundle = p.bundle AND v.ordinal = p.visit
    WHERE pages_fts MATCH :words AND pages_fts.rowid IN (
        SELECT p.id FROM pages_fts JOIN pages p ON p.id = pages_fts.rowid
        WHERE pages_fts MATCH :words ORDER BY pages_fts.rank, p.bundle DESC, p.visit LIMIT :limit)
    ORDER BY pages_fts.rank, p.bundle DESC, p.visit"""


def update(out: Path, *, rebuild: bool = False, on_run: Callable[[int, int], None] | None = None) -> Indexed:
    """Bring the index of a folder up to date: new, changed and vanished runs; all others are left alone.

    A file that is damaged, locked by a stranger or of an older version is renamed to
    `index.db.<why>-<time>` and a new one is made.

    Args:
        out: The folder that holds `<scenario-id>/<run-id>/`.
        rebuild: Verify and read every bundle again, into a new file that then takes the old one's place.
        on_run: Is told how many runs were looked at, and of how many.

    Raises:
        IndexUnavailable: the folder cannot be written, or another process does not let go.
    """
    told = on_run or (lambda _done, _total: None)
    if rebuild:
        return _rebuild(out, told)
    done, aside = work(out, lambda database: _refresh(database, out, told), thorough=True)
    return done.model_copy(update={"set_aside": str(aside) if aside else None})


def add(root: Path) -> Path | None:
    """Put one run into the index of the folder it lies in, in place of what was known of it.

    A file that has not seen all runs of the folder, as it is new, is filled with them all.

    Returns:
        Where an index file went that could not be used, as in `update`; none if all was well.

    Raises:
        IndexUnavailable: the folder cannot be written, or another process does not let go.
    """
    root = root.resolve()
    out = root.parent.parent

    def task(database: Database) -> None:
        if index_tables.is_complete(database):
            _store(database, root)
        else:
            _refresh(database, out, lambda _done, _total: None)

    return work(out, task)[1]


def search(out: Path, words: str, *, limit: int = 50) -> tuple[Hit, ...]:
    """Find findings, then pages, that have all the words; "words in quotes" must stand together.

    Nothing else has a meaning: operators are words. Letter case and accents do not matter.

    Args:
        out: The folder whose index is asked; it is only read.
        words: What to look for.
        limit: The most findings, and the most pages, to return.

    Raises:
        IndexUnavailable: there is no index, or it cannot be read.
    """
    plain = "".join(char if char.isprintable() else " " for char in words)
    try:
        with closing(connect_to_read(out / FILE)) as database:
            wanted = database.quote_fts(" ".join(plain.split()))
            if not wanted:
                return ()
            given = {"words": wanted, "limit": limit}
            rows = [row for sql in (_FINDINGS, _PAGES) for row in database.query(sql, given)]
            return tuple(Hit.model_validate(row) for row in rows)
    except TROUBLE as error:
        raise unavailable(out, error) from error


def _rebuild(out: Path, told: Callable[[int, int], None]) -> Indexed:
    filled: list[Indexed] = []
    done, aside = replace(
        out,
        fill=lambda database: filled.append(_refresh(database, out, told)),
        settle=lambda database: _refresh(database, out, lambda _done, _total: None),
    )
    read = done.read + sum(each.read for each in filled)
    return done.model_copy(update={"read": read, "kept": 0, "set_aside": str(aside) if aside else None})


# --- what is written -----------------------------------------------------------------------------------


def _refresh(database: Database, out: Path, told: Callable[[int, int], None]) -> Indexed:
    known = {
        row["bundle"]: (row["state"], row["seal"], row["judged_sha256"])
        for row in database.query("SELECT bundle, state, seal, judged_sha256 FROM runs")
    }
    roots = {index_rows.name(root): root for root in index_rows.folders(out)}
    read = 0
    for done, (bundle, root) in enumerate(roots.items(), 1):
        if not _is_kept(known.get(bundle), root):
            _store(database, root)
            read += 1
        told(done, len(roots))
    gone = known.keys() - roots.keys()
    with transaction(database):
        for bundle in gone:
            _forget(database, bundle)
        index_tables.mark_complete(database)
    return _outcome(database, out, read=read, kept=len(roots) - read, removed=len(gone))


def _is_kept(known: tuple[str, str | None, str] | None, root: Path) -> bool:
    """Say whether a run is as it was indexed. What was damaged is always looked at again."""
    stamp = index_rows.stamp(root)
    state = index_rows.SEALED if stamp.seal else index_rows.UNSEALED
    return known == (state, stamp.seal, stamp.judged_sha256)


def _store(database: Database, root: Path) -> None:
    """Read a run and write its rows in one transaction; once more if it was judged again meanwhile."""
    for left in reversed(range(_TRIES)):
        entry = index_rows.read(root)
        with transaction(database):
            if left and index_rows.stamp(root) != entry.stamp:
                continue
            _forget(database, entry.bundle)
            for table in index_tables.TABLES:
                if entry.rows.get(table):
                    database.table(table).insert_all(entry.rows[table])
            return


def _forget(database: Database, bundle: str) -> None:
    database.execute("DELETE FROM runs WHERE bundle = ?", [bundle])  # all else goes with it


def _outcome(database: Database, out: Path, *, read: int, kept: int, removed: int) -> Indexed:
    rows = list(database.query("SELECT bundle, state, problem FROM runs ORDER BY bundle"))
    bad = (index_rows.DAMAGED, index_rows.TOO_NEW)
    return Indexed(
        path=str(out / FILE),
        runs=len(rows),
        read=read,
        kept=kept,
        removed=removed,
        unsealed=tuple(row["bundle"] for row in rows if row["state"] == index_rows.UNSEALED),
        damaged=tuple(row["bundle"] for row in rows if row["state"] in bad),
        problems={row["bundle"]: row["problem"] for row in rows if row["problem"]},
    )
