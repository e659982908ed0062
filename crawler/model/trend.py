"""The nouns of a trend: one target over its runs, and what became of each finding on the way.

A run counts for the day that it is judged by (Asia/Jakarta). Nothing here is prose.
"""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Literal

from pydantic import Field

from crawler.lib import words
from crawler.model.evidence import Record
from crawler.model.finding import Verdict
from crawler.model.scenario import Title

TrackState = Literal["open", "not-looked", "excused", "remedied"]


class TrendPoint(Record):
    """What one journey and its repeats say.

    `percent` is the conformity index, None over nothing judged. `left` is the left-over meter, None where no
    stage was measured at all; `unmeasured` counts the stages that were not measured whole, where more may be
    left. `unobserved` of `stages` were not reached. `findings` counts the open ones by rule. `void` says that
    the night's canary failed: its findings count, and nothing is remedied by it.
    """

    bundle: str
    day: date
    started: str
    status: str
    policy: str
    verdict: Verdict
    passed: int
    judged: int
    percent: int | None
    left: int | None
    unmeasured: int
    stages: int
    unobserved: int
    findings: dict[str, int]
    repeats: int = 0
    void: bool = False


class TrackedFinding(Record):
    """One finding over the runs of a target, by rule, stage and fingerprint.

    `opened` is the day of its first sight, or of its return where it was remedied and came back; `returned`
    counts the returns. It is `remedied` only by a run that looked there again, `not-looked` where the last
    run did not. `days` is its age on the last day of the series, or the time that its remedy took.
    """

    rule: str
    stage: str
    fingerprint: str
    observed: str
    outcome: str
    severity: str
    state: TrackState
    first_seen: date
    opened: date
    last_seen: date
    remedied: date | None
    days: int
    returned: int
    first_bundle: str
    last_bundle: str


class Series(Record):
    """One target, walked by one scenario on one device: its runs in order, its findings, the oldest first.

    `simulated` runs were judged as if on another day; they are never mixed with others.
    """

    target: str
    scenario: str
    device: str
    simulated: bool
    points: tuple[TrendPoint, ...]
    findings: tuple[TrackedFinding, ...]

    @property
    def open(self) -> tuple[TrackedFinding, ...]:
        """The findings that are open, or that the last run did not look at again."""
        return tuple(each for each in self.findings if each.state in ("open", "not-looked"))

    @property
    def days_to_remedy(self) -> tuple[int, ...]:
        """How many days each remedy took, the shortest first."""
        return tuple(sorted(each.days for each in self.findings if each.state == "remedied"))


class Milestone(Record):
    """What the ministry said on a day of how far the move was, in whole percent."""

    day: date
    percent: int = Field(ge=0, le=100)
    said_by: str
    text: Title
    source: str


def load_milestones() -> tuple[Milestone, ...]:
    """Return the ministry's dated milestones, the oldest first: `crawler/policies/milestones.toml`."""
    table = tomllib.loads(words.raw("milestones.toml").decode())
    rows = (Milestone.model_validate(row) for row in table["milestones"])
    return tuple(sorted(rows, key=lambda row: row.day))
