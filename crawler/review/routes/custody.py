"""The custody log: who did what at the desk."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from crawler.model.account import Role
from crawler.review.access import requires
from crawler.review.desk import DeskOf
from crawler.review.screen import ScreenOf
from crawler.review.views.custody import custody_view

router = APIRouter(tags=["custody"])


@router.get("/custody", dependencies=[requires(Role.ADMINISTRATOR)])
def show_custody(screen: ScreenOf, desk: DeskOf) -> Response:
    """Show the last lines, and whether the chain of all of them holds."""
    return screen.page("custody.html.j2", custody=custody_view(desk.custody))
