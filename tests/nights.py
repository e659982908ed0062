"""Builds nights for tests: their records, and where needed the bundles they speak of.

    night = a_night(date(2026, 11, 2), journeys=[a_journey("toko-a", findings=[a_finding("new")])])

Bundle names follow from scenario, date and device, so that two nights never share one.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawler.lib.clock import stamp
from crawler.model.finding import Message, Verdict
from crawler.model.night import (
    CanaryResult,
    Job,
    JobOutcome,
    JourneyNight,
    Night,
    NightFinding,
    Sighting,
    StageStand,
)
from crawler.model.scenario import Stage
from tests.bundles import a_visit, make_bundle

if TYPE_CHECKING:
    from pathlib import Path

SCENARIO = "test-shop"
FIRST = date(2026, 11, 2)


def bundle_name(on: date, journey: str = "toko-a/desktop", attempt: int = 1) -> str:
    """Return the name of the bundle that a journey leaves in a night."""
    digits = hashlib.sha256(f"{journey}#{attempt}".encode()).hexdigest()[:8]
    return f"{SCENARIO}/{on:%Y%m%d}T180000Z-{digits}"


def a_finding(
    state: str = "new", *, seen: date = FIRST, last: date | None = None, **facts: Any
) -> NightFinding:
    """Return a finding of a night; `seen` and `last` are the nights that showed it first and last."""
    journey = facts.pop("journey", "toko-a/desktop")
    values: dict[str, Any] = {
        "state": state,
        "rule": "foreign-brand-text",
        "stage": Stage.PAYMENT,
        "fingerprint": "f" * 16,
        "outcome": "fail",
        "severity": "high",
        "observed": "TikTok Shop",
        "url": "https://www.tokopedia.com/pay",
        "first_seen": Sighting(date=seen, bundle=bundle_name(seen, journey)),
        "last_seen": Sighting(date=last or seen, bundle=bundle_name(last or seen, journey)),
    }
    return NightFinding(**(values | facts))


def a_journey(
    target: str = "toko-a", device: str = "desktop", *, on: date = FIRST, **facts: Any
) -> JourneyNight:
    """Return what a night says of a target on a device; pass `bundle=None` where nothing was observed."""
    values: dict[str, Any] = {"bundle": bundle_name(on, f"{target}/{device}")}
    facts["findings"] = tuple(facts.get("findings", ()))
    facts["why"] = tuple(facts.get("why", ()))
    return JourneyNight(target=target, device=device, **(values | facts))


def a_night(on: date = FIRST, journeys: Any = None, *, canary: Any = "good", **facts: Any) -> Night:
    """Return the record of a night. `canary` is `good`, `missed`, None or a `CanaryResult`."""
    told = (a_journey(on=on),) if journeys is None else tuple(journeys)
    began = datetime.fromisoformat(f"{on}T18:00:00+00:00")
    values: dict[str, Any] = {
        "date": on,
        "number": (on - FIRST).days + 1,
        "began": stamp(began),
        "ended": stamp(began + timedelta(hours=1)),
        "ended_by": "finished",
        "planned": tuple(Job(target=each.target, device=each.device) for each in told),
        "outcomes": tuple(outcome for each in told for outcome in _outcomes(each, began)),
        "canary": canaries().get(canary, canary) if isinstance(canary, str) else canary,
        "journeys": told,
        "exit_code": 0,
    }
    return Night(**(values | facts))


def canaries() -> dict[str, CanaryResult]:
    """Return a canary that found all, and one that missed a place."""
    good = CanaryResult(state="2024-03-04", expected=12)
    return {"good": good, "missed": good.model_copy(update={"missed": ("foreign-logo at payment",)})}


def make_night_bundles(tmp_path: Path, night: Night, **facts: Any) -> Path:
    """Seal a small bundle for every outcome of a night that names one; return the folder of the evidence."""
    for outcome in night.outcomes:
        if outcome.bundle:
            run_id = outcome.bundle.partition("/")[2]
            visits = facts.get("visits") or [a_visit("storefront", text=["Kopi Gayo"])]
            make_bundle(tmp_path, visits, facts.get("requests", ()), run_id=run_id, as_of=night.date)
    return tmp_path / "snapshots"


def unobserved(reason: str = "timeout") -> Message:
    """Return why a stage was not seen."""
    return Message(id="gap.unreached", params={"stage": "payment", "reason": reason})


def _outcomes(journey: JourneyNight, began: datetime) -> list[JobOutcome]:
    found = []
    for attempt, bundle in enumerate((journey.bundle, journey.repeat), 1):
        if bundle:
            found.append(
                JobOutcome(
                    job=Job(target=journey.target, device=journey.device, attempt=attempt),
                    state="complete",
                    exit_code=0,
                    bundle=bundle,
                    scenario=SCENARIO,
                    stages=(StageStand(stage=Stage.STOREFRONT, reached=True),),
                    verdict=Verdict.PASS,
                    chain_head="c" * 64,
                    seal="d" * 64,
                    began=stamp(began),
                    ended=stamp(began + timedelta(minutes=3)),
                    duration_s=180.0,
                    peak_memory_bytes=900_000_000,
                    cpu_s=42.5,
                    bundle_bytes=5_000_000,
                )
            )
    return found
