"""The table of results: found again, bounded, shared by processes; a bad file is thrown away, never fatal."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from crawler.store import result_table as module
from crawler.store.result_table import ResultTable, result_table

WRITES = """
import sys
from pathlib import Path
from crawler.store.result_table import result_table
table = result_table(Path(sys.argv[1]))
for number in range(100):
    table.put(f"{sys.argv[2]}/{number}", sys.argv[2].encode() * 100)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache" / "results.db"


@pytest.fixture
def table(path):
    table = ResultTable(path)
    yield table
    table.close()


def rows(path):
    with closing(sqlite3.connect(path)) as database:
        return dict(database.execute("SELECT name, body FROM results").fetchall())


def test_found_again_also_by_who_opens_it_next(table, path):
    assert table.get("a") is None
    table.put("a", b"1")
    table.put("a", b"2")
    assert table.get("a") == b"2"
    assert ResultTable(path).get("a") == b"2"


def test_its_folder_is_this_users_alone(table, path):
    table.put("a", b"1")
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_what_was_not_asked_for_the_longest_goes_first(path, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 1)
    now = iter(range(0, 10**9, 2 * 86_400))
    monkeypatch.setattr(module.time, "time", lambda: next(now))
    table = ResultTable(path, max_bytes=200_000)
    for name in "abc":
        table.put(name, b"x" * 50_000)
    assert table.get("a")  # asked for again
    for name in "de":
        table.put(name, b"x" * 50_000)
    left = rows(path)
    assert "a" in left
    assert "b" not in left
    assert "e" in left


def test_it_stays_within_its_bound(path):
    table = ResultTable(path, max_bytes=500_000)
    for number in range(200):
        table.put(str(number), b"x" * 10_000)
    assert sum(map(len, rows(path).values())) <= 500_000
    assert table.get("199")


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"no database at all" * 100),
        lambda path: path.write_bytes(path.read_bytes()[:5_000]),
        lambda path: path.write_bytes(path.read_bytes()[:4_096] + b"\xff" * 20_000),
        lambda path: sqlite3.connect(path).execute("DROP TABLE results"),
        lambda path: sqlite3.connect(path).execute("PRAGMA user_version = 99"),
    ],
    ids=["foreign", "cut", "overwritten", "tables", "version"],
)
def test_a_file_that_cannot_be_used_is_thrown_away(path, damage):
    first = ResultTable(path)
    for number in range(20):
        first.put(str(number), b"x" * 1_000)
    first.close()
    damage(path)
    table = ResultTable(path)
    for _ in range(2):  # the first throws it away
        table.put("new", b"1")
        table.get("3")
    table.put("new", b"1")
    assert table.get("new") == b"1"


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path):
    (tmp_path / "cache").write_text("a file stands in the way")
    table = ResultTable(tmp_path / "cache" / "results.db")
    table.put("a", b"1")
    assert table.get("a") is None


def test_a_file_that_another_holds_is_not_waited_for_long(table, path, monkeypatch):
    monkeypatch.setattr(module, "_BUSY_S", 0.05)
    ResultTable(path).put("a", b"1")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        table.put("b", b"2")
        assert table.get("a") == b"1"
        other.execute("ROLLBACK")
    assert table.get("b") is None
    assert "a" in rows(path)


def test_when_its_folder_was_deleted_it_is_made_again(table, path):
    table.put("a", b"1")
    for each in path.parent.iterdir():
        each.unlink()
    assert table.get("a") is None
    table.put("a", b"2")
    assert rows(path) == {"a": b"2"}


def test_many_processes_and_threads_at_once(path):
    started = [subprocess.Popen([sys.executable, "-c", WRITES, str(path), name]) for name in "abc"]
    table = ResultTable(path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: table.put(f"t/{number}", b"t"), range(100)))
    assert [process.wait() for process in started] == [0, 0, 0]
    assert len(rows(path)) == 400
    assert table.get("c/99") == b"c" * 100


def test_each_process_has_its_own(path, monkeypatch):
    here = result_table(path)
    assert result_table(path) is here
    monkeypatch.setattr(module.os, "getpid", lambda: -1)
    assert result_table(path) is not here
