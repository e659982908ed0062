"""What a shop's requests look like: one TOML file a system in `shapes/`, from its public documentation.

`pages` are the addresses of product, cart, checkout and payment. A `step` is what a shopper does on one of
them: a request by form or script which the next page insists on. `order` is the request that orders; the shop
orders at whatever fits it, by any of its `methods`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

FOLDER = Path(__file__).with_name("shapes")
PAGES = ("product", "cart", "checkout", "payment")


@dataclass(frozen=True)
class Sent:
    """A request as a shop's page sends it: `target` is path and query, `body` text of the given `kind`."""

    method: str
    target: str
    body: str
    kind: str  # form or json

    @property
    def path(self) -> str:
        """The path alone."""
        return urlsplit(self.target).path

    def fits(self, method: str, target: str) -> bool:
        """Say whether a request is this one by method, path and the query that it has to have."""
        parts = urlsplit(target)
        asked = set(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))
        given = set(parse_qsl(parts.query, keep_blank_values=True))
        return method == self.method and parts.path == self.path and asked <= given


@dataclass(frozen=True)
class Step:
    """One thing a shopper does on a page: a control with a label, and what it sends."""

    number: int
    page: str
    label: str
    by: str  # form or script
    sent: Sent


@dataclass(frozen=True)
class Order:
    """What orders. `needs` are patterns, one of which body and query must hold; none: the path is enough."""

    sent: Sent
    methods: tuple[str, ...]
    needs: tuple[str, ...]

    def fits(self, method: str, target: str, body: str) -> bool:
        """Say whether the shop would order."""
        own, asked = urlsplit(self.sent.target), urlsplit(target)
        said = unquote_plus(f"{asked.query}&{body}")
        wanted = set(parse_qsl(own.query, keep_blank_values=True))
        given = set(parse_qsl(asked.query, keep_blank_values=True))
        method = "GET" if method in ("HEAD", "OPTIONS") else method  # as in PHP: only the answer differs
        return (
            method in self.methods
            and asked.path.rstrip("/") == own.path.rstrip("/")
            and wanted <= given
            and (not self.needs or any(re.search(need, said) for need in self.needs))
        )


@dataclass(frozen=True)
class Shape:
    """One system. `known` is false of a shape that is kept out of the data of the guard."""

    name: str
    system: str
    source: str
    known: bool
    pages: dict[str, str]
    steps: tuple[Step, ...]
    order: Order

    @cached_property
    def host(self) -> str:
        """The shop's host."""
        return f"{self.name}.toko.test"


def load(name: str) -> Shape:
    """Return the shape of a file in `shapes/`."""
    data = tomllib.loads((FOLDER / f"{name}.toml").read_text())
    steps = tuple(
        Step(number, row["page"], row["label"], row.get("by", "script"), _sent(row))
        for number, row in enumerate(data["step"], 1)
    )
    order = data["order"]
    return Shape(
        name=name,
        system=data["system"],
        source=data["source"],
        known=data.get("known", True),
        pages=data["pages"],
        steps=steps,
        order=Order(
            _sent(order), tuple(order.get("methods", [order["method"]])), tuple(order.get("needs", ()))
        ),
    )


def names(*, known: bool | None = None) -> list[str]:
    """Return the names of all shapes, or of those in the guard's data or out of it."""
    every = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return [name for name in every if known is None or load(name).known is known]


def _sent(row: dict[str, Any]) -> Sent:
    kind = "json" if "json" in row else "form"
    return Sent(row["method"], row["to"], row.get(kind, ""), kind)
