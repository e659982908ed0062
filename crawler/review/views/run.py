"""One run as the desk shows it: whether it is what was sealed, what reports say of it, and its requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from crawler.lib.clock import stamp as stamped
from crawler.report.html import ReportWords, Shown
from crawler.report.request_table import choices_of, narrowed, rows_of
from crawler.store.verify import verify

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from crawler.lib.i18n import Translator
    from crawler.model.indexed import ListedRun
    from crawler.report.request_table import Row
    from crawler.report.views import FindingView, VisitView
    from crawler.review.views.kept_run import KeptRun

MOST_PROBLEMS = 100
WINDOW = 200  # rows at once


@dataclass(frozen=True)
class Checked:
    """What a check of a run folder found, and when: no problem means sealed and unchanged.

    `left_out` counts further problems than those that are listed.
    """

    at: str
    problems: tuple[str, ...]
    left_out: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether the run is sealed and every file is what it was."""
        return not self.problems


@dataclass(frozen=True)
class RunAddresses:
    """Where the pages of a run are."""

    scenario: str
    run: str

    @property
    def page(self) -> str:
        """The address of its own page, which all others begin with."""
        return f"/runs/{quote(self.scenario, safe='')}/{quote(self.run, safe='')}"

    def below(self, *steps: str | int, **query: str | int) -> str:
        """Return the address of something of the run."""
        path = "/".join([self.page, *(quote(str(step)) for step in steps)])
        asked = {name: value for name, value in query.items() if value != ""}
        return f"{path}?{urlencode(asked)}" if asked else path

    def finding(self, view: FindingView, target: str) -> str:
        """Return where a finding is decided."""
        return f"/findings/{view.finding.fingerprint[:32]}?{urlencode({'of': target})}"


@dataclass(frozen=True)
class RunView:
    """What the pages of a run have in common. `kept` is None where no report can be made of it.

    `policy` is the pack that was asked for; empty where the one that counts for the day is shown.
    """

    at: RunAddresses
    checked: Checked
    listed: ListedRun | None
    kept: KeptRun | None
    policy: str = ""

    @property
    def name(self) -> str:
        """The name of its bundle."""
        return f"{self.at.scenario}/{self.at.run}"


@dataclass(frozen=True)
class RequestRows:
    """A part of the requests of a run that fit. `more` is the address of the next part; None for the last."""

    rows: tuple[Row, ...]
    found: int
    total: int
    more: str | None


def check(root: Path, now: datetime) -> Checked:
    """Check a run folder against its seal, every byte of it."""
    problems = verify(str(root))
    shown = tuple(problem.replace(str(root), root.name) for problem in problems[:MOST_PROBLEMS])
    return Checked(stamped(now), shown, max(0, len(problems) - MOST_PROBLEMS))


def words_of(kept: KeptRun, t: Translator) -> dict[str, Any]:
    """Return what templates of a report may call, for the parts of a report that the desk shows."""
    return ReportWords(kept.summary, Shown(), t).by_name()


def open_findings(kept: KeptRun, visit: VisitView | None = None) -> tuple[FindingView, ...]:
    """Return the open findings of a run, or of one of its stages, in the order of the journey."""
    return tuple(
        view
        for view in kept.summary.findings
        if view.finding.status == "open" and visit in (None, _visit_of(kept, view))
    )


def _visit_of(kept: KeptRun, view: FindingView) -> VisitView | None:
    return next((visit for visit in kept.summary.visits if visit.ordinal == view.finding.visit), None)


def request_rows(
    kept: KeptRun,
    at: RunAddresses,
    asked: Mapping[str, str],
    offset: int,
    t: Translator,
    *,
    window: int = WINDOW,
) -> RequestRows:
    """Return a part of the requests that have the words and choices that are asked for.

    Args:
        kept: The run.
        at: Its addresses.
        asked: `words`, the choices by their names, and `policy`.
        offset: How many to pass over.
        t: The words of the language.
        window: The most to return.
    """
    every = rows_of(kept.summary, kept.groups, t)
    choices = {name: asked[name] for name in ("stage", "operator", "state", "witness")}
    found = narrowed(every, asked["words"], choices)
    rest = offset + window
    more = at.below("requests", **asked, offset=rest) if rest < len(found) else None
    return RequestRows(tuple(found[offset:rest]), len(found), len(every), more)


def request_choices(kept: KeptRun, t: Translator) -> tuple[tuple[str, list[tuple[str, str]]], ...]:
    """Return what the requests can be narrowed down by."""
    return choices_of(rows_of(kept.summary, kept.groups, t), t)
