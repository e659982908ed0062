"""A row says its columns once: the tables have them, and what is written comes back."""

import sqlite3

from sqlite_utils import Database

from crawler.store.index import rows, tables


def made():
    database = Database(sqlite3.connect(":memory:"))
    tables.create(database)
    return database


def test_every_kind_of_row_has_a_table_with_its_columns():
    database = made()
    assert {table.row for table in tables.TABLES.values()} == set(rows.TABLE_NAMES)
    for table in tables.TABLES.values():
        columns = [name for name in database.table(table.name).columns_dict if name != "id"]
        assert columns == list(table.row._fields)
        assert set(table.key) <= set(columns)
    assert tables.is_whole(database)
    assert tables.version(database) == tables.VERSION


def test_a_row_comes_back_as_it_was_written():
    database = made()
    run = rows.RunRow("a/1", "sealed", "", "ab", "cd", "1", "a", simulated=True)
    host = rows.HostRow("a/1", "www.tokopedia.com", "tokopedia.com", 3, 2, 1)
    tables.insert(database, {rows.RunRow: [run], rows.HostRow: [host]})
    assert list(database.execute("SELECT * FROM hosts")) == [tuple(host)]
    assert [rows.RunRow(*row) for row in database.execute("SELECT * FROM runs")] == [run]


def test_a_table_that_lacks_a_column_is_not_whole():
    database = made()
    database.execute("ALTER TABLE hosts DROP COLUMN refused")
    assert not tables.is_whole(database)


def test_a_file_is_complete_once_that_was_noted():
    database = made()
    assert not tables.is_complete(database)
    tables.mark_complete(database)
    assert tables.is_complete(database)
