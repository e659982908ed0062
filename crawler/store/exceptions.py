"""Keeps the exceptions that reviewers made: `exceptions.jsonl` beside the scenarios' folders, hash-chained.

They lie over the policy pack of every bundle in the folder. Nobody takes a line out: each expires by itself.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from crawler.errors import DecisionRefused, JournalBroken
from crawler.model.excepted import ExceptedMention, Exceptions, most_days
from crawler.store.journal import Journal, facts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

FILE = "exceptions.jsonl"
_JSON: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


def read_exceptions(out: Path) -> Exceptions:
    """Return the exceptions of a folder of bundles.

    Raises:
        JournalBroken: somebody changed the file, or it holds what no Pantau writes.
        JournalUnwritable: it cannot be read.
    """
    journal = Journal(out / FILE)
    listed = _listed(journal)
    whole = journal.path.read_bytes() if listed else b""
    return Exceptions(listed=listed, sha256=hashlib.sha256(whole).hexdigest() if whole else "")


def exceptions_over(root: Path) -> Exceptions:
    """Return the exceptions that lie over the run of a folder.

    Raises:
        JournalBroken: as for `read_exceptions`.
        JournalUnwritable: as for `read_exceptions`.
    """
    return read_exceptions(root.resolve().parent.parent)


def write_exception(out: Path, today: date, make: Callable[[int], ExceptedMention]) -> ExceptedMention:
    """Append the exception that `make` makes of the next number, synced to disk; the same key only once.

    Raises:
        DecisionRefused: it would hold for too long, or has ended already.
        JournalBroken: as for `read_exceptions`; nothing is appended.
        JournalUnwritable: the disk does not take it.
    """
    journal = Journal(out / FILE)
    with journal.turn() as append:
        listed = _listed(journal)
        made = make(len(listed) + 1)
        known = next((each for each in listed if each.key == made.key), None)
        if known:
            return known
        if made.until < today or made.until > today + timedelta(days=most_days()):
            raise DecisionRefused(
                f"An exception cannot hold until {made.until.isoformat()}.",
                hint=f"Name a day from today on, at most {most_days()} days ahead.",
            )
        append(made.model_dump(mode="json"))
    return made


def _listed(journal: Journal) -> tuple[ExceptedMention, ...]:
    found = []
    for entry in journal.entries():
        try:
            found.append(ExceptedMention.model_validate_json(_JSON.dump_json(facts(entry))))
        except ValidationError as error:
            raise JournalBroken(
                f"{journal.path}: line {entry['seq']} is no exception.",
                hint="It was written by a newer Pantau, or by hand.",
            ) from error
    return tuple(found)
