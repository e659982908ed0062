"""The file of the index: opening, locking, setting aside, replacing.

Several processes may write at once: each run is one short transaction of a write-ahead log. Writers share a
lock on `.index.lock` beside the file; replacing the file takes it exclusively, so that no process of Pantau's
writes to a file that was moved away. Two rebuilds wait for each other on a lock of their own.

There is one way with a file that cannot be used, whatever the reason: it is renamed, and a new one is made.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from crawler.errors import IndexUnavailable
from crawler.lib.lock import LockHeld, hold_lock, share_lock
from crawler.store import layout
from crawler.store.index import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlite_utils import Database

FILE = layout.INDEX
BUSY_TIMEOUT_S = 10.0  # a run's transaction takes milliseconds; who waits longer waits for a stranger
_LOCK, _REBUILD_LOCK, _BUILDING = ".index.lock", ".index.rebuild.lock", ".index.db.building"
_BESIDE = ("-wal", "-shm")
_DAMAGE = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_ERROR,  # the statements are always the same, so the tables are not what they were
    sqlite3.SQLITE_CONSTRAINT,  # what goes in was checked, so what is there already contradicts itself
    sqlite3.SQLITE_MISMATCH,
}
TROUBLE = (sqlite3.Error, ValueError)  # what a damaged file gives: also messages and texts that are no UTF-8
_OPEN = threading.local()  # the file that a thread reads, and which it is
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}

ResultT = TypeVar("ResultT")


class _Unfit(Exception):
    """The file has to be set aside; the label says why."""

    def __init__(self, label: str, why: str) -> None:
        super().__init__(why)
        self.label = label


def work(
    out: Path, task: Callable[[Database], ResultT], *, thorough: bool = False
) -> tuple[ResultT, Path | None]:
    """Do a task on the index, and once more on a new file if the one that is there cannot be used.

    Args:
        out: The folder of the index.
        task: Reads and writes; may be called twice.
        thorough: Look through the whole file for damage before.

    Returns:
        What the task returned, and where a file went that could not be used.

    Raises:
        IndexUnavailable: the folder cannot be written, or another process does not let go.
    """

    def looked_through(database: Database) -> ResultT:
        if thorough:
            _check_for_damage(database)
        return task(database)

    aside = None
    try:
        for last in (False, True):
            _make_if_missing(out)
            identity = None
            try:
                with _locked(out, shared=True), closing(_connect(out / FILE)) as database:
                    identity = _identity(out / FILE)
                    return _translated(looked_through, database), aside
            except _Unfit as unfit:
                if last:
                    raise unavailable(out, unfit) from unfit
                aside = _set_aside(out, identity, unfit.label)
    except (OSError, *TROUBLE) as error:
        raise unavailable(out, error) from error
    raise AssertionError  # the loop returns or raises


def _translated(task: Callable[[Database], ResultT], database: Database) -> ResultT:
    """Do a task on a file of this version; tell damage and strangers' locks from all other trouble."""
    try:
        _check_version(database)
        return task(database)
    except TROUBLE as error:
        label = _label(error)
        if label:
            raise _Unfit(label, str(error)) from error
        raise


def _label(error: Exception) -> str:
    """Return why a file has to be set aside, by the error it gave; empty if it is not the file's fault."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return "damaged" if isinstance(error, sqlite3.OperationalError | ValueError) else ""
    if code & 0xFF in _BUSY:
        return "locked"
    return "damaged" if code & 0xFF in _DAMAGE or code == sqlite3.SQLITE_IOERR_SHORT_READ else ""


def _check_for_damage(database: Database) -> None:
    found = database.execute("PRAGMA quick_check(1)").fetchone()
    if found != ("ok",):
        raise _Unfit("damaged", str(found[0]))


def _check_version(database: Database) -> None:
    version = tables.version(database)
    if version is None and database.table_names():
        raise _Unfit("foreign", "the tables are not Pantau's")
    if version not in (None, 0, tables.VERSION):
        raise _Unfit(f"version-{version}", "made by another version of Pantau")
    if not version or not tables.is_whole(database):
        raise _Unfit("damaged", "tables are missing")
    database.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last run, which is read again


@contextmanager
def asked(out: Path) -> Iterator[Database]:
    """Yield the index of a folder, to be read only; a thread keeps it open for its next question.

    Who asks many small questions would else spend most of the time on opening and closing. Once another file
    took the place of the one that is open, that is opened instead.

    Raises:
        IndexUnavailable: there is no index, or it cannot be read.
    """
    try:
        yield _kept_open(out / FILE)
    except (OSError, *TROUBLE) as error:
        _let_go()
        raise unavailable(out, error) from error


def _kept_open(path: Path) -> Database:
    which = (path, _identity(path))
    if getattr(_OPEN, "which", None) != which:
        _let_go()
        _OPEN.database = connect_to_read(path)
        _OPEN.which = which
    database: Database = _OPEN.database
    return database


def _let_go() -> None:
    if getattr(_OPEN, "which", None) is not None:
        _OPEN.which = None
        _OPEN.database.close()


def is_of_this_version(out: Path) -> bool:
    """Say whether there is an index that this Pantau wrote; whether it is sound shows when it is asked."""
    try:
        with closing(connect_to_read(out / FILE)) as database:
            return tables.version(database) == tables.VERSION
    except TROUBLE:
        return False


def replace(
    out: Path, fill: Callable[[Database], None], settle: Callable[[Database], ResultT]
) -> tuple[ResultT, Path | None]:
    """Make a new file beside the index and put it in its place.

    Args:
        out: The folder of the index.
        fill: Does the long part of the work while others still write to the old file.
        settle: Catches up with what they wrote meanwhile; nobody writes while it works.

    Returns:
        What `settle` returned, and where the old file went if it was damaged or in use.

    Raises:
        IndexUnavailable: the folder cannot be written, or another process does not let go.
    """
    unfinished = out / _BUILDING
    try:
        with _locked(out, _REBUILD_LOCK):
            _remove(unfinished)
            _make(unfinished, tables.create_bare)
            with closing(_connect(unfinished)) as database:
                _hurry(database)
                fill(database)
                tables.make_searchable(database)
                with _locked(out):
                    settled = settle(database)
                    database.close()
                    aside = _retire(out / FILE)
                    unfinished.replace(out / FILE)
            return settled, aside
    except (OSError, *TROUBLE) as error:
        raise unavailable(out, error) from error


def _hurry(database: Database) -> None:
    """Write without waiting for the disk: until it is done, nobody else sees the file."""
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -65536")  # KiB


def _retire(path: Path) -> Path | None:
    """Make room for a new file: a good one goes, any other is set aside. The lock is held alone."""
    try:
        with closing(connect_to_read(path)) as database:
            _translated(lambda _database: None, database)
    except _Unfit as unfit:
        return _move(path, unfit.label)
    except TROUBLE as error:
        return _move(path, _label(error) or "unreadable") if path.exists() else None
    _remove(path)
    return None


def _make_if_missing(out: Path) -> None:
    if (out / FILE).exists():
        return
    if not out.is_dir():
        raise IndexUnavailable(
            f"There is no folder {out}.", hint="Name the folder of the bundles with --out."
        )
    with _locked(out):
        if not (out / FILE).exists():
            _make(out / FILE)


def _make(path: Path, create: Callable[[Database], None] = tables.create) -> None:
    for beside in _BESIDE:
        path.with_name(path.name + beside).unlink(missing_ok=True)
    with closing(_connect(path)) as database:
        database.enable_wal()
        create(database)


def _set_aside(out: Path, identity: tuple[int, int] | None, label: str) -> Path | None:
    """Rename the file, unless another process put a new one in its place or let it go."""
    with _locked(out):
        path = out / FILE
        if not path.exists() or _identity(path) != identity or (label == "locked" and _is_free(path)):
            return None
        return _move(path, label)


def _is_free(path: Path) -> bool:
    try:
        with closing(_connect(path)) as database:
            database.execute("PRAGMA busy_timeout = 0")
            with transaction(database):
                return True
    except TROUBLE:
        return False


def _move(path: Path, label: str) -> Path:
    stem = f"{path.name}.{label}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    for beside in (*_BESIDE, ""):
        source = path.with_name(path.name + beside)
        if source.exists():
            source.rename(path.with_name(stem + beside))
    return path.with_name(stem)


def _remove(path: Path) -> None:
    for beside in (*_BESIDE, ""):
        path.with_name(path.name + beside).unlink(missing_ok=True)


def _identity(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_dev, facts.st_ino


def _connect(path: Path) -> Database:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
    connection.execute("PRAGMA foreign_keys = ON")
    return _database(connection)


def connect_to_read(path: Path) -> Database:
    """Open a file to be read only; on a disk that takes no lock, as it lies there.

    Raises:
        sqlite3.Error: there is no file, or it cannot be read.
        ValueError: it is damaged.
    """
    try:
        return _opened(path, "mode=ro")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        return _opened(path, "mode=ro&immutable=1")


def _opened(path: Path, how: str) -> Database:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=BUSY_TIMEOUT_S)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master")
    except TROUBLE:
        connection.close()
        raise
    return _database(connection)


def _database(connection: sqlite3.Connection) -> Database:
    # Loading it takes a third of a process that only reads run folders, or finds that there is no index.
    from sqlite_utils import Database  # noqa: PLC0415 - see above

    return Database(connection, recursive_triggers=False)


@contextmanager
def _locked(out: Path, name: str = _LOCK, *, shared: bool = False) -> Iterator[None]:
    """Hold a lock beside the index, shared or alone.

    Raises:
        IndexUnavailable: another process does not let go in time.
        OSError: the folder cannot be written.
    """
    hold = share_lock if shared else hold_lock
    with ExitStack() as held:
        try:
            held.enter_context(hold(out / name, timeout_s=BUSY_TIMEOUT_S))
        except LockHeld as error:
            raise IndexUnavailable(
                f"The index in {out} is in use by another Pantau.", hint="Try again when it has ended."
            ) from error
        yield


def unavailable(out: Path, error: Exception) -> IndexUnavailable:
    """Return the error to raise where the index of a folder cannot be used."""
    said = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return IndexUnavailable(
        f"The index {out / FILE} cannot be used: {said}.",
        hint="The bundles are untouched. See that the folder can be written, then run: pantau index",
    )


@contextmanager
def transaction(database: Database) -> Iterator[None]:
    """Hold the write lock from the start: a reader that turns writer is not made to wait, it fails."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.commit()
    finally:
        database.rollback()  # nothing is left to undo after a commit
