"""Nights: the list, and what one of them has to say in the morning."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from crawler.errors import NightUnreadable
from crawler.model.account import Role
from crawler.model.night import Night
from crawler.report.words import Words
from crawler.review.access import requires
from crawler.review.desk import Desk, DeskOf
from crawler.review.evidence import drawn
from crawler.review.mornings import Mornings
from crawler.review.refusal import Refusal
from crawler.review.screen import ScreenOf
from crawler.store.nights import read_nights

router = APIRouter(prefix="/nights", tags=["nights"], dependencies=[requires(Role.VIEWER)])

MOST_LISTED = 400


@router.get("")
def show_nights(screen: ScreenOf, desk: DeskOf) -> Response:
    """Show the nights, the newest first, and the records that cannot be read."""
    unreadable: list[NightUnreadable] = []
    nights = read_nights(desk.nights, unreadable.append)
    return screen.page(
        "nights.html.j2",
        nights=nights[: -MOST_LISTED - 1 : -1],
        left_out=max(0, len(nights) - MOST_LISTED),
        unreadable=unreadable,
        **Words(screen.t).by_name(),
    )


@router.get("/pictures/{name}")
def send_picture(desk: DeskOf, name: Annotated[str, Path(max_length=100)]) -> Response:
    """Send a picture of a morning page."""
    path = Mornings(desk).picture(name)
    return drawn(path.read_bytes() if path else None)


@router.get("/{date}")
def show_night(screen: ScreenOf, desk: DeskOf, date: dt.date) -> Response:
    """Show what a night has to say."""
    night, before = night_of(desk, date)
    body = Mornings(desk).body(night, before, screen.lang)
    return screen.page("night.html.j2", night=night, body=body, **Words(screen.t).by_name())


def night_of(desk: Desk, date: dt.date) -> tuple[Night, tuple[Night, ...]]:
    """Return a night and those before it.

    Raises:
        Refusal: 404 where there is no record of that night.
    """
    nights = read_nights(desk.nights, lambda _error: None)
    night = next((each for each in nights if each.date == date), None)
    if night is None:
        raise Refusal(404, "desk.refusal.not-found")
    return night, tuple(each for each in nights if each.number < night.number)
