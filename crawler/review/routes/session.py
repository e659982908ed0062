"""Coming in and going out: by the start-up token, or with name and password."""

from __future__ import annotations

import getpass
import hmac
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import RedirectResponse
from starlette.requests import Request
from starlette.responses import Response

from crawler.model.account import Origin, Person, Role
from crawler.review.access import openly, requires
from crawler.review.desk import Desk, DeskOf
from crawler.review.origin import client_address
from crawler.review.pace import LogInPace
from crawler.review.passwords import MAX_CHARACTERS, is_password
from crawler.review.refusal import Refusal
from crawler.review.screen import ScreenOf
from crawler.store.accounts import SESSION_LIFE

router = APIRouter(tags=["session"], include_in_schema=True)


@router.get("/log-in", dependencies=[openly])
def show_log_in(
    screen: ScreenOf, desk: DeskOf, following: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """Show how to come in."""
    return screen.page(
        "log-in.html.j2",
        following=own_path(following),
        by_token=desk.entrance.token is not None,
        by_oidc=desk.entrance.oidc is not None,
        by_password=any(account.password_hash for account in desk.accounts.all()),
    )


@router.post("/log-in", dependencies=[openly])
def log_in(
    request: Request,
    desk: DeskOf,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=MAX_CHARACTERS)] = "",
    following: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Exchange name and password for a session, a new one however the browser came."""
    address, name = client_address(request, desk.entrance), name.strip().lower()
    pace: LogInPace = request.app.state.pace
    if not pace.allows(address, name):
        raise Refusal(429, "desk.refusal.too-often")
    account = desk.accounts.find(name)
    usable = account is not None and account.disabled is None
    if not is_password(password, account.password_hash if account and usable else None):
        if account:
            desk.custody.note(account.name, "log-in.refused", address=address)
        raise Refusal(403, "desk.refusal.password")
    return let_in(request, desk, name, "password", following)


@router.get("/enter", dependencies=[openly])
def enter_by_token(
    request: Request, desk: DeskOf, token: str = "", following: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """Exchange the start-up token of the address for a session, at once."""
    expected = desk.entrance.token
    if expected is None or not hmac.compare_digest(token.encode(), expected.encode()):
        raise Refusal(403, "desk.refusal.token")
    return let_in(request, desk, _local_name(), "token", following)


@router.post("/log-out")
def log_out(request: Request, desk: DeskOf, person: Annotated[Person, requires(Role.VIEWER)]) -> Response:
    """End the session: its cookie opens nothing any more."""
    desk.custody.note(person.name, "log-out")
    end_session(request, desk)
    answer = RedirectResponse("/log-in", status_code=303)
    answer.delete_cookie(desk.entrance.cookie_name, path="/", secure=desk.entrance.secure)
    return answer


def let_in(request: Request, desk: Desk, name: str, origin: Origin, following: str) -> Response:
    """Begin a session and lead on; the one that the browser came with ends, so that nobody can plant one."""
    end_session(request, desk)
    desk.custody.note(name, "log-in", origin=origin, address=client_address(request, desk.entrance))
    answer = RedirectResponse(own_path(following), status_code=303)
    give_session(answer, desk, desk.accounts.start_session(name, origin))
    return answer


def own_path(address: str) -> str:
    """Return an address if it is a path of the desk, else `/`: nobody is led to another site."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain else "/"


def end_session(request: Request, desk: Desk) -> None:
    """End the session that a request came with, if it came with one."""
    key = request.cookies.get(desk.entrance.cookie_name)
    if key:
        desk.accounts.end_session(key)


def give_session(answer: Response, desk: Desk, key: str) -> None:
    """Put the key of a session into the browser, out of reach of scripts and of other sites."""
    answer.set_cookie(
        desk.entrance.cookie_name,
        key,
        max_age=int(SESSION_LIFE.total_seconds()),
        path="/",
        secure=desk.entrance.secure,
        httponly=True,
        samesite="lax",
    )


def _local_name() -> str:
    """Return the name of the system's user who started the desk."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "local"
