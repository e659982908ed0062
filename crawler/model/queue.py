"""The nouns of the queue of findings: what is asked of it, a line of it, and how many lines there are."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from crawler.model.decision import UNSETTLED, State
from crawler.model.evidence import Record
from crawler.model.scenario import Stage

Word = Annotated[str, Field(max_length=200)]
Outcome = Literal["fail", "needs_review", "excused"]


class QueueFilter(Record):
    """What a line must meet; None where it does not matter. Without `states`, what is not settled yet.

    `outcome` is `excused` for what the policy lets pass; without it, open findings of either outcome.
    `older_days` is the least age of the first sighting, `night` a day whose runs show it (the day the runs
    count for), `run` a run that shows it, `reviewer` somebody whose decision is among those about it. What
    waits for somebody else than `except_waiting_for_other`, who has said their part, is left out.
    """

    target: Word | None = None
    rule: Word | None = None
    stage: Stage | None = None
    severity: Literal["low", "medium", "high"] | None = None
    outcome: Outcome | None = None
    older_days: Annotated[int, Field(ge=0, le=10_000)] | None = None
    night: date | None = None
    run: Word | None = None
    reviewer: Word | None = None
    except_waiting_for_other: Word | None = None
    states: tuple[State, ...] = UNSETTLED


class Observation(Record):
    """A line of the queue: the same finding of a target over stages, devices and nights.

    `bundle`, `policy` and `number` name its last sighting: the run, the judgement, and the finding's number
    in it. `runs` and `devices` count those that show it, `times` its places in all of them.
    """

    target: str
    fingerprint: str
    bundle: str
    policy: str
    number: int
    rule: str
    stage: str
    outcome: str
    severity: Literal["low", "medium", "high"]
    status: str
    observed: str
    url: str
    seen: str
    worst: int
    runs: int
    times: int
    devices: int
    first_day: str
    last_day: str
    state: State
    outdated: bool
    reviewers: tuple[str, ...]
    since: str
    reason: str

    def age_days(self, today: date) -> int:
        """Return how many days ago it was seen first."""
        return (today - date.fromisoformat(self.first_day)).days


class QueueCounts(Record):
    """How many lines there are by what they may be asked for, over all that the other filters leave."""

    states: dict[str, int]
    targets: dict[str, int]
    rules: dict[str, int]
    stages: dict[str, int]


class SeenIn(Record):
    """A run that shows an observation, and where in its judgement."""

    bundle: str
    policy: str
    number: int
    visit: int
    stage: str
    device: str
    day: str
    seen: str
    times: int
