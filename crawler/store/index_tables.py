"""The tables of the index: every row belongs to a run and goes when the run's row goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlite_utils.db import ForeignKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlite_utils import Database

VERSION = 3
TOKENIZER = "unicode61 remove_diacritics 2"
RUNS: Mapping[str, type] = {
    "bundle": str,  # <scenario-id>/<run-id>, the folder below the one the index lies in
    "state": str,  # sealed, unsealed, damaged, too new
    "problem": str,
    "seal": str,
    "judged_sha256": str,
    "run_id": str,
    "scenario": str,
    "origin": str,
    "target": str,
    "device": str,
    "session_kind": str,
    "previous": str,
    "twin_of": str,
    "repeat_of": str,
    "as_of": str,
    "simulated": bool,
    "status": str,
    "ended_by": str,
    "detail": str,
    "started": str,
    "ended": str,
    "tool": str,
    "browser": str,
}
VISITS: Mapping[str, type] = {
    "bundle": str,
    "ordinal": int,
    "stage": str,
    "reached": bool,
    "reason": str,
    "detail": str,
    "url": str,
    "started": str,
    "settled": str,
    "ended": str,
    "failures": int,
}
ARTIFACTS: Mapping[str, type] = {
    "bundle": str,
    "path": str,
    "visit": int,
    "page": int,
    "kind": str,
    "sha256": str,
    "bytes": int,
}
REQUESTS: Mapping[str, type] = {
    "bundle": str,
    "number": int,
    "request": str,
    "time": str,
    "visit": int,
    "page": int,
    "method": str,
    "url": str,
    "host": str,
    "type": str,
    "state": str,
    "fields": str,
    "body_bytes": int,
    "contacted": bool,
    "status": int,
    "address": str,
    "failure": str,
}
HOSTS: Mapping[str, type] = {
    "bundle": str,
    "host": str,
    "registrable": str,
    "requests": int,
    "contacted": int,
    "refused": int,
}
JUDGEMENTS: Mapping[str, type] = {
    "bundle": str,
    "policy": str,
    "as_of": str,
    "simulated": bool,
    "verdict": str,
    "passed": int,
    "judged": int,
    "percent": int,
}
OBLIGATIONS: Mapping[str, type] = {
    "bundle": str,
    "policy": str,
    "obligation": str,
    "article": str,
    "severity": str,
    "verdict": str,
}
FINDINGS: Mapping[str, type] = {
    "id": int,
    "bundle": str,
    "policy": str,
    "number": int,
    "rule": str,
    "rule_version": int,
    "outcome": str,
    "severity": str,
    "confidence": float,
    "status": str,
    "visit": int,
    "stage": str,
    "url": str,
    "observed": str,
    "expected": str,
    "article": str,
    "message": str,
    "channel": str,
    "request": str,
    "times": int,
    "fingerprint": str,
}
LEFTOVERS: Mapping[str, type] = {
    "bundle": str,
    "policy": str,
    "visit": int,
    "stage": str,
    "measured": str,  # whole, partly, not
    "mentions": int,
    "logos": int,
    "in_review": int,
    "excused": int,
    "first_screen": int,
    "below": int,
    "unplaced": int,
    "area_share": float,
    "channels": str,  # JSON: open ones by channel
}
RESULTS: Mapping[str, type] = {
    "bundle": str,
    "policy": str,
    "rule": str,
    "version": int,
    "verdict": str,
    "error": str,
}
GAPS: Mapping[str, type] = {
    "bundle": str,
    "policy": str,
    "number": int,
    "rule": str,
    "stage": str,
    "visit": int,
    "message": str,
    "reader": str,
}
PAGES: Mapping[str, type] = {
    "id": int,
    "bundle": str,
    "visit": int,
    "page": int,
    "url": str,
    "title": str,
    "shown": str,
    "hidden": str,
}
TABLES: Mapping[str, Mapping[str, type]] = {  # a table stands after those it points to
    "runs": RUNS,
    "visits": VISITS,
    "artifacts": ARTIFACTS,
    "requests": REQUESTS,
    "hosts": HOSTS,
    "judgements": JUDGEMENTS,
    "obligations": OBLIGATIONS,
    "findings": FINDINGS,
    "leftovers": LEFTOVERS,
    "results": RESULTS,
    "gaps": GAPS,
    "pages": PAGES,
}
_OF_RUN = (("bundle",), "runs", ("bundle",))
_OF_VISIT = (("bundle", "visit"), "visits", ("bundle", "ordinal"))
_OF_JUDGEMENT = (("bundle", "policy"), "judgements", ("bundle", "policy"))
_KEYS: Mapping[str, Sequence[str]] = {
    "runs": ("bundle",),
    "visits": ("bundle", "ordinal"),
    "artifacts": ("bundle", "path"),
    "requests": ("bundle", "number"),
    "hosts": ("bundle", "host"),
    "judgements": ("bundle", "policy"),
    "obligations": ("bundle", "policy", "obligation"),
    "leftovers": ("bundle", "policy", "visit"),
    "results": ("bundle", "policy", "rule"),
    "gaps": ("bundle", "policy", "number"),
    "findings": ("id",),  # full-text search needs row numbers that outlive VACUUM
    "pages": ("id",),
}
_PARENTS: Mapping[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "visits": _OF_RUN,
    "artifacts": _OF_VISIT,
    "requests": _OF_RUN,  # a request before the first stage has visit 0
    "hosts": _OF_RUN,
    "judgements": _OF_RUN,
    "obligations": _OF_JUDGEMENT,
    "findings": _OF_JUDGEMENT,
    "leftovers": _OF_JUDGEMENT,
    "results": _OF_JUDGEMENT,
    "gaps": _OF_JUDGEMENT,
    "pages": _OF_VISIT,
}
_UNIQUE = {"findings": ("bundle", "policy", "number"), "pages": ("bundle", "visit", "page")}
_LOOKED_UP_BY = {
    "runs": (("scenario", "started"), ("state",)),
    "artifacts": (("bundle", "visit"), ("sha256",)),
    "requests": (("host",),),
    "hosts": (("registrable",),),
    "findings": (("fingerprint",), ("rule", "outcome")),
}
_SEARCHED = {"findings": ("observed",), "pages": ("title", "shown", "hidden")}


def create(database: Database) -> None:
    """Make all tables in an empty file, in one transaction. It is not `complete` yet."""
    with database.atomic():
        _schema(database).create({"version": int, "complete": bool}, strict=True)
        _schema(database).insert({"version": VERSION, "complete": False})
        for name, columns in TABLES.items():
            _create(database, name, dict(columns))


def version(database: Database) -> int | None:
    """Return the schema version of a file; none if it has no table of Pantau's at all."""
    if not _schema(database).exists():
        return None
    rows = list(_schema(database).rows)
    return int(rows[0]["version"]) if len(rows) == 1 and isinstance(rows[0]["version"], int) else 0


def is_whole(database: Database) -> bool:
    """Say whether every table has the columns that this version writes, and its full-text companion."""
    names = set(database.table_names())
    searchable = {f"{name}_fts" for name in _SEARCHED}
    return names >= {*TABLES, *searchable} and all(
        set(database.table(name).columns_dict) == set(columns) for name, columns in TABLES.items()
    )


def is_complete(database: Database) -> bool:
    """Say whether all bundles of the folder have been looked at since the file was made."""
    return any(row["complete"] for row in _schema(database).rows)


def mark_complete(database: Database) -> None:
    """Note that all bundles of the folder have been looked at."""
    database.execute("UPDATE schema SET complete = 1 WHERE complete = 0")


def _schema(database: Database) -> Any:
    return database.table("schema")


def _create(database: Database, name: str, columns: dict[str, type]) -> None:
    table = database.table(name)
    table.create(columns, pk=_KEYS[name], foreign_keys=_foreign_keys(name), strict=True)
    if name in _UNIQUE:
        table.create_index(_UNIQUE[name], unique=True)
    for looked_up_by in _LOOKED_UP_BY.get(name, ()):
        table.create_index(looked_up_by)
    if name in _SEARCHED:
        table.enable_fts(_SEARCHED[name], create_triggers=True, tokenize=TOKENIZER)


def _foreign_keys(name: str) -> list[ForeignKey]:
    if name not in _PARENTS:
        return []
    columns, parent, parent_columns = _PARENTS[name]
    compound = len(columns) > 1
    return [
        ForeignKey(
            table=name,
            column=None if compound else columns[0],
            other_table=parent,
            other_column=None if compound else parent_columns[0],
            columns=columns,
            other_columns=parent_columns,
            is_compound=compound,
            on_delete="CASCADE",
        )
    ]
