"""The queue of findings: one line an observation, the worst first, every filter in the address."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from crawler.lib.clock import jakarta_date
from crawler.model.account import Person, Role
from crawler.model.decision import STATES
from crawler.model.queue import Observation
from crawler.model.scenario import Stage
from crawler.review.access import requires
from crawler.review.desk import Desk, DeskOf
from crawler.review.screen import ScreenOf
from crawler.review.views.asked import OUTCOMES, SEVERITIES, AskedQueue
from crawler.review.views.finding import finding_address
from crawler.store import index
from crawler.store.index import queue

router = APIRouter(tags=["queue"])

Looks = Annotated[Person, requires(Role.VIEWER)]


class AskedRows(AskedQueue):
    """The filters, and the line that the wanted ones come after."""

    of: str = ""
    after: str = ""


@router.get("/queue")
def show_queue(
    screen: ScreenOf, desk: DeskOf, person: Looks, asked: Annotated[AskedQueue, Query()]
) -> Response:
    """Show the filters and the first lines."""
    fill_index(desk)
    today = jakarta_date()
    lines = queue.queue(desk.snapshots, asked.wanted_by(person.name), today)
    return screen.page(
        "queue.html.j2",
        asked=asked,
        lines=lines,
        more=more_of(asked, lines),
        today=today,
        counts=queue.counts(desk.snapshots, asked.wanted, today),
        reviewers=queue.reviewers(desk.snapshots),
        choices={"stage": list(Stage), "severity": SEVERITIES, "outcome": OUTCOMES, "state": STATES},
        address=finding_address,
    )


@router.get("/queue/rows")
def show_rows(
    screen: ScreenOf, desk: DeskOf, person: Looks, place: Annotated[AskedRows, Query()]
) -> Response:
    """Show the lines that come after one."""
    asked = AskedQueue.model_validate(place.model_dump())
    today = jakarta_date()
    lines = queue.queue(desk.snapshots, asked.wanted_by(person.name), today, after=(place.of, place.after))
    return screen.page(
        "queue-rows.html.j2",
        asked=asked,
        lines=lines,
        more=more_of(asked, lines),
        today=today,
        address=finding_address,
    )


def fill_index(desk: Desk) -> None:
    """Make the index where there is none, or one of another Pantau: bundles may come from anywhere."""
    if not index.is_of_this_version(desk.snapshots):
        index.update(desk.snapshots)


def _filled(desk: DeskOf) -> None:
    fill_index(desk)


with_index = Depends(_filled)
"""The dependency of routes that ask the index; it stands behind the role that they need."""


def more_of(asked: AskedQueue, lines: tuple[Observation, ...]) -> str:
    """Return the address of the lines that follow; empty where these are the last."""
    if len(lines) < queue.PAGE:
        return ""
    return asked.address("/queue/rows", of=lines[-1].target, after=lines[-1].fingerprint)
