"""Keeps cases: `cases.jsonl`, append-only and hash-chained. A run is not changed by belonging to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from crawler.errors import JournalBroken
from crawler.model.case import Case, CaseOpened, CaseRun
from crawler.store.journal import Journal, facts

if TYPE_CHECKING:
    from pathlib import Path

_LINE: TypeAdapter[CaseOpened | CaseRun] = TypeAdapter(CaseOpened | CaseRun)
_FACTS = TypeAdapter(dict[str, object])


class CaseExists(Exception):
    """There is a case of that number already."""


class NoSuchCase(Exception):
    """There is no case of that number."""


class Cases:
    """The cases of one file."""

    def __init__(self, path: Path) -> None:
        self._journal = Journal(path)

    def all(self) -> tuple[Case, ...]:
        """Return the cases, newest first.

        Raises:
            JournalBroken: somebody changed the record, or it holds what no Pantau writes.
            JournalUnwritable: it cannot be read.
        """
        return tuple(reversed(list(self._standing().values())))

    def find(self, case_id: str) -> Case | None:
        """Return the case that an address names; None where there is none."""
        return next((each for each in self.all() if each.id == case_id), None)

    def open(self, opened: CaseOpened) -> None:
        """Open a case.

        Raises:
            CaseExists: its number is taken.
            JournalUnwritable: the disk does not take it.
        """
        with self._journal.turn() as append:
            if opened.number in self._standing():
                raise CaseExists(opened.number)
            append(opened.model_dump(mode="json"))

    def note_run(self, line: CaseRun) -> None:
        """Put a run into a case, or take it out.

        Raises:
            NoSuchCase: the number is nobody's.
            JournalUnwritable: the disk does not take it.
        """
        with self._journal.turn() as append:
            case = self._standing().get(line.number)
            if case is None:
                raise NoSuchCase(line.number)
            if line.run not in (case.added if line.belongs else case.removed):
                append(line.model_dump(mode="json"))

    def _standing(self) -> dict[str, Case]:
        found: dict[str, Case] = {}
        for entry in self._journal.entries():
            line = self._line(entry)
            if isinstance(line, CaseOpened):
                found.setdefault(line.number, Case(opened=line, since=str(entry["time"])))
            elif line.number in found:
                found[line.number] = _with_run(found[line.number], line)
        return found

    def _line(self, entry: dict[str, object]) -> CaseOpened | CaseRun:
        try:
            return _LINE.validate_json(_FACTS.dump_json(facts(entry)))
        except ValidationError as error:
            raise JournalBroken(
                f"{self._journal.path}: line {entry['seq']} is neither a case nor a run of one.",
                hint="It was written by a newer Pantau, or by hand.",
            ) from error


def _with_run(case: Case, line: CaseRun) -> Case:
    others = {
        "added": tuple(each for each in case.added if each != line.run),
        "removed": tuple(each for each in case.removed if each != line.run),
    }
    into = "added" if line.belongs else "removed"
    return case.model_copy(update=others | {into: (*others[into], line.run)})
