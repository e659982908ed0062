"""What a desk works on, fixed when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection  # noqa: TC002 - FastAPI reads the annotation

from crawler.fleet.config import read_setup
from crawler.store import layout
from crawler.store.cases import Cases
from crawler.store.started import StartedRuns
from crawler.store.uploads import Uploads

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from crawler.fleet.config import Setup
    from crawler.lib.i18n import Language
    from crawler.store.accounts import Accounts
    from crawler.store.custody import Custody

NIGHTS = Path("nights")
DESK_FOLDER = ".desk"  # in the folder of the bundles; a folder with a dot is no scenario's


@dataclass(frozen=True)
class BodyBound:
    """How long the body of a request may be, and how many seconds it may take to arrive."""

    max_bytes: int
    within_s: float


@dataclass(frozen=True)
class Limits:
    """What the desk takes. `uploads` are the paths that take a bundle; everything else is a form."""

    body: BodyBound = BodyBound(2**20, 30.0)
    upload: BodyBound = BodyBound(4 * 2**30, 3_600.0)
    uploads: frozenset[str] = frozenset({"/upload", "/api/upload"})
    log_ins_a_minute: int = 10


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

    `targets` is the `pantau.toml` that runs are started from; None where none was named. `nights` is the
    folder of the nights' records.
    """

    snapshots: Path
    accounts: Accounts
    custody: Custody
    targets: Path | None = None
    nights: Path = NIGHTS
    lang: Language = "id"
    limits: Limits = field(default_factory=Limits)
    entrance: Entrance = field(default_factory=Entrance)

    @property
    def folder(self) -> Path:
        """The desk's own folder: accounts, custody log, what is being uploaded."""
        return self.snapshots / DESK_FOLDER

    @property
    def setup(self) -> Setup | None:
        """What the file of targets says; None where none was named.

        Raises:
            ConfigError: it cannot be read.
        """
        return read_setup(self.targets) if self.targets else None

    @property
    def started(self) -> StartedRuns:
        """The runs that people start here."""
        return StartedRuns(self.folder / "started")

    @property
    def cases(self) -> Cases:
        """The cases."""
        return Cases(self.folder / "cases.jsonl")

    @property
    def uploads(self) -> Uploads:
        """What is brought from laptops."""
        return Uploads(self.folder / "uploads", self.snapshots)

    @property
    def index(self) -> Path:
        """The index of all runs."""
        return self.snapshots / layout.INDEX


def get_desk(connection: HTTPConnection) -> Desk:
    """Return the desk that a request came to."""
    desk: Desk = connection.app.state.desk
    return desk


DeskOf = Annotated["Desk", Depends(get_desk)]
