"""Nights from the first look to the record, over replayed bundles."""

from __future__ import annotations

import fcntl
import itertools
import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import NightRunning, NightUnwritable
from crawler.fleet.jobs import JobFiles
from crawler.model.night import Job
from crawler.store.nights import LOCK, LOG, NIGHT, PLAN, night_folder, read_night, write_once
from tests.fleet import faults
from tests.fleet.conftest import FIRST, a_target
from tests.fleet.replay import Replay, fallen_canary

NAMED, CLEAN = ["Selamat datang di TikTok Shop"], ["Selamat datang di Shop | Tokopedia"]
NEXT, THIRD = FIRST + timedelta(days=1), FIRST + timedelta(days=2)


def brand_text(night, target="toko-a"):
    """Return what the night says of the brand's name in the page's text."""
    found = night.journey(target, "mobile").findings
    return [each for each in found if each.rule == "foreign-brand-text" and each.status == "open"]


def test_a_finding_is_new_stays_and_is_gone_on_the_right_nights(setup, hold):
    where, replay = setup("toko-a"), Replay({"toko-a": NAMED})
    first = hold(where, replay)
    assert replay.walked == ["toko-a.mobile.1", "toko-a.mobile.2"]  # what is new is walked twice
    assert [(each.state, each.first_seen.date) for each in brand_text(first)] == [("new", FIRST)]
    assert (first.exit_code, first.void, first.ended_by) == (1, False, "finished")
    journey = first.journey("toko-a", "mobile")
    assert {journey.bundle, journey.repeat} == {each.bundle for each in first.outcomes}
    assert first.outcome(journey.bundle).chain_head

    replay.walked.clear()
    second = hold(where, replay, NEXT)
    assert replay.walked == ["toko-a.mobile.1"]  # nothing moved
    assert [(each.state, each.first_seen.date) for each in brand_text(second)] == [("still-there", FIRST)]
    assert second.journey("toko-a", "mobile").last_good.date == FIRST

    replay.walked.clear()
    third = hold(where, Replay({"toko-a": CLEAN}), THIRD)
    assert [(each.state, each.last_seen.date) for each in brand_text(third)] == [("gone", NEXT)]
    assert (first.number, second.number, third.number) == (1, 2, 3)


def test_what_shows_in_one_visit_is_unstable_and_both_bundles_are_kept(setup, hold):
    replay = Replay({"toko-a": lambda order: NAMED if order.job.attempt == 1 else CLEAN})
    where = setup("toko-a")
    night = hold(where, replay)
    assert [each.state for each in brand_text(night)] == ["unstable"]
    journey = night.journey("toko-a", "mobile")
    assert all((where.out / name / "bagit.txt").exists() for name in (journey.bundle, journey.repeat))
    later = hold(where, Replay({"toko-a": NAMED}), NEXT)
    assert [(each.state, each.first_seen.date) for each in brand_text(later)] == [("new", NEXT)]


def test_a_night_that_could_not_look_loses_no_finding(setup, hold):
    where = setup("toko-a")
    hold(where, Replay({"toko-a": NAMED}))
    blind = hold(where, Replay({"toko-a": "challenge"}), NEXT)
    assert [each.state for each in brand_text(blind)] == ["not-looked"]
    told = [(each.stage, each.why.id) for each in blind.not_observed]
    assert told == [("product", "reason.challenge")]
    assert blind.exit_code != 0
    third = hold(where, Replay({"toko-a": CLEAN}), THIRD)
    assert [(each.state, each.last_seen.date) for each in brand_text(third)] == [("gone", FIRST)]


def test_nothing_is_gone_in_a_void_night_and_the_next_goes_on_from_before(setup, hold):
    where = setup("toko-a")
    hold(where, Replay({"toko-a": NAMED}))
    void = hold(where, Replay({"toko-a": CLEAN}), NEXT, look_at_canary=fallen_canary)
    assert void.void
    assert [each.state for each in brand_text(void)] == ["not-looked"]
    assert void.exit_code == 3
    third = hold(where, Replay({"toko-a": CLEAN}), THIRD)
    assert [each.state for each in brand_text(third)] == ["gone"]
    back = hold(where, Replay({"toko-a": NAMED}), THIRD + timedelta(days=1))
    assert [(each.state, each.returned) for each in brand_text(back)] == [("new", THIRD)]


def test_a_journey_that_fails_is_walked_again_and_what_fails_twice_is_told(setup, hold):
    def fall(order):
        if order.job.target == "toko-b" or order.job.attempt == 1:
            raise OSError("no space left on device")

    replay = Replay({"toko-a": CLEAN}, do=fall)
    night = hold(setup("toko-a", "toko-b"), replay)
    assert sorted(replay.walked) == sorted(
        f"{target}.mobile.{attempt}" for target in ("toko-a", "toko-b") for attempt in (1, 2)
    )
    assert night.journey("toko-a", "mobile").bundle is not None
    assert [(each.target, each.stage, each.why.id) for each in night.not_observed] == [
        ("toko-b", None, "night.failed")
    ]
    assert night.exit_code == 3


def test_sites_keep_their_pace_and_do_not_wait_for_each_other(setup, hold):
    slow = {"site": "slow.example", "pace": {"at_once": 1, "every_s": 1}}
    targets = [a_target("toko-a", **slow), a_target("toko-b", **slow), a_target("toko-c")]
    gate = threading.Barrier(2, timeout=30)  # passed only by two journeys at once: one of each site

    def meet(order):
        if order.job.name in ("toko-a.mobile.1", "toko-b.mobile.1", "toko-c.mobile.1") and not gate.broken:
            met.append(order.job.target)
            if len(met) <= 2:
                gate.wait()

    met: list[str] = []
    replay = Replay(do=meet)
    hold(setup(*targets), replay)
    assert replay.most_at_once["slow.example"] == 1
    starts = sorted(replay.began["slow.example"])
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in itertools.pairwise(starts))
    assert "toko-c" in met[:2]


def test_two_nights_never_overlap(setup, hold):
    where = setup("toko-a")
    where.nights.mkdir()
    with (where.nights / LOCK).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(NightRunning) as caught:
            hold(where)
    assert caught.value.exit_code == 2
    assert not night_folder(where.nights, FIRST).exists()


def test_a_stopped_night_goes_on_with_what_is_left_and_counts_nothing_twice(setup, hold):
    where, stop = setup("toko-a", "toko-b", "toko-c"), threading.Event()
    stopping = Replay(do=lambda order: stop.set() if len(stopping.walked) == 2 else None)
    night = hold(where, stopping, stop=stop, workers=1)
    assert night.ended_by == "interrupted"
    assert night.exit_code >= 1
    assert "night.not-started-interrupted" in {each.why.id for each in night.not_observed}
    walked = list(stopping.walked)

    rest = Replay()
    done = hold(where, rest, on=None)  # no date: the night that was cut off
    assert done.ended_by == "finished"
    assert done.not_observed == ()
    assert set(walked) & set(rest.walked) == set()
    names = [outcome.job.name for outcome in done.outcomes]
    assert sorted(names) == sorted({*walked, *rest.walked})
    assert read_night(night_folder(where.nights, done.date)) == done

    again = Replay()
    assert hold(where, again, on=done.date) == done  # a night that is over is told again
    assert again.walked == []


def test_what_the_deadline_left_is_told_as_not_observed(setup, hold):
    where = setup("toko-a", deadline_h=1e-9)
    night = hold(where, Replay())
    assert (night.ended_by, night.exit_code) == ("deadline", 3)
    assert [each.why.id for each in night.not_observed] == ["night.not-started-deadline"]


def test_a_night_of_yesterday_whose_time_is_over_is_closed_before_the_next(setup, hold):
    where = setup("toko-a")
    hold(where, Replay({"toko-a": NAMED}))
    (night_folder(where.nights, FIRST) / NIGHT).unlink()  # as if the power had gone before the record
    began = datetime.now(UTC)
    night = hold(where, Replay({"toko-a": NAMED}), on=None, now=lambda: began + timedelta(days=1))
    closed = read_night(night_folder(where.nights, FIRST))
    assert closed.ended_by == "deadline"
    assert [each.state for each in brand_text(closed)] == ["new"]  # what was walked counts
    assert [each.state for each in brand_text(night)] == ["still-there"]


def test_a_job_whose_worker_died_is_not_walked_twice_as_the_same_attempt(setup, hold):
    where = setup("toko-a")

    class Killed(BaseException):
        """Stands for kill -9: nothing after it is written."""

    def die(order):
        if order.job.attempt == 1:
            raise Killed

    replay = Replay(do=die)
    night = hold(where, replay)
    assert replay.walked == ["toko-a.mobile.1", "toko-a.mobile.2"]
    assert [outcome.state for outcome in night.outcomes] == ["no-bundle", "complete"]
    assert night.outcomes[0].error


def test_a_clock_that_was_set_back_is_told_and_the_order_of_nights_stays(setup, hold):
    where = setup("toko-a")
    hold(where, Replay({"toko-a": NAMED}), THIRD)
    night = hold(where, Replay({"toko-a": NAMED}), FIRST)
    assert [note.id for note in night.notes] == ["night.clock-back"]
    assert [each.state for each in brand_text(night)] == ["still-there"]  # by number, not by date


def test_damaged_records_are_told_and_stop_nothing(setup, hold):
    where = setup("toko-a")
    hold(where, Replay({"toko-a": NAMED}))
    (night_folder(where.nights, FIRST) / NIGHT).write_text("{")
    night = hold(where, Replay({"toko-a": NAMED}), NEXT)
    assert [note.id for note in night.notes] == ["night.record-unreadable"]
    assert [each.state for each in brand_text(night)] == ["new"]


def test_a_target_that_left_the_file_is_told(setup, hold):
    both = setup("toko-a", "toko-b")
    plan = both.nights / FIRST.isoformat() / PLAN
    from crawler.fleet.plan import new_plan

    write_once(plan, new_plan(both, FIRST, datetime.now(UTC)))
    night = hold(setup("toko-a"), Replay())
    assert [(each.target, each.why.id) for each in night.not_observed] == [("toko-b", "night.target-gone")]


def test_a_disk_that_takes_no_start_costs_nothing_once_there_is_room(setup, hold, monkeypatch):
    where = setup("toko-a")
    with faults.disk_refuses(monkeypatch, faults.FULL, 2), pytest.raises(NightUnwritable):
        hold(where, Replay())
    replay = Replay()
    night = hold(where, replay)
    assert replay.walked[0] == "toko-a.mobile.1"
    assert night.not_observed == ()


def test_job_records_lie_where_they_are_looked_for(setup, hold):
    where = setup("toko-a")
    hold(where)
    files = JobFiles(where.nights, FIRST, Job(target="toko-a", device="mobile"))
    assert files.start.run_id == files.outcome.bundle.rpartition("/")[2]


def test_a_night_keeps_its_log_bound_to_its_date(setup, hold):
    where = setup("toko-a")
    hold(where, Replay({"toko-a": CLEAN}))
    lines = (night_folder(where.nights, FIRST) / LOG).read_text().splitlines()
    told = [json.loads(line) for line in lines]
    assert {line["night"] for line in told} == {FIRST.isoformat()}
    jobs = [(line["job"], line["state"]) for line in told if line["event"] == "job"]
    assert ("toko-a.mobile.1", "complete") in jobs
