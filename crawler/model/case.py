"""A case: one assignment (surat tugas), and the runs that belong to it."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Literal

from pydantic import StringConstraints, model_validator

from crawler.model.evidence import Moment, Record
from crawler.model.night import BundleName

CaseNumber = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$"),
]
CaseTitle = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class CaseOpened(Record):
    """A line of `cases.jsonl` with `kind` `case`: number and title of an assignment, from when to when."""

    kind: Literal["case"] = "case"
    number: CaseNumber
    title: CaseTitle = ""
    begins: date
    ends: date | None = None
    by: str

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> CaseOpened:
        if self.ends is not None and self.ends < self.begins:
            raise ValueError("it ends before it begins")
        return self


class CaseRun(Record):
    """A line with `kind` `run`: somebody put a run into a case, or took it out again (`belongs` false)."""

    kind: Literal["run"] = "run"
    number: CaseNumber
    run: BundleName
    belongs: bool
    by: str


class Case(Record):
    """A case as it stands: `added` and `removed` are what people said of single runs.

    A run also belongs to a case where its own record names the number and nobody took it out.
    """

    opened: CaseOpened
    since: Moment
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """The number of the assignment."""
        return self.opened.number

    @property
    def title(self) -> str:
        """What it is called."""
        return self.opened.title

    @property
    def id(self) -> str:
        """What names it in an address: numbers of assignments have slashes."""
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]
