"""The queue: worst first, page by page, and every filter means what it says."""

from __future__ import annotations

import shutil
from datetime import date, timedelta

import pytest

from crawler.errors import IndexUnavailable
from crawler.model.decision import STATES
from crawler.model.queue import QueueFilter
from crawler.store import index
from crawler.store.index import queue
from tests.bench import reviewable

TODAY = date(2026, 11, 28)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return reviewable.build(tmp_path_factory.mktemp("season"), runs=16, findings=160, decided_share=0.4)


def listed(out, **wanted):
    return queue.queue(out, QueueFilter(**wanted), TODAY)


def test_the_worst_comes_first(out):
    found = listed(out)
    order = {"fail": 1, "needs_review": 0}, {"high": 2, "medium": 1, "low": 0}
    ranks = [(order[0][each.outcome], order[1][each.severity]) for each in found]
    assert ranks == sorted(ranks, reverse=True)
    assert len(ranks) > 50


def test_pages_follow_each_other_without_gap_or_double(out):
    whole = listed(out)
    found, after = [], None
    while page := queue.queue(out, QueueFilter(), TODAY, after=after, limit=7):
        found += page
        after = (page[-1].target, page[-1].fingerprint)
    assert found == list(whole)
    last = (whole[-1].target, whole[-1].fingerprint)
    assert queue.queue(out, QueueFilter(), TODAY, after=last, backwards=True) == whole[-2::-1]


def test_the_line_after_one_that_left_the_filter_is_found(out):
    settled = listed(out, states=("confirmed",))
    assert settled
    (at,) = [each for each in listed(out, states=STATES) if each == settled[0]]
    (following,) = queue.queue(out, QueueFilter(), TODAY, after=(at.target, at.fingerprint), limit=1)
    everything = listed(out, states=STATES)
    rest = everything[everything.index(at) + 1 :]
    assert following == next(each for each in rest if each.state in QueueFilter().states)


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [
        ({"target": "toko-01"}, lambda each: each.target == "toko-01"),
        ({"rule": "foreign-brand-text"}, lambda each: each.rule == "foreign-brand-text"),
        ({"stage": "payment"}, lambda each: each.stage == "payment"),
        ({"severity": "high"}, lambda each: each.severity == "high"),
        ({"outcome": "needs_review"}, lambda each: each.outcome == "needs_review"),
        ({"states": ("dismissed",)}, lambda each: each.state == "dismissed"),
        ({"older_days": 58}, lambda each: each.age_days(TODAY) >= 58),
        ({"night": reviewable.FIRST_NIGHT}, lambda each: each.first_day == "2026-10-01"),
    ],
)
def test_a_filter_gives_what_it_says_and_all_of_it(out, wanted, holds):
    everything = listed(out, states=wanted.get("states", QueueFilter().states))
    found = listed(out, **wanted)
    assert found == tuple(each for each in everything if holds(each))
    assert found


def test_a_run_and_a_reviewer_are_filters_too(out):
    root = max((out / "toko-00").glob("2*"))
    of_run = listed(out, run=f"toko-00/{root.name}", states=STATES)
    assert len(of_run) == 10
    decided = listed(out, reviewer="ani", states=STATES)
    assert decided
    assert all(each.state != "open" for each in decided)
    assert listed(out, reviewer="nobody", states=STATES) == ()


def test_what_no_judgement_shows_is_not_there(out):
    assert listed(out, outcome="excused") == ()
    assert listed(out, night=reviewable.FIRST_NIGHT - timedelta(days=1)) == ()
    assert queue.observation(out, "toko-00", "0" * 32) is None


def test_counts_agree_with_the_lines(out):
    found = queue.counts(out, QueueFilter(target="toko-00"), TODAY)
    everything = listed(out, target="toko-00", states=STATES)
    assert sum(found.states.values()) == len(everything)
    unsettled = [each for each in everything if each.state in QueueFilter().states]
    assert found.targets == {"toko-00": len(unsettled)}
    assert sum(found.rules.values()) == sum(found.stages.values()) == len(unsettled)


def test_sightings_are_the_runs_that_show_it_the_last_first(out):
    one = max(listed(out), key=lambda each: each.runs)
    seen = queue.sightings(out, one.target, one.fingerprint)
    assert len({each.bundle for each in seen}) == one.runs > 1
    assert [each.day for each in seen] == sorted((each.day for each in seen), reverse=True)
    assert (seen[0].bundle, seen[0].policy, seen[0].number) == (one.bundle, one.policy, one.number)


def test_what_was_said_comes_with_its_run_and_line(out):
    one = listed(out, states=("confirmed",))[0]
    ((bundle, seq, note, said),) = queue.said(out, one.target, one.fingerprint)
    assert (bundle.split("/")[0], note, said.action) == (one.target, "", "confirm")
    assert seq >= 1
    assert said.by in queue.reviewers(out)


def test_without_an_index_it_says_so(tmp_path):
    with pytest.raises(IndexUnavailable):
        queue.queue(tmp_path, QueueFilter(), TODAY)


def test_a_file_that_took_the_place_of_the_one_that_is_read_is_read_instead(tmp_path):
    out = reviewable.build(tmp_path, runs=4, findings=16, decided_share=0)
    before = listed(out)
    for root in (out / "toko-01").glob("2*"):
        shutil.rmtree(root)
    index.update(out, rebuild=True)
    after = listed(out)
    assert {each.target for each in before} == {"toko-00", "toko-01"}
    assert {each.target for each in after} == {"toko-00"}
    (out / index.FILE).unlink()
    with pytest.raises(IndexUnavailable):
        listed(out)
    index.update(out)
    assert listed(out) == after
