"""The nouns of a night: its jobs, what became of each, the canary, and what changed since it last looked.

A job is one journey: a target on a device, at its first or second attempt. Nothing here is prose: reasons
are message ids with parameters. Times are UTC, ISO 8601 with milliseconds and `Z`; bundles are named
`<scenario>/<run-id>`, below the folder of the evidence; sizes are bytes, durations seconds.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from crawler.model.evidence import Moment, Reason, Record
from crawler.model.finding import Index, Message, Verdict
from crawler.model.scenario import Slug, Stage
from crawler.model.target import DeviceId, Target

NIGHT_VERSION = 1
ATTEMPTS = 2  # a journey is walked again once: where it shows a change, and where it failed

BundleName = Annotated[
    str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*/[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$", max_length=128)
]
FindingState = Literal["new", "changed", "gone", "still-there", "not-looked", "unstable"]
EndedBy = Literal["finished", "deadline", "interrupted"]


class Job(Record):
    """One journey of a night: a target on a device. `attempt` counts from 1."""

    target: Slug
    device: DeviceId
    attempt: Annotated[int, Field(ge=1, le=ATTEMPTS)] = 1

    @property
    def journey(self) -> str:
        """What both attempts have in common, such as `toko-a/mobile`."""
        return f"{self.target}/{self.device}"

    @property
    def name(self) -> str:
        """Name of the job within its night, fit for a file: `toko-a.mobile.1`."""
        return f"{self.target}.{self.device}.{self.attempt}"


class JobStart(Record):
    """Content of `jobs/<job>.start.json`: written before the journey is, so that a killed one is known.

    `worker` names who works it and `machine` where, `until` when its lease ends: from then on nobody does.
    """

    job: Job
    run_id: str
    worker: str
    machine: str
    began: Moment
    until: Moment


class JobOrder(Record):
    """A job as it lies in the queue, with all that a worker needs who shares the folder of the evidence.

    `repeat_of` is the run id of the first attempt. After `not_after` nobody starts it, and who walks it ends.
    """

    night: dt.date
    job: Job
    target: Target
    repeat_of: str | None = None
    not_after: Moment


class NightPlan(Record):
    """Content of `plan.json`: what a night means to do. It stays as it was, whatever becomes of the night."""

    date: dt.date
    number: Annotated[int, Field(ge=1)]
    began: Moment
    planned: tuple[Job, ...]


class StageStand(Record):
    """One stage of the journey: reached or not, and why not."""

    stage: Stage
    reached: bool
    reason: Reason | None = None


class JobOutcome(Record):
    """Content of `jobs/<job>.outcome.json`: what became of one job.

    `state`: `complete` and `incomplete` have a sealed bundle; `unsealed` left one that nobody could seal;
    `no-bundle` left none. `exit_code` is that of the journey's process, None where it was killed before it
    could say. `error` is what it said on standard error when it failed, shortened. `chain_head` and `seal`
    (SHA-256 of the last line of the chain, and of the manifest) name the bundle to an outside witness.
    """

    job: Job
    state: Literal["complete", "incomplete", "unsealed", "no-bundle"]
    exit_code: int | None
    ended_by: str = ""
    error: str = ""
    bundle: BundleName | None = None
    scenario: str = ""
    stages: tuple[StageStand, ...] = ()
    policy: str = ""
    verdict: Verdict | None = None
    index: Index | None = None
    findings: dict[str, int] = Field(default_factory=dict)
    chain_head: str | None = None
    seal: str | None = None
    began: Moment
    ended: Moment
    duration_s: Annotated[float, Field(ge=0)]
    peak_memory_bytes: int | None = None
    cpu_s: float | None = None
    bundle_bytes: int | None = None
    worker: str = ""

    @property
    def failed(self) -> bool:
        """Say whether the journey came to no whole, judged bundle with something reached in it."""
        return (
            self.state != "complete" or self.verdict is None or not any(each.reached for each in self.stages)
        )


class CanaryResult(Record):
    """What the walk of the reference shop showed, whose findings are known.

    `expected` counts planted places, `missed` and `false_alarms` name those that came out otherwise. `error`
    says why the walk came to nothing.
    """

    state: str
    expected: int
    missed: tuple[str, ...] = ()
    false_alarms: tuple[str, ...] = ()
    error: str = ""
    bundle: BundleName | None = None
    outcome: JobOutcome | None = None

    @property
    def recall(self) -> float | None:
        """Share of the planted places that were found, 0 to 1; None where nothing could be looked at."""
        if self.error or not self.expected:
            return None
        return (self.expected - len(self.missed)) / self.expected

    @property
    def void(self) -> bool:
        """Say whether it voids the night."""
        return bool(self.error or self.missed or not self.expected)


class Sighting(Record):
    """The night and the bundle in which a finding was seen."""

    date: dt.date
    bundle: BundleName


class NightFinding(Record):
    """One finding of one journey, over nights.

    `state` is compared with the bundle of `last_seen` before this night, so that a night that could not look
    loses nothing. `gone` was looked for twice, whole, and is not there; in a night that is not void it
    counts as remedied. `unstable` showed in one of the two visits of this night only. `not-looked` says in
    `why` what was missing. `returned` is the date on which it had been remedied.
    """

    state: FindingState
    rule: str
    stage: Stage
    fingerprint: str
    outcome: Literal["fail", "needs_review"]
    status: Literal["open", "excused"] = "open"
    severity: Literal["low", "medium", "high"]
    hidden: bool = False
    observed: str
    url: str
    first_seen: Sighting
    last_seen: Sighting
    differs: tuple[str, ...] = ()
    why: tuple[Message, ...] = ()
    returned: dt.date | None = None


class JourneyNight(Record):
    """What a night says of one target on one device.

    `bundle` is the one that is judged for this night, `repeat` the other where it was walked twice.
    `last_good` is the last one before it that counts, whole and of a night that is not void; None on the
    first. Where `bundle` is None nothing was observed: `why` says why.
    """

    target: Slug
    device: DeviceId
    bundle: BundleName | None
    repeat: BundleName | None = None
    last_good: Sighting | None = None
    findings: tuple[NightFinding, ...] = ()
    why: tuple[Message, ...] = ()

    def count(self, state: FindingState) -> int:
        """Return how many open findings are in a state."""
        return sum(each.state == state and each.status == "open" for each in self.findings)


class NotObserved(Record):
    """A stage, or a whole journey (`stage` is None), that this night did not see, and why."""

    target: Slug
    device: DeviceId
    stage: Stage | None
    why: Message


class Night(Record):
    """Content of `night.json`. `number` counts the nights of the folder, whatever the clock said.

    `planned` are first attempts, `outcomes` what became of all that were started, of both attempts.
    """

    schema_version: int = NIGHT_VERSION
    date: dt.date
    number: Annotated[int, Field(ge=1)]
    began: Moment
    ended: Moment
    ended_by: EndedBy
    planned: tuple[Job, ...]
    outcomes: tuple[JobOutcome, ...] = ()
    canary: CanaryResult | None = None
    journeys: tuple[JourneyNight, ...] = ()
    not_observed: tuple[NotObserved, ...] = ()
    notes: tuple[Message, ...] = ()
    exit_code: int

    @property
    def void(self) -> bool:
        """Say whether the canary fell: results are kept, and nothing counts as remedied."""
        return self.canary is None or self.canary.void

    @property
    def observed(self) -> int:
        """How many journeys reached at least one stage in the bundle that is judged for this night."""
        walked = [self.outcome(each.bundle) for each in self.journeys if each.bundle]
        return sum(each is not None and any(stage.reached for stage in each.stages) for each in walked)

    def journey(self, target: str, device: str) -> JourneyNight | None:
        """Return what the night says of a target on a device, None where it was not planned."""
        return next((each for each in self.journeys if (each.target, each.device) == (target, device)), None)

    def outcome(self, bundle: str) -> JobOutcome | None:
        """Return the outcome that left a bundle, None where none of this night did."""
        return next((each for each in self.outcomes if each.bundle == bundle), None)
