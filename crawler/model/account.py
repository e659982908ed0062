"""Who may do what at the review desk."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

AccountName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._@-]{0,63}$")]
Origin = Literal["token", "password", "proxy", "oidc"]


class Role(StrEnum):
    """What a person may do. Everybody may look; one person may have several roles.

    An inspector starts runs and uploads bundles; a reviewer decides; an administrator may do all of it and
    keeps the accounts.
    """

    VIEWER = "viewer"
    INSPECTOR = "inspector"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"


class Account(BaseModel):
    """Somebody who may come in. `password_hash` is None for who comes by a proxy or by OIDC alone."""

    model_config = ConfigDict(frozen=True)

    name: AccountName
    roles: tuple[Role, ...]
    created: datetime
    password_hash: str | None = None
    disabled: datetime | None = None


class Session(BaseModel):
    """An open session: whose, how it began, when it was last used. `number` names it; its key does not."""

    model_config = ConfigDict(frozen=True)

    number: int
    name: str
    origin: Origin
    started: datetime
    seen: datetime


class Person(BaseModel):
    """Whoever sent a request, and how they came in: the name stands in decisions and in the custody log."""

    model_config = ConfigDict(frozen=True)

    name: str
    roles: frozenset[Role]
    origin: Origin

    def may(self, role: Role) -> bool:
        """Say whether the person may do what needs a role."""
        return role is Role.VIEWER or role in self.roles or Role.ADMINISTRATOR in self.roles
