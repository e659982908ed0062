"""A case as its pages show it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.errors import IndexUnavailable
from crawler.history.case_file import CaseNotice, notices_of_case, runs_of_case
from crawler.lib.clock import jakarta_date
from crawler.store.index.listing import FindingFilter, RunFilter, find_run, list_findings, list_runs
from crawler.store.notices import standings

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from crawler.model.case import Case
    from crawler.model.indexed import ListedFinding, ListedRun

MAX_RUNS = 200  # of one case: a ZIP keeps its list of files in memory
MAX_FINDINGS = 300


@dataclass(frozen=True)
class CaseFinding:
    """A finding over the runs of a case: where it was seen first, and in how many of them."""

    finding: ListedFinding
    runs: int


@dataclass(frozen=True)
class CaseDeadline:
    """A notice and what its deadline means today: days left, negative where it has passed."""

    notice: CaseNotice
    days_left: int


@dataclass(frozen=True)
class CaseView:
    """A case with all that belongs to it.

    `missing` are runs that are named and are not in the index; `left_out` counts runs beyond the bound.
    """

    case: Case
    runs: tuple[ListedRun, ...]
    missing: tuple[str, ...]
    left_out: int
    findings: tuple[CaseFinding, ...]
    more_findings: bool
    notices: tuple[CaseDeadline, ...]

    @property
    def sealed(self) -> tuple[ListedRun, ...]:
        """The runs that can be handed on: their seal held when they were indexed."""
        return tuple(run for run in self.runs if run.state == "sealed")


def case_view(case: Case, snapshots: Path, nights: Path | None) -> CaseView:
    """Return a case with its runs, findings and notices.

    Args:
        case: The case.
        snapshots: Folder of the bundles, with their index.
        nights: Folder of the nights' records, where the notices are; None where there is none.

    Raises:
        IndexUnavailable: the index cannot be read.
        JournalBroken: somebody changed the record of the notices.
    """
    listed, beyond = _named_runs(case, snapshots)
    named = {each.bundle: each for each in listed}
    names = runs_of_case(case, named)
    found = {name: named.get(name) or _found(snapshots, name) for name in names[-MAX_RUNS:]}
    runs = tuple(run for run in found.values() if run is not None)
    findings, more = _findings(snapshots, runs)
    today = jakarta_date()
    told = notices_of_case(names, standings(nights)) if nights else ()
    return CaseView(
        case=case,
        runs=tuple(reversed(runs)),
        missing=tuple(name for name, run in found.items() if run is None),
        left_out=beyond + len(names) - len(found),
        findings=findings,
        more_findings=more,
        notices=tuple(CaseDeadline(each, _days(each.standing.notice.deadline, today)) for each in told),
    )


def _named_runs(case: Case, snapshots: Path) -> tuple[tuple[ListedRun, ...], int]:
    """Return the newest runs whose own record names the case, and how many there are beyond them."""
    try:
        page = list_runs(snapshots, RunFilter(surat_tugas=case.number), limit=MAX_RUNS)
    except IndexUnavailable:
        return (), 0  # no run was made or brought yet
    return page.items, page.total - len(page.items)


def _found(snapshots: Path, name: str) -> ListedRun | None:
    try:
        return find_run(snapshots, name)
    except IndexUnavailable:
        return None


def _findings(snapshots: Path, runs: tuple[ListedRun, ...]) -> tuple[tuple[CaseFinding, ...], bool]:
    """Return what stands open in the runs, each finding once, the most frequent first."""
    first: dict[str, ListedFinding] = {}
    counts: Counter[str] = Counter()
    more = False
    for run in runs:
        if run.policy is None:
            continue
        wanted = FindingFilter(bundle=run.bundle, policy=run.policy, status="open")
        page = list_findings(snapshots, wanted)
        more = more or page.total > len(page.items)
        for fingerprint in dict.fromkeys(each.fingerprint for each in page.items):
            counts[fingerprint] += 1
        for each in page.items:
            first.setdefault(each.fingerprint, each)
    order = sorted(first.values(), key=lambda each: (each.outcome != "fail", -counts[each.fingerprint]))
    shown = tuple(CaseFinding(each, counts[each.fingerprint]) for each in order[:MAX_FINDINGS])
    return shown, more or len(order) > MAX_FINDINGS


def _days(deadline: date, today: date) -> int:
    return (deadline - today).days
