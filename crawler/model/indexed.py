"""What indexing came to, what a search in the index finds, and what its lists hold."""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

from pydantic import Field

from crawler.model.evidence import Record

ItemT = TypeVar("ItemT")


class Indexed(Record):
    """Outcome of bringing the index up to date. Bundles are named `<scenario-id>/<run-id>`.

    `read` were opened because they are new or changed, `kept` are as they were indexed before, `removed` are
    no longer there. `problems` names damaged bundles, and judgements that cannot be read, with the first
    problem of each. `set_aside` is where an index file went that could not be used.
    """

    path: str
    runs: int
    read: int
    kept: int
    removed: int
    unsealed: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    problems: dict[str, str] = Field(default_factory=dict)
    set_aside: str | None = None


class Hit(Record):
    """One finding or page whose text has the words that were searched for; `excerpt` marks them `[so]`.

    `outcome` of a finding accuses nobody where its `status` is `excused`.
    """

    what: Literal["finding", "page"]
    bundle: str
    visit: int
    stage: str
    url: str
    rule: str | None = None
    policy: str | None = None
    outcome: str | None = None
    status: str | None = None
    excerpt: str


class ListedStage(Record):
    """A stage of a listed run; `reason` says why it was not reached."""

    ordinal: int
    stage: str
    reached: bool
    reason: str | None


class ListedRun(Record):
    """A run as a list shows it: what its folder says, and what the judgement says that counts for its day.

    `state` is `sealed`, `unsealed`, `damaged` or `too new`; of one that is not sealed only the folder's own
    facts are known, and `problem` says the first thing that is wrong. `policy` is the pack in force on the
    day, else the last that judged the run; None where nothing did. `failed` and `in_review` count open
    findings.
    """

    bundle: str
    run_id: str
    scenario: str
    state: str
    problem: str
    target: str | None
    device: str | None
    as_of: str | None
    simulated: bool | None
    started: str | None
    status: str | None
    ended_by: str | None
    policy: str | None
    verdict: str | None
    passed: int | None
    judged: int | None
    percent: int | None
    obligations: dict[str, str] = Field(default_factory=dict)
    failed: int = 0
    in_review: int = 0
    stages: tuple[ListedStage, ...] = ()

    @property
    def missed(self) -> tuple[ListedStage, ...]:
        """The stages that were not reached."""
        return tuple(stage for stage in self.stages if not stage.reached)


class ListedFinding(Record):
    """A finding as a list shows it, with the run it is of; `number` counts those of its judgement."""

    bundle: str
    policy: str
    number: int
    target: str | None
    device: str | None
    started: str | None
    rule: str
    rule_version: int
    outcome: str
    severity: str
    confidence: float
    status: str
    visit: int
    stage: str
    url: str
    observed: str
    expected: str
    article: str
    message: str
    channel: str
    request: str | None
    times: int
    fingerprint: str


class ListedHost(Record):
    """A host over all runs that asked it something, from the first to the last of them."""

    host: str
    registrable: str
    runs: int
    requests: int
    contacted: int
    refused: int
    first_seen: str | None
    last_seen: str | None


class ListedTarget(Record):
    """What was walked, by which scenario, on which device: one series of a trend."""

    target: str
    scenario: str
    device: str
    simulated: bool
    runs: int
    last: str


class Page(Record, Generic[ItemT]):
    """A part of a list: `items` from the `offset`-th on, of `total` that fit."""

    items: tuple[ItemT, ...]
    offset: int
    total: int

    @property
    def next_offset(self) -> int | None:
        """Where the next part begins; None where this is the last."""
        end = self.offset + len(self.items)
        return end if self.items and end < self.total else None
