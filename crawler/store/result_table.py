"""Results by name in one SQLite file: bounded, shared by processes, and never needed.

What is missing is made again, so nothing here may fail a caller: a file that is damaged, or of another
version, is thrown away and a new one made; one that cannot be opened, written or waited for keeps nothing.
When it is full, what was not asked for the longest goes.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["MAX_BYTES", "ResultTable", "result_table"]

MAX_BYTES = 256 * 2**20
VERSION = 1
_ROOM = 0.8  # of the bound, to which a full file is emptied
_AT_ONCE = 200  # rows that go in one step
_BUSY_S = 2.0  # a transaction takes a millisecond; who waits longer makes the result again
_STALE_S = 86_400  # asking for a row is noted once a day: a reader that writes makes others wait
_BESIDE = ("", "-wal", "-shm")
_CREATE = """
    CREATE TABLE IF NOT EXISTS results (name TEXT PRIMARY KEY, used INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS results_used ON results (used);
"""
_DAMAGE = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_ERROR,  # the statements are always the same, so the tables are not what they were
    sqlite3.SQLITE_MISMATCH,
}

ResultT = TypeVar("ResultT")


class ResultTable:
    """One file of results, opened when it is first asked and again when another stands in its place.

    Args:
        path: The file; its folder is made for this user alone.
        max_bytes: How much it may hold; what it holds more is evicted at the next write.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._open: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def get(self, name: str) -> bytes | None:
        """Return a result, or None where none is kept or the file cannot be read."""

        def work(database: sqlite3.Connection) -> bytes | None:
            row = database.execute("SELECT body, used FROM results WHERE name = ?", [name]).fetchone()
            if row is None or not isinstance(row[0], bytes):
                return None
            if (now := int(time.time())) - row[1] > _STALE_S:
                with suppress(sqlite3.OperationalError):
                    database.execute("UPDATE results SET used = ? WHERE name = ?", [now, name])
            return row[0]

        return self._tried(work)

    def put(self, name: str, body: bytes) -> None:
        """Keep a result in place of what has its name, and evict what is too much."""

        def work(database: sqlite3.Connection) -> None:
            row = (name, int(time.time()), body)
            database.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", row)
            self._evict(database)

        self._tried(work)

    def close(self) -> None:
        """Let go of the file; asking again opens it again."""
        with self._lock:
            self._let_go()

    def _evict(self, database: sqlite3.Connection) -> None:
        if _held_bytes(database) <= self._max_bytes:
            return
        while _held_bytes(database) > _ROOM * self._max_bytes:
            gone = database.execute(
                "DELETE FROM results WHERE name IN (SELECT name FROM results ORDER BY used LIMIT ?)",
                [_AT_ONCE],
            )
            if not gone.rowcount:
                return

    def _tried(self, work: Callable[[sqlite3.Connection], ResultT]) -> ResultT | None:
        with self._lock:
            try:
                return work(self._connection())
            except (sqlite3.Error, ValueError) as error:  # no UTF-8 is a ValueError
                if _is_damage(error):
                    self._throw_away()
            except OSError:
                self._let_go()
        return None

    def _connection(self) -> sqlite3.Connection:
        if self._open and self._identity != _identity(self._path):
            self._let_go()
        if self._open is None:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            database = sqlite3.connect(
                self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            self._open = database
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise sqlite3.DatabaseError("made by another version of Pantau")
            if version == 0:
                database.executescript(_CREATE)
                database.execute(f"PRAGMA user_version = {VERSION}")
            self._identity = _identity(self._path)
        return self._open

    def _throw_away(self) -> None:
        self._let_go()
        for ending in _BESIDE:
            with suppress(OSError):
                self._path.with_name(self._path.name + ending).unlink()

    def _let_go(self) -> None:
        if self._open:
            with suppress(sqlite3.Error):
                self._open.close()
        self._open = self._identity = None


def result_table(path: Path) -> ResultTable:
    """Return the table of a file, one for each process: a connection does not outlive a fork."""
    return _of_process(os.getpid(), path)


@lru_cache(maxsize=4)
def _of_process(_pid: int, path: Path) -> ResultTable:
    return ResultTable(path)


def _held_bytes(database: sqlite3.Connection) -> int:
    """Return what the rows take; pages that became free are used again."""
    pages, free, size = (
        database.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _is_damage(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF in _DAMAGE or code == sqlite3.SQLITE_IOERR_SHORT_READ
