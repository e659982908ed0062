"""Runs: the list, one run, its stages, its requests."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from crawler.errors import EvidenceError
from crawler.model.account import Role
from crawler.report.forms import FORMS
from crawler.report.words import Words
from crawler.review.access import requires
from crawler.review.desk import Desk, DeskOf
from crawler.review.kept_runs import KeptRuns, KeptRunsOf
from crawler.review.paths import run_folder
from crawler.review.refusal import Refusal
from crawler.review.routes.queue import with_index
from crawler.review.screen import ScreenOf
from crawler.review.views.kept_run import KeptRun
from crawler.review.views.run import (
    RunAddresses,
    RunView,
    check,
    open_findings,
    request_choices,
    request_rows,
    words_of,
)
from crawler.review.views.stage import stage_pictures
from crawler.store.bundle import Bundle
from crawler.store.index.listing import RunFilter, find_run, list_runs, run_choices

router = APIRouter(prefix="/runs", tags=["runs"], dependencies=[requires(Role.VIEWER), with_index])

MOST_OFFSET = 10_000_000
Word = Annotated[str, Field(max_length=200)]
Day = Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
Policy = Annotated[str, Query(max_length=200)]
Verdict = Literal["", "fail", "needs_review", "not_testable", "pass", "not_applicable"]


class AskedRuns(BaseModel):
    """The filters of the list of runs as they stand in an address."""

    model_config = ConfigDict(extra="ignore")

    words: Word = ""
    target: Word = ""
    scenario: Word = ""
    device: Word = ""
    state: Word = ""
    verdict: Verdict = ""
    since: Day = ""
    until: Day = ""
    offset: Annotated[int, Field(ge=0, le=MOST_OFFSET)] = 0

    @property
    def wanted(self) -> RunFilter:
        """What the index is asked for."""
        return RunFilter(**self.model_dump(exclude={"offset"}))

    def address(self, offset: int) -> str:
        """Return the address of a part of this list."""
        asked = {name: value for name, value in self.model_dump(exclude={"offset"}).items() if value}
        return f"/runs?{urlencode({**asked, 'offset': offset})}"


class AskedRequests(BaseModel):
    """The filters of the requests of a run as they stand in an address."""

    model_config = ConfigDict(extra="ignore")

    words: Word = ""
    stage: Word = ""
    operator: Word = ""
    state: Word = ""
    witness: Word = ""
    policy: Word = ""
    offset: Annotated[int, Field(ge=0, le=MOST_OFFSET)] = 0


@router.get("")
def show_runs(*, screen: ScreenOf, desk: DeskOf, asked: Annotated[AskedRuns, Query()]) -> Response:
    """Show the runs that fit, the newest first."""
    found = list_runs(desk.snapshots, asked.wanted, offset=asked.offset)
    more = asked.address(found.next_offset) if found.next_offset else None
    words = Words(screen.t).by_name()
    if screen.is_fragment:
        return screen.page("runs-rows.html.j2", found=found, more=more, **words)
    choices = run_choices(desk.snapshots)
    return screen.page("runs.html.j2", found=found, more=more, asked=asked, choices=choices, **words)


@router.get("/{scenario}/{run}")
def show_run(
    *, screen: ScreenOf, desk: DeskOf, runs: KeptRunsOf, scenario: str, run: str, policy: Policy = ""
) -> Response:
    """Show one run; every byte of it is held against its seal first."""
    view = run_view(desk, runs, scenario, run, policy)
    if view.kept is None:
        return screen.page("run-unreadable.html.j2", view=view, **Words(screen.t).by_name())
    return screen.page(
        "run.html.j2",
        view=view,
        s=view.kept.summary,
        found=open_findings(view.kept),
        forms=FORMS,
        **words_of(view.kept, screen.t),
    )


@router.get("/{scenario}/{run}/stages/{ordinal}")
def show_stage(
    *,
    screen: ScreenOf,
    desk: DeskOf,
    runs: KeptRunsOf,
    scenario: str,
    run: str,
    ordinal: Annotated[int, Path(ge=1, le=10_000)],
    policy: Policy = "",
) -> Response:
    """Show one stage: its pictures with what was found on them, its hosts, its waterfall."""
    kept = kept_run(desk, runs, scenario, run, policy)
    visit = next((each for each in kept.summary.visits if each.ordinal == ordinal), None)
    if visit is None:
        raise Refusal(404, "desk.refusal.not-found")
    at = RunAddresses(scenario, run)
    return screen.page(
        "stage.html.j2",
        at=at,
        s=kept.summary,
        visit=visit,
        found=open_findings(kept, visit),
        pictures=stage_pictures(kept, visit, at),
        **words_of(kept, screen.t),
    )


@router.get("/{scenario}/{run}/requests")
def show_requests(
    *,
    screen: ScreenOf,
    desk: DeskOf,
    runs: KeptRunsOf,
    scenario: str,
    run: str,
    asked: Annotated[AskedRequests, Query()],
) -> Response:
    """Show the requests of a run that fit, in the order they were seen."""
    kept = kept_run(desk, runs, scenario, run, asked.policy)
    at = RunAddresses(scenario, run)
    given = {name: str(value) for name, value in asked.model_dump(exclude={"offset"}).items()}
    rows = request_rows(kept, at, given, asked.offset, screen.t)
    words = Words(screen.t).by_name()
    if screen.is_fragment:
        return screen.page("request-rows.html.j2", rows=rows, offset=asked.offset, **words)
    choices = request_choices(kept, screen.t)
    return screen.page(
        "requests.html.j2",
        at=at,
        s=kept.summary,
        rows=rows,
        asked=asked,
        choices=choices,
        offset=asked.offset,
        **words,
    )


def run_view(desk: Desk, runs: KeptRuns, scenario: str, run: str, policy: str = "") -> RunView:
    """Return a run as it is now: checked, and with what reports show of it, where that can be made.

    Raises:
        Refusal: 404 where there is no such folder, or no judgement by the pack that is asked for.
    """
    root = run_folder(desk.snapshots, scenario, run)
    checked = check(root, datetime.now(UTC))
    kept: KeptRun | None = None
    if checked.is_whole:
        try:
            kept = runs.run(root, policy)
        except Refusal:
            if policy:
                raise
        except EvidenceError:  # of a newer Pantau, or changed this very moment: the page says what is known
            kept = None
    return RunView(
        at=RunAddresses(scenario, run),
        checked=checked,
        listed=find_run(desk.snapshots, f"{scenario}/{run}"),
        kept=kept,
        policy=policy,
    )


def kept_run(desk: Desk, runs: KeptRuns, scenario: str, run: str, policy: str) -> KeptRun:
    """Return what reports show of a run.

    Raises:
        Refusal: 404 where there is no such run or judgement, 409 where the run is not what was sealed.
    """
    root = run_folder(desk.snapshots, scenario, run)
    try:
        return runs.run(root, policy)
    except EvidenceError as error:
        raise _not_whole(root, error) from error


def sealed_bundle(runs: KeptRuns, root: FilePath) -> Bundle:
    """Return the bundle of a run.

    Raises:
        Refusal: 409 where the run is not what was sealed.
    """
    try:
        return runs.bundle(root)
    except EvidenceError as error:
        raise _not_whole(root, error) from error


def _not_whole(root: FilePath, error: EvidenceError) -> Refusal:
    return Refusal(409, "desk.refusal.not-whole", why=error.message.replace(str(root), root.name))
