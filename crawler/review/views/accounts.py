"""Accounts and sessions as their page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model.account import Account, Session


@dataclass(frozen=True)
class AccountLine:
    """One account: its name and roles, since when, since when disabled, and how it comes in."""

    name: str
    roles: tuple[str, ...]
    created: datetime
    disabled: datetime | None
    has_password: bool


@dataclass(frozen=True)
class SessionLine:
    """One open session; `number` names it in an address, its key is known to its browser alone."""

    number: int
    name: str
    origin: str
    started: datetime
    seen: datetime


def account_line(account: Account) -> AccountLine:
    """Return an account as it is shown."""
    return AccountLine(
        name=account.name,
        roles=tuple(role.value for role in account.roles),
        created=account.created,
        disabled=account.disabled,
        has_password=account.password_hash is not None,
    )


def session_line(session: Session) -> SessionLine:
    """Return a session as it is shown."""
    return SessionLine(session.number, session.name, session.origin, session.started, session.seen)
