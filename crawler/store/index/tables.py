"""The tables of the index: every row belongs to a run and goes when the run's row goes, but observations."""

from __future__ import annotations

from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_type_hints

from crawler.store.index import rows

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.db import ForeignKey

    from crawler.store.index.rows import Row

VERSION = 6
TOKENIZER = "unicode61 remove_diacritics 2"


class Parent(NamedTuple):
    """What a row belongs to: it goes with it."""

    columns: tuple[str, ...]
    table: str
    of: tuple[str, ...]


_RUN = Parent(("bundle",), "runs", ("bundle",))
_VISIT = Parent(("bundle", "visit"), "visits", ("bundle", "ordinal"))
_JUDGEMENT = Parent(("bundle", "policy"), "judgements", ("bundle", "policy"))


class Table(NamedTuple):
    """A table: its columns are the fields of its rows.

    Attributes:
        row: What its rows are.
        key: The columns that name a row.
        parent: What a row belongs to.
        looked_up_by: Columns that are asked for, each an index.
        searched: Columns of the full-text companion. Such a table has row numbers of its own, `id`, that
            outlive VACUUM.
    """

    row: type[Row]
    key: tuple[str, ...]
    parent: Parent | None = None
    looked_up_by: tuple[tuple[str, ...], ...] = ()
    searched: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return rows.TABLE_NAMES[self.row]

    @property
    def columns(self) -> dict[str, type]:
        """The columns and their types."""
        return _columns(self)


TABLES = {  # a table stands after those it points to
    table.name: table
    for table in (
        Table(rows.RunRow, ("bundle",), None, (("scenario", "started"), ("state",))),
        Table(rows.VisitRow, ("bundle", "ordinal"), _RUN),
        Table(rows.ArtifactRow, ("bundle", "path"), _VISIT, (("bundle", "visit"), ("sha256",))),
        Table(rows.RequestRow, ("bundle", "number"), _RUN, (("host",),)),
        Table(rows.HostRow, ("bundle", "host"), _RUN, (("registrable",),)),
        Table(rows.JudgementRow, ("bundle", "policy"), _RUN),
        Table(rows.ObligationRow, ("bundle", "policy", "obligation"), _JUDGEMENT),
        Table(
            rows.FindingRow,
            ("bundle", "policy", "number"),
            _JUDGEMENT,
            (("fingerprint",), ("rule", "outcome")),
            ("observed",),
        ),
        Table(rows.LeftoverRow, ("bundle", "policy", "visit"), _JUDGEMENT),
        Table(rows.ResultRow, ("bundle", "policy", "rule"), _JUDGEMENT),
        Table(rows.GapRow, ("bundle", "policy", "number"), _JUDGEMENT),
        Table(
            rows.PageRow,
            ("bundle", "visit", "page"),
            _VISIT,
            searched=("title", "shown", "hidden"),
        ),
        Table(rows.DecisionRow, ("bundle", "seq"), _RUN, (("target", "fingerprint"), ("reviewer",))),
        Table(
            rows.ObservationRow,
            ("target", "fingerprint"),
            None,
            (("worst", "runs", "target", "fingerprint"), ("state", "status", "target", "rule", "stage")),
        ),
        Table(rows.StaleRow, ("target", "fingerprint")),
    )
}


@cache
def _columns(table: Table) -> dict[str, type]:
    numbered: dict[str, type] = {"id": int} if table.searched else {}
    hints = get_type_hints(table.row)
    return numbered | {name: _type(hint) for name, hint in hints.items()}


def _type(hint: Any) -> type:
    """Return the type of a column: without the None that stands for NULL."""
    (plain,) = (each for each in get_args(hint) or (hint,) if each is not NoneType)
    assert isinstance(plain, type)
    return plain


@cache
def _insert(table: Table) -> str:
    names = table.row._fields
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - our own names


def insert(database: Database, listed: dict[type[Row], list[Row]]) -> None:
    """Write rows, listed by their kind."""
    for table in TABLES.values():
        if listed.get(table.row):
            database.conn.executemany(_insert(table), listed[table.row])


def create(database: Database) -> None:
    """Make all tables in an empty file, in one transaction. It is not `complete` yet."""
    with database.atomic():
        create_bare(database)
        make_searchable(database)


def create_bare(database: Database) -> None:
    """Make all tables without what only looks things up: many rows are written in half the time."""
    _schema(database).create({"version": int, "complete": bool}, strict=True)
    _schema(database).insert({"version": VERSION, "complete": False})
    for table in TABLES.values():
        key = ("id",) if table.searched else table.key
        foreign_keys = _foreign_keys(table)
        database.table(table.name).create(table.columns, pk=key, foreign_keys=foreign_keys, strict=True)


def make_searchable(database: Database) -> None:
    """Add to bare tables what looks things up, for the rows that are there and all that come."""
    for table in TABLES.values():
        made = database.table(table.name)
        if table.searched:
            made.create_index(table.key, unique=True)
        for looked_up_by in table.looked_up_by:
            made.create_index(looked_up_by)
        if table.searched:
            made.enable_fts(table.searched, create_triggers=True, tokenize=TOKENIZER)


def version(database: Database) -> int | None:
    """Return the schema version of a file; None if it has no table of Pantau's at all."""
    if not _schema(database).exists():
        return None
    listed = list(_schema(database).rows)
    return int(listed[0]["version"]) if len(listed) == 1 and isinstance(listed[0]["version"], int) else 0


def is_whole(database: Database) -> bool:
    """Say whether every table has the columns that this version writes, and its full-text companion."""
    names = set(database.table_names())
    searchable = {f"{table.name}_fts" for table in TABLES.values() if table.searched}
    return names >= {*TABLES, *searchable} and all(
        set(database.table(table.name).columns_dict) == set(table.columns) for table in TABLES.values()
    )


def is_complete(database: Database) -> bool:
    """Say whether all bundles of the folder have been looked at since the file was made."""
    return any(row["complete"] for row in _schema(database).rows)


def mark_complete(database: Database) -> None:
    """Note that all bundles of the folder have been looked at."""
    database.execute("UPDATE schema SET complete = 1 WHERE complete = 0")


def _schema(database: Database) -> Any:
    return database.table("schema")


def _foreign_keys(table: Table) -> list[ForeignKey]:
    if table.parent is None:
        return []
    from sqlite_utils.db import ForeignKey  # noqa: PLC0415 - loaded only where tables are made, as in `file`

    columns, parent, parent_columns = table.parent
    compound = len(columns) > 1
    return [
        ForeignKey(
            table=table.name,
            column=None if compound else columns[0],
            other_table=parent,
            other_column=None if compound else parent_columns[0],
            columns=columns,
            other_columns=parent_columns,
            is_compound=compound,
            on_delete="CASCADE",
        )
    ]
