"""The first page: what this desk works on, and where to go."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from crawler.model.account import Person, Role
from crawler.review.access import requires
from crawler.review.desk import DeskOf
from crawler.review.screen import ScreenOf
from crawler.store.shelf import run_folders

router = APIRouter(tags=["home"])


@router.get("/")
def show_home(screen: ScreenOf, desk: DeskOf, person: Annotated[Person, requires(Role.VIEWER)]) -> Response:
    """Show what the desk works on."""
    return screen.page(
        "home.html.j2",
        folder=str(desk.snapshots),
        runs=sum(1 for _ in run_folders(desk.snapshots)),
        keeps_accounts=person.may(Role.ADMINISTRATOR),
    )
