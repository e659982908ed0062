"""Targets over their runs: a chart, and the same as a table."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from crawler.model.account import Role
from crawler.model.indexed import ListedTarget
from crawler.report.series_tables import findings_csv, runs_csv
from crawler.report.words import Words
from crawler.review import evidence
from crawler.review.access import requires
from crawler.review.desk import Desk, DeskOf
from crawler.review.kept_series import KeptSeriesOf
from crawler.review.refusal import Refusal
from crawler.review.routes.queue import with_index
from crawler.review.screen import ScreenOf
from crawler.store.index.listing import list_targets
from crawler.store.nights import read_nights, void_bundles

router = APIRouter(prefix="/trend", tags=["trend"], dependencies=[requires(Role.VIEWER), with_index])

Word = Annotated[str, Field(max_length=300)]


class AskedSeries(BaseModel):
    """Which series is asked for; nothing asks for the list of all."""

    model_config = ConfigDict(extra="ignore")

    target: Word = ""
    scenario: Word = ""
    device: Word = ""
    simulated: bool = False

    def address(self, path: str) -> str:
        """Return an address that asks for the same series."""
        return f"{path}?{urlencode(self.model_dump())}"


def asked_target(desk: DeskOf, asked: Annotated[AskedSeries, Query()]) -> ListedTarget:
    """Return the target that is asked for.

    Raises:
        Refusal: 404 where no judged run is of it.
    """
    wanted = (asked.target, asked.scenario, asked.device, asked.simulated)
    for each in list_targets(desk.snapshots):
        if (each.target, each.scenario, each.device, each.simulated) == wanted:
            return each
    raise Refusal(404, "desk.refusal.not-found")


AskedTarget = Annotated[ListedTarget, Depends(asked_target)]


def void_of(desk: Desk) -> frozenset[str]:
    """Return the bundles of void nights; a night whose record cannot be read is told on the nights' page."""
    return frozenset(void_bundles(read_nights(desk.nights, lambda _error: None)))


@router.get("")
def show_trend(
    screen: ScreenOf, desk: DeskOf, series: KeptSeriesOf, asked: Annotated[AskedSeries, Query()]
) -> Response:
    """Show the targets, or one of them over its runs."""
    words = Words(screen.t).by_name()
    if not asked.target:
        targets = [(each, _address(each)) for each in list_targets(desk.snapshots)]
        return screen.page("trends.html.j2", targets=targets, **words)
    found = series.series(desk.index, asked_target(desk, asked), void_of(desk))
    if found is None:
        raise Refusal(404, "desk.refusal.not-found")
    return screen.page("trend.html.j2", series=found, asked=asked, **words)


@router.get("/chart.svg")
def send_chart(screen: ScreenOf, desk: DeskOf, series: KeptSeriesOf, target: AskedTarget) -> Response:
    """Send the chart of a target."""
    drawn = series.chart(desk.index, target, void_of(desk), screen.lang)
    if drawn is None:
        raise Refusal(404, "desk.refusal.not-found")
    return evidence.own_drawing(drawn)


@router.get("/{table}.csv")
def send_table(
    *,
    screen: ScreenOf,
    desk: DeskOf,
    series: KeptSeriesOf,
    target: AskedTarget,
    table: Literal["runs", "findings"],
) -> Response:
    """Send the runs or the findings of a target as CSV."""
    found = series.series(desk.index, target, void_of(desk))
    write = runs_csv if table == "runs" else findings_csv
    return evidence.text_attachment(write([found] if found else [], screen.lang), f"trend-{table}.csv")


def _address(target: ListedTarget) -> str:
    asked = AskedSeries.model_validate(target.model_dump(include=set(AskedSeries.model_fields)))
    return asked.address("/trend")
