"""What the guard stopped, and what changed state and went out all the same."""

from __future__ import annotations

from typing import Literal

from crawler.model.evidence.record import Record

# Rules of the guard by which a request is kept back because nobody knows what it does: such a request is
# listed and accuses nobody.
UNKNOWN_CHANGE = "unknown-change"
UNKNOWN_READ = "unknown-commit-by-reading"
UNKNOWN_RULES = (UNKNOWN_CHANGE, UNKNOWN_READ, "unreadable-body", "unnamed-operation", "unjudged")


class Refusal(Record):
    """Something the guard stopped: a click or submit in the page, or a request at the browser.

    `allow` is the scenario's line that would let a request of an unknown kind leave.
    """

    time: str
    visit: int
    what: Literal["click", "submit", "request"]
    page_url: str
    control: str = ""
    word: str = ""
    rule: str = ""
    request: str | None = None
    method: str = ""
    url: str = ""
    fields: tuple[str, ...] = ()
    operation: str = ""
    allow: str = ""

    @property
    def intended(self) -> bool:
        """Say whether an order was stopped, by a commit word or a rule for orders."""
        return self.rule not in UNKNOWN_RULES


class Allowance(Record):
    """What a scenario named with `journey.allow`: one kind of request that does not order, and why.

    `path` is the request's own; `{id}` in it stands for one segment that is a number or a random name.
    """

    method: str
    host: str
    path: str
    operation: str
    why: str


class ChangeKind(Record):
    """A kind of request that changes state and went out, and why it was let go.

    `phase` is false before the first page of cart, checkout or payment. `why` is `advance` (of the shop
    system in `said`), `telemetry`, `allowed` (by the scenario, for the reason in `said`), `same` (as one
    before) or `before` (the phase had not begun). A message over a WebSocket has the method WEBSOCKET.
    """

    method: str
    host: str
    path: str
    operation: str
    phase: bool
    why: Literal["advance", "telemetry", "allowed", "same", "before"]
    said: str = ""


class Change(ChangeKind):
    """One line of `data/changes.jsonl`: one such request, and when it went out."""

    time: str
    visit: int

    @property
    def kind(self) -> ChangeKind:
        """What it has in common with others that are counted with it."""
        return ChangeKind(**self.model_dump(include=set(ChangeKind.model_fields)))


class ChangeCount(ChangeKind):
    """How many requests of one kind went out, from when on, and at which visits."""

    count: int
    first: str
    visits: tuple[int, ...]


class GuardStatement(Record):
    """What the guard did. `enabled` is false if the browser died before it stood; then nothing was opened.

    `phase` says why it began to fail closed, empty if it did not. `changes` counts by kind the requests that
    changed state and went out; `known_orders_sent` counts recorded ones that were sent though they match the
    rules for orders, and is none in bundles from before it. `orders_placed` stands in those alone and says
    less than its name: an order that no rule knew was not counted.
    """

    enabled: bool
    words_sha256: str
    phase: str = ""
    refusals: tuple[Refusal, ...] = ()
    changes: tuple[ChangeCount, ...] = ()
    known_orders_sent: int | None = None
    allowances: tuple[Allowance, ...] = ()
    limits: tuple[str, ...] = ()
    orders_placed: int | None = None
