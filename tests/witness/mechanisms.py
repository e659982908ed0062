"""The ways in which a page reaches a host, from `mechanisms.toml`, each with a domain of its own."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

SHOP, TILL = "shop.test", "till.test"


@dataclass(frozen=True)
class Mechanism:
    """One way to reach a host; `id` names it in the table and in its domain."""

    id: str
    title: str
    html: str = ""
    arrives: str = "http"
    visit: int = 1
    page: str = "/"
    place: str = "body"
    only: str = ""
    race: str = ""

    @property
    def host(self) -> str:
        return f"m-{self.id}.test"

    @property
    def url(self) -> str:
        return f"https://{self.host}/x"

    @property
    def markup(self) -> str:
        return self.html.replace("{m}", self.url).replace("{host}", self.host)


def _read() -> tuple[Mechanism, ...]:
    rows = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(
        Mechanism(
            ident,
            row["title"],
            row.get("html", ""),
            row.get("arrives", "http"),
            row.get("visit", 1),
            row.get("page", "/"),
            row.get("in", "body"),
            row.get("only", ""),
            row.get("race", ""),
        )
        for ident, row in rows.items()
    )


MECHANISMS = _read()
CONTACTS = frozenset(
    {"http", "ws", "tls", "tcp", "quic", "stun", "udp"}
)  # what arrives and is more than a look-up
BY_HOST = {mechanism.host: mechanism for mechanism in MECHANISMS}


def of(ident: str) -> Mechanism:
    """Return the mechanism with an id."""
    return next(mechanism for mechanism in MECHANISMS if mechanism.id == ident)
