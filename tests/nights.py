"""Makes records of nights for tests: everything has a plausible default, pass what the test is about."""

from __future__ import annotations

from datetime import date
from typing import Any

from crawler.model.evidence import Reason
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

BEGAN, ENDED = "2024-03-12T18:00:00.000Z", "2024-03-12T18:05:00.000Z"
BUNDLE = "shop-tokopedia-web/20240312T180000Z-0000abcd"


def a_job(target: str = "toko-a", device: str = "mobile", attempt: int = 1) -> Job:
    return Job(target=target, device=device, attempt=attempt)


def a_stage(stage: str = "cart", reason: Reason | None = None) -> StageStand:
    return StageStand(stage=Stage(stage), reached=reason is None, reason=reason)


def an_outcome(job: Job | None = None, **facts: Any) -> JobOutcome:
    defaults = {
        "job": job or a_job(),
        "state": "complete",
        "exit_code": 0,
        "bundle": BUNDLE,
        "stages": (a_stage("storefront"), a_stage("cart")),
        "verdict": "pass",
        "policy": "permendag-31-2023",
        "began": BEGAN,
        "ended": ENDED,
        "duration_s": 300.0,
    }
    return JobOutcome.model_validate(defaults | facts)


def a_finding(state: str = "new", fingerprint: str = "f1", **facts: Any) -> NightFinding:
    seen = Sighting(date=date(2024, 3, 12), bundle=BUNDLE)
    defaults = {
        "state": state,
        "rule": "foreign-brand-text",
        "stage": "cart",
        "fingerprint": fingerprint,
        "outcome": "fail",
        "severity": "medium",
        "observed": "TikTok Shop",
        "url": "https://www.tokopedia.com/cart",
        "first_seen": seen,
        "last_seen": seen,
    }
    return NightFinding.model_validate(defaults | facts)


def a_canary(**facts: Any) -> CanaryResult:
    return CanaryResult.model_validate({"state": "2024-03-04", "expected": 7, **facts})


def a_night(on: date = date(2024, 3, 12), number: int = 1, **facts: Any) -> Night:
    outcome = an_outcome()
    journey = JourneyNight(target="toko-a", device="mobile", bundle=BUNDLE)
    defaults = {
        "date": on,
        "number": number,
        "began": BEGAN,
        "ended": ENDED,
        "ended_by": "finished",
        "planned": (outcome.job,),
        "outcomes": (outcome,),
        "canary": a_canary(),
        "journeys": (journey,),
        "exit_code": 0,
    }
    return Night.model_validate(defaults | facts)
