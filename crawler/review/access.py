"""Who may do what: each route names the role it needs, `requires(Role.REVIEWER)`, or `openly`.

The role stands in the OpenAPI schema as the scope of the route's security, where a test reads it. Whatever
changes something is noted in the custody log before it is done; what cannot be noted is not done.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Security
from fastapi.security import APIKeyCookie, SecurityScopes
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotation

from crawler.model.account import Person, Role
from crawler.review.desk import Desk, DeskOf  # noqa: TC001 - FastAPI reads the annotation
from crawler.review.origin import client_address, name_by_proxy
from crawler.review.refusal import Refusal

OPENLY = "anyone"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SESSION = APIKeyCookie(name="session", scheme_name="session", auto_error=False)


def requires(role: Role) -> Any:
    """Return the dependency of a route that needs a role; its value is the Person who asks.

    As the dependency of a route that does not need the person, it stands in `dependencies=[…]`; else as
    `person: Annotated[Person, requires(Role.REVIEWER)]`, before what looks anything up: who may not ask is
    not told what there is.

    Raises:
        Refusal: 401 where nobody is logged in, 403 where somebody lacks the role.
    """
    return Security(_admitted, scopes=[role.value])


def whoever_asks(request: Request, desk: DeskOf) -> Person | None:
    """Return who sent a request; None where nobody is logged in."""
    request.state.person = person = _by_proxy(request, desk) or person_of_session(request, desk)
    return person


def _by_proxy(request: Request, desk: Desk) -> Person | None:
    name = name_by_proxy(request, desk.entrance)
    account = desk.accounts.find(name) if name else None
    if name and (account is None or account.disabled):
        raise Refusal(403, "desk.refusal.no-account", name=name)
    return Person(name=account.name, roles=frozenset(account.roles), origin="proxy") if account else None


def person_of_session(request: Request, desk: Desk) -> Person | None:
    """Return who is logged in by the session's cookie; None where nobody is."""
    key = request.cookies.get(desk.entrance.cookie_name)
    return desk.accounts.whose_session(key) if key else None


def _admitted(
    needed: SecurityScopes,
    request: Request,
    desk: DeskOf,
    person: Annotated[Person | None, Depends(whoever_asks)],
    _scheme: Annotated[str | None, Security(_SESSION)],
) -> Person:
    if person is None:
        raise Refusal(401, "desk.refusal.log-in")
    missing = [scope for scope in needed.scopes if not person.may(Role(scope))]
    if missing:
        raise Refusal(403, "desk.refusal.role", role=missing[0])
    if request.method not in SAFE_METHODS:
        address = client_address(request, desk.entrance)
        asked = f"{request.method} {request.url.path}"
        desk.custody.note(person.name, "asked", asked, origin=person.origin, address=address)
    return person


def _anyone(
    _needed: SecurityScopes,
    _person: Annotated[Person | None, Depends(whoever_asks)],
    _scheme: Annotated[str | None, Security(_SESSION)],
) -> None:
    """Let everybody in."""


openly = Security(_anyone, scopes=[OPENLY])
