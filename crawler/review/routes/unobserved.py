"""The queue of what could not be observed: not reached is never compliant, so somebody has to look."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from crawler.model.account import Role
from crawler.review.access import requires
from crawler.review.desk import DeskOf
from crawler.review.routes.queue import fill_index
from crawler.review.screen import ScreenOf
from crawler.store.index.missed import missed

router = APIRouter(tags=["queue"])


@router.get("/unobserved", dependencies=[requires(Role.VIEWER)])
def show_unobserved(
    screen: ScreenOf, desk: DeskOf, target: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Show what was missed, the most frequent first."""
    fill_index(desk)
    lines = missed(desk.snapshots, target=target or None)
    targets = sorted({line.target for line in lines} | ({target} if target else set()))
    return screen.page("unobserved.html.j2", lines=lines, target=target, targets=targets)
