"""The accounts of the desk, who is logged in, and ending a session; accounts are made by `pantau user`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from crawler.model.account import Person, Role
from crawler.review.access import requires
from crawler.review.desk import DeskOf
from crawler.review.refusal import Refusal
from crawler.review.screen import ScreenOf
from crawler.review.views.accounts import account_line, session_line

router = APIRouter(tags=["accounts"])


@router.get("/accounts", dependencies=[requires(Role.ADMINISTRATOR)])
def show_accounts(screen: ScreenOf, desk: DeskOf) -> Response:
    """Show all accounts and all open sessions."""
    return screen.page(
        "accounts.html.j2",
        accounts=[account_line(account) for account in desk.accounts.all()],
        sessions=[session_line(session) for session in desk.accounts.open_sessions()],
    )


@router.post("/accounts/end-session")
def revoke_session(
    desk: DeskOf,
    person: Annotated[Person, requires(Role.ADMINISTRATOR)],
    number: Annotated[int, Form(ge=1, le=2**53)],
) -> Response:
    """End somebody's session at once."""
    name = desk.accounts.revoke_session(number)
    if name is None:
        raise Refusal(404, "desk.refusal.not-found")
    desk.custody.note(person.name, "session.revoked", name)
    return RedirectResponse("/accounts", status_code=303)
