"""Adds rows to the user's own table of hosts: what a person found out, dated, with its source."""

from __future__ import annotations

import csv
import io
import os
from typing import TYPE_CHECKING
from uuid import uuid4

from crawler.derive.operators.hosts import HostRow, own_file, parse_hosts
from crawler.errors import PolicyError

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = tuple(HostRow.model_fields)


def add_row(row: HostRow) -> Path:
    """Append a row to the user's own table, made if there is none, and return where it stands.

    The whole table is checked as it will be read; it is replaced whole or not at all.

    Raises:
        PolicyError: the row contradicts one that is there, the table is wrong already, or it cannot be
            written.
    """
    path = own_file()
    if path is None:
        raise PolicyError("There is no place for a table of your own.", hint="Name a file in PANTAU_HOSTS.")
    try:
        before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
        text = _with_row(before, row)
        parse_hosts(text, str(path))
        _replace(path, text)
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path} cannot be written: {error}.", hint="See docs/hosts.md.") from error
    return path


def _with_row(before: str, row: HostRow) -> str:
    """Return the text of a table with one row more, under the columns that it has."""
    made = io.StringIO()
    listed = list(csv.reader(io.StringIO(before)))
    columns = listed[0] if listed else list(_COLUMNS)
    writer = csv.writer(made, lineterminator="\n")
    writer.writerows([columns, *listed[1:]])
    facts = row.model_dump(mode="json")
    writer.writerow(["" if facts.get(name) is None else facts[name] for name in columns])
    return made.getvalue()


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{uuid4().hex}.unfinished")
    try:
        with unfinished.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
