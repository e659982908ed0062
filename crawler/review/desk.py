"""What a desk works on, fixed when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection  # noqa: TC002 - FastAPI reads the annotation

from crawler.store import layout

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network
    from pathlib import Path

    from crawler.lib.i18n import Language
    from crawler.store.accounts import Accounts
    from crawler.store.custody import Custody

DESK_FOLDER = ".desk"  # in the folder of the bundles; a folder with a dot is no scenario's


@dataclass(frozen=True)
class Limits:
    """What the desk takes from one request. Sizes in bytes, times in seconds.

    `uploads` are the paths that take a bundle; everything else is a form.
    """

    max_body_bytes: int = 2**20
    max_upload_bytes: int = 4 * 2**30
    body_within_s: float = 30.0
    upload_within_s: float = 3_600.0
    log_ins_a_minute: int = 10
    uploads: frozenset[str] = frozenset({"/upload", "/api/upload"})

    def body_of(self, path: str) -> tuple[int, float]:
        """Return how many bytes the body of a request to a path may have, and in how many seconds."""
        if path in self.uploads:
            return self.max_upload_bytes, self.upload_within_s
        return self.max_body_bytes, self.body_within_s


@dataclass(frozen=True)
class OidcProvider:
    """An OpenID Connect provider, and what the desk is to it; `claim` holds the account's name."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str = "email"


@dataclass(frozen=True)
class Entrance:
    """How people come in.

    Attributes:
        hosts: The `Host` headers that the desk answers to, without a port.
        token: The start-up token; None where people log in with accounts.
        secure: Whether browsers reach the desk by TLS, its own or a proxy's.
        port: Of the address; sessions of two desks on one machine do not touch.
        proxies: From where a proxy is believed.
        user_header: In which such a proxy names the account of whom it let in; None where none does.
        oidc: The provider that says who somebody is; None where there is none.
    """

    hosts: frozenset[str] = frozenset({"127.0.0.1", "localhost", "::1"})
    token: str | None = None
    secure: bool = False
    port: int = 0
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    user_header: str | None = None
    oidc: OidcProvider | None = None

    @property
    def cookie_name(self) -> str:
        """The name of the session's cookie."""
        return "__Host-pantau" if self.secure else f"pantau-{self.port}"


@dataclass(frozen=True)
class Desk:
    """What a desk works on: the folder of the bundles, its accounts and its log.

    `targets` is the `pantau.toml` that runs are started from; None where none was named.
    """

    snapshots: Path
    accounts: Accounts
    custody: Custody
    targets: Path | None = None
    lang: Language = "id"
    limits: Limits = field(default_factory=Limits)
    entrance: Entrance = field(default_factory=Entrance)

    @property
    def folder(self) -> Path:
        """The desk's own folder: accounts, custody log, what is being uploaded."""
        return self.snapshots / DESK_FOLDER

    @property
    def index(self) -> Path:
        """The index of all runs."""
        return self.snapshots / layout.INDEX


def get_desk(connection: HTTPConnection) -> Desk:
    """Return the desk that a request came to."""
    desk: Desk = connection.app.state.desk
    return desk


DeskOf = Annotated["Desk", Depends(get_desk)]
