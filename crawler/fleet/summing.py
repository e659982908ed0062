"""Sums a night up: what each journey says against the nights before, what was not observed, the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crawler.checks.outcome import WORST_FIRST, worst_code
from crawler.errors import NightError
from crawler.fleet.jobs import JobFiles
from crawler.history.over_nights import (
    MOVED,
    night_findings,
    remedied_before,
    standing_before,
    visit_states,
)
from crawler.model.finding import Message
from crawler.model.night import ATTEMPTS, JourneyNight, Night, NotObserved, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.fleet.config import Setup
    from crawler.fleet.judged_bundles import JudgedBundles
    from crawler.history.judged import Judged
    from crawler.model.night import (
        CanaryResult,
        EndedBy,
        Job,
        JobOutcome,
        NightFinding,
        NightPlan,
    )

_NOT_STARTED: dict[EndedBy, str] = {
    "finished": "night.set-aside",
    "deadline": "night.not-started-deadline",
    "interrupted": "night.not-started-interrupted",
}
LOOK = 3  # exit code of a night that something could not be observed in, or that is void


class PastNights(NamedTuple):
    """The nights before, by their number, and what has to be said of them."""

    nights: tuple[Night, ...]
    notes: tuple[Message, ...] = ()

    def last_good(self, target: str, device: str) -> tuple[Sighting, JobOutcome] | None:
        """Return the last bundle of a journey that counts: whole, of a night that is not void."""
        for night in reversed(self.nights):
            journey = None if night.void else night.journey(target, device)
            outcome = night.outcome(journey.bundle) if journey and journey.bundle else None
            if outcome is not None and outcome.bundle and not outcome.failed:
                return Sighting(date=night.date, bundle=outcome.bundle), outcome
        return None


def wants_repeat(outcome: JobOutcome, past: PastNights, bundles: JudgedBundles) -> bool:
    """Say whether a journey is to be walked again: it failed, saw less than last time, or shows a change."""
    judged = bundles.load(outcome.bundle) if outcome.bundle else None
    if outcome.failed or judged is None:
        return True
    target, device = outcome.job.target, outcome.job.device
    good = past.last_good(target, device)
    if good is not None and _reached(good[1]) - _reached(outcome):
        return True
    seen = visit_states(judged, standing_before(past.nights, target, device), bundles.load)
    return any(
        each.state in MOVED and (each.finding is None or each.finding.status == "open")
        for each in seen.values()
    )


def _reached(outcome: JobOutcome) -> set[str]:
    return {stand.stage.value for stand in outcome.stages if stand.reached}


def night_record(
    setup: Setup,
    plan: NightPlan,
    *,
    ended_by: EndedBy,
    ended: str,
    canary: CanaryResult | None,
    past: PastNights,
    bundles: JudgedBundles,
) -> Night:
    """Return the record of a night, from the outcomes in its folder and the nights before.

    Args:
        setup: What the file of targets says.
        plan: The night's plan.
        ended_by: Why the night ended.
        ended: When.
        canary: What the canary showed.
        past: The nights before.
        bundles: The bundles of all of them.
    """
    void = canary is None or canary.void
    outcomes: list[JobOutcome] = []
    journeys: list[JourneyNight] = []
    not_observed: list[NotObserved] = []
    for job in plan.planned:
        attempts, damaged = _attempts(setup, plan, job)
        outcomes += attempts
        visits = _visits(plan, attempts, bundles)
        why = () if visits else (damaged or _nothing_seen(setup, job, attempts, ended_by),)
        journeys.append(_journey(job, attempts, visits, past, bundles, void=void, why=why))
        not_observed += _not_observed(job, visits, why)
    night = Night(
        date=plan.date,
        number=plan.number,
        began=plan.began,
        ended=ended,
        ended_by=ended_by,
        planned=plan.planned,
        outcomes=tuple(outcomes),
        canary=canary,
        journeys=tuple(journeys),
        not_observed=tuple(not_observed),
        notes=past.notes,
        exit_code=0,
    )
    return night.model_copy(update={"exit_code": _exit_code(night)})


def _attempts(setup: Setup, plan: NightPlan, first: Job) -> tuple[list[JobOutcome], Message | None]:
    """Return the outcomes of both attempts of a journey, and what to say of a record that is damaged."""
    found, damaged = [], None
    for attempt in range(1, ATTEMPTS + 1):
        job = first.model_copy(update={"attempt": attempt})
        try:
            outcome = JobFiles(setup.nights, plan.date, job).outcome
        except NightError as error:
            damaged = Message(id="night.record-unreadable", params={"error": error.message})
            continue
        if outcome is not None:
            found.append(outcome)
    return found, damaged


def _visits(
    plan: NightPlan, attempts: Sequence[JobOutcome], bundles: JudgedBundles
) -> list[tuple[JobOutcome, Sighting, Judged]]:
    """Return the judged visits of tonight; the one that counts first: whole, and most stages reached."""
    found = []
    for outcome in attempts:
        judged = bundles.load(outcome.bundle) if outcome.bundle else None
        if judged is not None and outcome.bundle:
            found.append((outcome, Sighting(date=plan.date, bundle=outcome.bundle), judged))
    return sorted(found, key=lambda each: (each[0].failed, -sum(stand.reached for stand in each[0].stages)))


def _journey(
    job: Job,
    attempts: Sequence[JobOutcome],
    visits: Sequence[tuple[JobOutcome, Sighting, Judged]],
    past: PastNights,
    bundles: JudgedBundles,
    *,
    void: bool,
    why: tuple[Message, ...],
) -> JourneyNight:
    standing: tuple[NightFinding, ...] = standing_before(past.nights, job.target, job.device)
    good = past.last_good(job.target, job.device)
    counts = visits[0][0].bundle if visits else None
    others = [each.bundle for each in attempts if each.bundle and each.bundle != counts]
    return JourneyNight(
        target=job.target,
        device=job.device,
        bundle=counts,
        repeat=others[0] if others and counts else None,
        last_good=good[0] if good else None,
        findings=night_findings(
            [(sighting, judged) for _, sighting, judged in visits],
            standing,
            bundles.load,
            remedied=remedied_before(past.nights, job.target, job.device),
            void=void,
        ),
        why=why,
    )


def _nothing_seen(setup: Setup, job: Job, attempts: Sequence[JobOutcome], ended_by: EndedBy) -> Message:
    """Return why a journey left nothing that could be judged."""
    if attempts:
        last = attempts[-1]
        return Message(id="night.failed", params={"state": last.state, "error": last.error})
    if setup.config.target(job.target) is None:
        return Message(id="night.target-gone")
    return Message(id=_NOT_STARTED[ended_by])


def _not_observed(
    job: Job,
    visits: Sequence[tuple[JobOutcome, Sighting, Judged]],
    why: tuple[Message, ...],
) -> Iterator[NotObserved]:
    """Yield what of a journey was not seen: all of it, or the stages that neither visit reached."""
    if not visits:
        yield NotObserved(target=job.target, device=job.device, stage=None, why=why[0])
        return
    reached = {stand.stage for outcome, _, _ in visits for stand in outcome.stages if stand.reached}
    told = set()
    for stand in visits[0][0].stages:
        if stand.stage not in reached and stand.stage not in told:
            told.add(stand.stage)
            reason = (stand.reason or "not opened").replace(" ", "-")
            yield NotObserved(
                target=job.target, device=job.device, stage=stand.stage, why=Message(id=f"reason.{reason}")
            )


def _exit_code(night: Night) -> int:
    """Return the worst of its journeys' codes; at least 3 where it is void or something was not observed."""
    codes = [LOOK] if night.void or night.not_observed or night.ended_by != "finished" else []
    for journey in night.journeys:
        outcome = night.outcome(journey.bundle) if journey.bundle else None
        code = outcome.exit_code if outcome else None
        codes.append(code if code in WORST_FIRST else LOOK)
    return worst_code(codes)
