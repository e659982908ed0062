"""What a night says of itself: void, recall, what counts as failed."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from crawler.model.night import CanaryResult, Job, JobOutcome, JourneyNight, Night, StageStand
from crawler.model.scenario import Stage
from tests.nights import FIRST, a_finding, a_night, bundle_name

BUNDLE = bundle_name(FIRST)


def a_stage(stage, reason=None):
    return StageStand(stage=Stage(stage), reached=reason is None, reason=reason)


def an_outcome(**facts):
    defaults = {
        "job": {"target": "toko-a", "device": "mobile"},
        "state": "complete",
        "exit_code": 0,
        "bundle": BUNDLE,
        "stages": (a_stage("storefront"), a_stage("cart")),
        "verdict": "pass",
        "began": "2026-11-02T18:00:00.000Z",
        "ended": "2026-11-02T18:05:00.000Z",
        "duration_s": 300.0,
    }
    return JobOutcome.model_validate(defaults | facts)


def a_canary(**facts):
    return CanaryResult.model_validate({"state": "2024-03-04", "expected": 7, **facts})


def test_a_job_has_a_name_that_fits_a_file():
    job = Job(target="toko-a", device="mobile", attempt=2)
    assert (job.journey, job.name) == ("toko-a/mobile", "toko-a.mobile.2")


def test_there_is_no_third_attempt():
    with pytest.raises(ValidationError):
        Job(target="toko-a", device="mobile", attempt=3)


@pytest.mark.parametrize(
    "name", ["../x/20240312T180000Z-0000abcd", "a/b/20240312T180000Z-0000abcd", "a/latest"]
)
def test_a_bundle_name_leads_nowhere_else(name):
    with pytest.raises(ValidationError):
        an_outcome(bundle=name)


@pytest.mark.parametrize(
    ("facts", "void", "recall"),
    [
        ({}, False, 1.0),
        ({"missed": ("naming at cart",)}, True, 6 / 7),
        ({"false_alarms": ("checkout at cart",)}, False, 1.0),
        ({"error": "no browser"}, True, None),
        ({"expected": 0}, True, None),
    ],
)
def test_a_canary_voids_a_night_where_it_misses_or_comes_to_nothing(facts, void, recall):
    canary = a_canary(**facts)
    assert (canary.void, canary.recall) == (void, recall)


def test_a_night_without_a_canary_is_void():
    assert a_night(canary=None).void
    assert not a_night().void


@pytest.mark.parametrize(
    ("facts", "failed"),
    [
        ({}, False),
        ({"state": "incomplete"}, True),
        ({"verdict": None}, True),
        ({"stages": (a_stage("storefront", "navigation"),)}, True),
        ({"stages": (a_stage("storefront"), a_stage("cart", "timeout"))}, False),
    ],
)
def test_a_job_fails_where_nothing_whole_came_of_it(facts, failed):
    assert an_outcome(**facts).failed is failed


def test_excused_findings_are_not_counted():
    findings = (
        a_finding("new"),
        a_finding("new", fingerprint="f2", status="excused"),
        a_finding("gone", fingerprint="f3"),
    )
    journey = JourneyNight(target="toko-a", device="mobile", bundle=BUNDLE, findings=findings)
    assert (journey.count("new"), journey.count("gone"), journey.count("changed")) == (1, 1, 0)


def test_a_night_comes_back_from_its_json_as_it_was():
    night = a_night()
    assert Night.model_validate_json(night.model_dump_json()) == night
    assert night.outcome(BUNDLE) == night.outcomes[0]
    assert night.journey("toko-b", "desktop") is None
