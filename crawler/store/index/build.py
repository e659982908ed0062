"""Brings the index up to date with the bundles of a folder."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from crawler.model.indexed import Indexed
from crawler.store import shelf
from crawler.store.index import entries, observations, tables
from crawler.store.index.ahead import read_ahead
from crawler.store.index.file import FILE, TROUBLE, connect_to_read, replace, transaction, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from sqlite_utils import Database

    from crawler.store.index.entries import Entry

_TRIES = 3
_TOGETHER = 100  # runs that are written in one transaction where nobody else waits


def update(out: Path, *, rebuild: bool = False, on_run: Callable[[int, int], None] | None = None) -> Indexed:
    """Bring the index of a folder up to date: new, changed and vanished runs; all others are left alone.

    A file that cannot be used is renamed to `index.db.<why>-<time>` and a new one is made.

    Args:
        out: The folder that holds `<scenario-id>/<run-id>/`.
        rebuild: Verify and read every bundle again, into a new file that then takes the old one's place. What
            was sealed when the old file saw it and is not any more stays damaged.
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
        Where an index file went that could not be used, as in `update`; None if all was well.

    Raises:
        IndexUnavailable: the folder cannot be written, or another process does not let go.
    """
    root = root.resolve()
    out = root.parent.parent

    def task(database: Database) -> None:
        if tables.is_complete(database):
            _store(database, root)
            with transaction(database):
                observations.make_stale(database)
        else:
            _refresh(database, out, lambda _done, _total: None)

    return work(out, task)[1]


def add_decisions(root: Path) -> None:
    """Put what reviewers decided of a run into the index, without opening its bundle.

    A run that the index does not know yet is read whole.

    Raises:
        IndexUnavailable: the folder cannot be written, or another process does not let go.
    """
    root = root.resolve()

    def task(database: Database) -> bool:
        entry = entries.read_decisions(root)
        with transaction(database):
            known = database.execute("SELECT 1 FROM runs WHERE bundle = ?", [entry.bundle]).fetchone()
            if known and not entry.problem:
                observations.mark_stale(database, entry.bundle, ("decisions",))
                database.execute("DELETE FROM decisions WHERE bundle = ?", [entry.bundle])
                tables.insert(database, entry.rows)
                observations.mark_stale(database, entry.bundle, ("decisions",))
                observations.make_stale(database)
                database.execute(
                    "UPDATE runs SET judged_sha256 = ? WHERE bundle = ?",
                    [entry.stamp.judged_sha256, entry.bundle],
                )
        return bool(known) and not entry.problem

    if not work(root.parent.parent, task)[0]:
        add(root)


def _rebuild(out: Path, told: Callable[[int, int], None]) -> Indexed:
    before = _seals_before(out)
    done, aside = replace(
        out,
        fill=lambda database: _fill(database, out, before, told),
        settle=lambda database: _refresh(database, out, lambda _done, _total: None),
    )
    update = {"read": done.runs, "kept": 0, "set_aside": str(aside) if aside else None}
    return done.model_copy(update=update)


# --- what is written -----------------------------------------------------------------------------------


def _fill(database: Database, out: Path, before: Mapping[str, str], told: Callable[[int, int], None]) -> None:
    """Write all runs into an empty file that nobody else sees. `before` has the seals they had once."""
    roots = list(shelf.run_folders(out))
    waiting: list[Entry] = []
    for done, entry in enumerate(read_ahead(roots), 1):
        if not entry.stamp.seal and entry.bundle in before:
            entries.lost_seal(entry, before[entry.bundle])
        waiting.append(entry)
        if len(waiting) == _TOGETHER or done == len(roots):
            _write(database, waiting)
            waiting.clear()
        told(done, len(roots))
    with transaction(database):
        observations.make_all(database)


def _refresh(database: Database, out: Path, told: Callable[[int, int], None]) -> Indexed:
    known = {
        row["bundle"]: (row["state"], row["seal"], row["judged_sha256"])
        for row in database.query("SELECT bundle, state, seal, judged_sha256 FROM runs")
    }
    roots = {shelf.run_name(root): root for root in shelf.run_folders(out)}
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
        observations.make_stale(database)
        tables.mark_complete(database)
    return _outcome(database, out, read=read, kept=len(roots) - read, removed=len(gone))


def _is_kept(known: tuple[str, str | None, str] | None, root: Path) -> bool:
    """Say whether a run is as it was indexed. What was damaged is always looked at again."""
    stamp = entries.stamp(root)
    state = entries.SEALED if stamp.seal else entries.UNSEALED
    return known == (state, stamp.seal, stamp.judged_sha256)


def _store(database: Database, root: Path) -> None:
    """Read a run and write its rows in one transaction; once more if it was judged again meanwhile."""
    for left in reversed(range(_TRIES)):
        entry = entries.read(root)
        with transaction(database):
            if not entry.stamp.seal and (seal := _seal_before(database, entry.bundle)):
                entries.lost_seal(entry, seal)
            if left and entries.stamp(root) != entry.stamp:
                continue
            _forget(database, entry.bundle)
            tables.insert(database, entry.rows)
            observations.mark_stale(database, entry.bundle)
            return


def _write(database: Database, listed: Iterable[Entry]) -> None:
    with transaction(database):
        for entry in listed:
            tables.insert(database, entry.rows)


def _seal_before(database: Database, bundle: str) -> str | None:
    """Return the seal that a run had when it was indexed before; None if it had none, or is new."""
    row = database.execute("SELECT seal FROM runs WHERE bundle = ?", [bundle]).fetchone()
    return str(row[0]) if row and row[0] else None


def _seals_before(out: Path) -> dict[str, str]:
    """Return the seals of runs as the present file knows them; none where it cannot be used."""
    try:
        with closing(connect_to_read(out / FILE)) as database:
            return dict(database.execute("SELECT bundle, seal FROM runs WHERE seal IS NOT NULL").fetchall())
    except TROUBLE:
        return {}


def _forget(database: Database, bundle: str) -> None:
    observations.mark_stale(database, bundle)
    database.execute("DELETE FROM runs WHERE bundle = ?", [bundle])  # all else goes with it


def _outcome(database: Database, out: Path, *, read: int, kept: int, removed: int) -> Indexed:
    rows = list(database.query("SELECT bundle, state, problem FROM runs ORDER BY bundle"))
    bad = (entries.DAMAGED, entries.TOO_NEW)
    return Indexed(
        path=str(out / FILE),
        runs=len(rows),
        read=read,
        kept=kept,
        removed=removed,
        unsealed=tuple(row["bundle"] for row in rows if row["state"] == entries.UNSEALED),
        damaged=tuple(row["bundle"] for row in rows if row["state"] in bad),
        problems={row["bundle"]: row["problem"] for row in rows if row["problem"]},
    )
