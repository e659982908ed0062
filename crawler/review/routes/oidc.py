"""Coming in by an OpenID Connect provider."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse
from starlette.requests import Request
from starlette.responses import Response

from crawler.review.access import openly
from crawler.review.desk import Desk, DeskOf
from crawler.review.oidc import OidcLogIn
from crawler.review.refusal import Refusal
from crawler.review.routes.session import let_in, own_path

router = APIRouter(tags=["session"])
_RETURN = "/oidc/return"


@router.get("/oidc", dependencies=[openly])
def go_to_provider(
    request: Request, desk: DeskOf, following: Annotated[str, Query(alias="next", max_length=4_096)] = "/"
) -> Response:
    """Lead to the provider."""
    begun = _log_in(request).begin(_redirect_uri(request, desk), own_path(following))
    answer = RedirectResponse(begun.address, status_code=303)
    answer.set_cookie(
        _cookie(desk),
        begun.browser_key,
        max_age=600,
        path="/",
        secure=desk.entrance.secure,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get(_RETURN, dependencies=[openly])
def come_back(
    request: Request,
    desk: DeskOf,
    state: Annotated[str, Query(max_length=1_024)] = "",
    code: Annotated[str, Query(max_length=4_096)] = "",
) -> Response:
    """Let in whom the provider vouches for, if there is an account of that name."""
    key = request.cookies.get(_cookie(desk), "")
    name, following = _log_in(request).finish(state, code, key)
    account = desk.accounts.find(name)
    if account is None or account.disabled:
        raise Refusal(403, "desk.refusal.no-account", name=name)
    answer = let_in(request, desk, account.name, "oidc", following)
    answer.delete_cookie(_cookie(desk), path="/", secure=desk.entrance.secure)
    return answer


def _log_in(request: Request) -> OidcLogIn:
    found: OidcLogIn | None = request.app.state.oidc
    if found is None:
        raise Refusal(404, "desk.refusal.not-found")
    return found


def _redirect_uri(request: Request, desk: Desk) -> str:
    """Return where the provider sends the browser back to: the host was checked before any route."""
    scheme = "https" if desk.entrance.secure else "http"
    return f"{scheme}://{request.headers['host']}{_RETURN}"


def _cookie(desk: Desk) -> str:
    return f"{desk.entrance.cookie_name}-oidc"
