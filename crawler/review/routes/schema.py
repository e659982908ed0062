"""The OpenAPI schema, and who asks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request

from crawler.model.account import Origin, Person, Role
from crawler.review.access import requires
from crawler.review.failures import responses

router = APIRouter(prefix="/api", tags=["desk"], responses=responses(400, 401, 403))


class Self(BaseModel):
    """Who asks, with what they may do."""

    name: str
    roles: list[Role]
    origin: Origin


@router.get("/openapi.json", dependencies=[requires(Role.VIEWER)])
def show_schema(request: Request) -> dict[str, Any]:
    """Return the OpenAPI schema of the desk; the scopes of a route's security name the role it needs."""
    schema: dict[str, Any] = request.app.openapi()
    return schema


@router.get("/me")
def show_self(person: Annotated[Person, requires(Role.VIEWER)]) -> Self:
    """Return who asks."""
    return Self(name=person.name, roles=sorted(person.roles), origin=person.origin)
