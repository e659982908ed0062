"""Who may do what: each route names the role it needs, `requires(Role.REVIEWER)`, or `openly`.

The role stands in the OpenAPI schema as the scope of the route's security, where a test reads it.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Security
from fastapi.security import APIKeyCookie, SecurityScopes
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotation

from crawler.model.account import Person, Role
from crawler.review.desk import DeskOf  # noqa: TC001 - FastAPI reads the annotation
from crawler.review.refusal import Refusal

OPENLY = "anyone"
_SESSION = APIKeyCookie(name="session", scheme_name="session", auto_error=False)


def requires(role: Role) -> Any:
    """Return the dependency of a route that needs a role; its value is the Person who asks.

    As the dependency of a route that does not need the person, it stands in `dependencies=[…]`; else as
    `person: Annotated[Person, requires(Role.REVIEWER)]`.

    Raises:
        Refusal: 401 where nobody is logged in, 403 where somebody lacks the role.
    """
    return Security(_admitted, scopes=[role.value])


def whoever_asks(request: Request, desk: DeskOf) -> Person | None:
    """Return who sent a request; None where nobody is logged in."""
    key = request.cookies.get(desk.entrance.cookie_name)
    person = desk.accounts.whose_session(key) if key else None
    request.state.person = person
    return person


def _admitted(
    needed: SecurityScopes,
    person: Annotated[Person | None, Depends(whoever_asks)],
    _scheme: Annotated[str | None, Security(_SESSION)],
) -> Person:
    if person is None:
        raise Refusal(401, "desk.refusal.log-in")
    missing = [scope for scope in needed.scopes if not person.may(Role(scope))]
    if missing:
        raise Refusal(403, "desk.refusal.role", role=missing[0])
    return person


def _anyone(
    _needed: SecurityScopes,
    _person: Annotated[Person | None, Depends(whoever_asks)],
    _scheme: Annotated[str | None, Security(_SESSION)],
) -> None:
    """Let everybody in."""


openly = Security(_anyone, scopes=[OPENLY])
