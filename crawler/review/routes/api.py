"""The desk's JSON API: what its pages show, from the same view models, a part of a list at a time."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from crawler.model.account import Role
from crawler.model.comparison import Comparison
from crawler.model.indexed import Hit, ListedFinding, ListedHost, ListedRun, ListedTarget, Page
from crawler.model.night import Night
from crawler.model.scenario import Stage
from crawler.model.trend import Series
from crawler.report.request_table import Row
from crawler.report.views import Summary
from crawler.review.access import requires
from crawler.review.desk import DeskOf
from crawler.review.failures import responses
from crawler.review.kept_runs import KeptRunsOf
from crawler.review.kept_series import KeptSeriesOf
from crawler.review.refusal import Refusal
from crawler.review.routes.compare import Name, compare_runs
from crawler.review.routes.nights import night_of
from crawler.review.routes.queue import with_index
from crawler.review.routes.runs import MOST_OFFSET, Day, Policy, Verdict, Word, kept_run, run_view
from crawler.review.routes.trend import AskedTarget, void_of
from crawler.review.screen import ScreenOf
from crawler.review.views.run import RunAddresses, request_rows
from crawler.store.index.listing import (
    WINDOW,
    FindingFilter,
    RunFilter,
    list_findings,
    list_hosts,
    list_runs,
    list_targets,
)
from crawler.store.index.search import search
from crawler.store.nights import read_nights

router = APIRouter(
    prefix="/api",
    tags=["api"],
    dependencies=[requires(Role.VIEWER), with_index],
    responses=responses(400, 401, 403, 422, 503),
)
OF_ONE = responses(404, 409)


class Part(BaseModel):
    """Which part of a list is asked for."""

    model_config = ConfigDict(extra="ignore")

    offset: Annotated[int, Field(ge=0, le=MOST_OFFSET)] = 0
    limit: Annotated[int, Field(ge=1, le=1_000)] = WINDOW


class AskedRunPart(Part):
    """Which runs are asked for."""

    words: Word = ""
    target: Word = ""
    scenario: Word = ""
    device: Word = ""
    state: Word = ""
    verdict: Verdict = ""
    since: Day = ""
    until: Day = ""


class AskedFindingPart(Part):
    """Which findings are asked for."""

    bundle: Annotated[str, Field(max_length=600)] = ""
    policy: Word = ""
    target: Word = ""
    device: Word = ""
    rule: Word = ""
    stage: Stage | Literal[""] = ""
    outcome: Literal["", "fail", "needs_review"] = ""
    severity: Literal["", "low", "medium", "high"] = ""
    status: Literal["", "open", "excused"] = ""
    fingerprint: Word = ""


class AskedRequestPart(Part):
    """Which requests of a run are asked for."""

    words: Word = ""
    stage: Word = ""
    operator: Word = ""
    state: Word = ""
    witness: Word = ""
    policy: Word = ""


class RunIntegrity(BaseModel):
    """Whether a run is what was sealed, checked when it was asked for."""

    bundle: str
    checked: str
    is_whole: bool
    problems: tuple[str, ...]
    problems_left_out: int


class Requests(BaseModel):
    """A part of the requests of a run; `found` of `total` fit."""

    items: tuple[dict[str, Any], ...]
    offset: int
    found: int
    total: int


def _filter(part: Part) -> dict[str, Any]:
    return part.model_dump(mode="json", exclude={"offset", "limit"})


@router.get("/runs")
def api_list_runs(desk: DeskOf, asked: Annotated[AskedRunPart, Query()]) -> Page[ListedRun]:
    """Return runs, the newest first."""
    return list_runs(desk.snapshots, RunFilter(**_filter(asked)), offset=asked.offset, limit=asked.limit)


@router.get("/runs/{scenario}/{run}", responses=OF_ONE)
def api_show_run(desk: DeskOf, runs: KeptRunsOf, scenario: str, run: str, policy: Policy = "") -> Summary:
    """Return everything that a report says of a run, once every byte of it was held against its seal."""
    view = run_view(desk, runs, scenario, run, policy)
    if not view.checked.is_whole:
        raise Refusal(409, "desk.refusal.not-whole", why=view.checked.problems[0])
    return view.kept.summary if view.kept else kept_run(desk, runs, scenario, run, policy).summary


@router.get("/runs/{scenario}/{run}/integrity", responses=OF_ONE)
def api_check_run(desk: DeskOf, runs: KeptRunsOf, scenario: str, run: str) -> RunIntegrity:
    """Hold every byte of a run against its seal, now."""
    view = run_view(desk, runs, scenario, run)
    return RunIntegrity(
        bundle=view.name,
        checked=view.checked.at,
        is_whole=view.checked.is_whole,
        problems=view.checked.problems,
        problems_left_out=view.checked.left_out,
    )


@router.get("/runs/{scenario}/{run}/requests", responses=OF_ONE)
def api_list_requests(
    *,
    screen: ScreenOf,
    desk: DeskOf,
    runs: KeptRunsOf,
    scenario: str,
    run: str,
    asked: Annotated[AskedRequestPart, Query()],
) -> Requests:
    """Return the requests of a run that have all the words and choices, in the order they were seen."""
    kept = kept_run(desk, runs, scenario, run, asked.policy)
    at, t = RunAddresses(scenario, run), screen.t
    rows = request_rows(kept, at, _filter(asked), asked.offset, t, window=asked.limit)
    items = tuple(map(_plain, rows.rows))
    return Requests(items=items, offset=asked.offset, found=rows.found, total=rows.total)


@router.get("/findings")
def api_list_findings(desk: DeskOf, asked: Annotated[AskedFindingPart, Query()]) -> Page[ListedFinding]:
    """Return findings, those of the newest run first."""
    wanted = FindingFilter(**_filter(asked))
    return list_findings(desk.snapshots, wanted, offset=asked.offset, limit=asked.limit)


@router.get("/hosts")
def api_list_hosts(
    desk: DeskOf, asked: Annotated[Part, Query()], words: Annotated[str, Query(max_length=255)] = ""
) -> Page[ListedHost]:
    """Return hosts over all runs, those of the most runs first."""
    return list_hosts(desk.snapshots, words, offset=asked.offset, limit=asked.limit)


@router.get("/nights")
def api_list_nights(desk: DeskOf) -> list[dt.date]:
    """Return the dates of the nights whose record can be read, the newest first."""
    return [night.date for night in reversed(read_nights(desk.nights, lambda _error: None))]


@router.get("/nights/{date}", responses=OF_ONE)
def api_show_night(desk: DeskOf, date: Annotated[dt.date, Path()]) -> Night:
    """Return the record of a night."""
    return night_of(desk, date)[0]


@router.get("/compare", responses=OF_ONE)
def api_compare(desk: DeskOf, old: Name, new: Name) -> Comparison:
    """Return what lies between an older and a newer run, by the names of their bundles."""
    return compare_runs(desk, old, new)


@router.get("/targets")
def api_list_targets(desk: DeskOf) -> tuple[ListedTarget, ...]:
    """Return every target, scenario and device that has a trend."""
    return list_targets(desk.snapshots)


@router.get("/trend", responses=OF_ONE)
def api_show_trend(desk: DeskOf, series: KeptSeriesOf, target: AskedTarget) -> Series:
    """Return one target over its runs."""
    found = series.series(desk.index, target, void_of(desk))
    if found is None:
        raise Refusal(404, "desk.refusal.not-found")
    return found


@router.get("/search")
def api_search(
    desk: DeskOf,
    q: Annotated[str, Query(max_length=500)],
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> tuple[Hit, ...]:
    """Return findings, then pages, that have all the words; words in quotes stand together."""
    return search(desk.snapshots, q, limit=limit)


def _plain(row: Row) -> dict[str, Any]:
    """Return a row by its ids; its labels are words of a page."""
    return {name: value for name, value in row._asdict().items() if not name.endswith("_label")}
