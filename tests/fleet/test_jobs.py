"""The life of a job: one start, one outcome, and what a worker that died or is out of reach leaves behind."""

from __future__ import annotations

import fcntl
import os
from datetime import UTC, datetime, timedelta

import pytest

from crawler.fleet import jobs
from crawler.fleet.jobs import JobFiles, machine, sweep_job, work_job
from crawler.lib.clock import stamp
from crawler.model.night import Job, JobOrder, JobStart
from crawler.model.target import Target
from crawler.store.writer import new_run_id
from tests.bundles import a_visit, make_bundle
from tests.fleet.conftest import FIRST, a_target
from tests.fleet.replay import Replay

JOB = Job(target="toko-a", device="mobile")
FAR = "2099-01-01T00:00:00.000Z"


def an_order(not_after=FAR):
    return JobOrder(night=FIRST, job=JOB, target=Target.model_validate(a_target()), not_after=not_after)


def work(where, replay=None, **facts):
    return work_job(where, an_order(**facts), worker="w", stopped=lambda: False, walk=replay or Replay())


def a_start(*, on=None, until_s=600.0, run_id=None):
    now = datetime.now(UTC)
    return JobStart(
        job=JOB,
        run_id=run_id or new_run_id(),
        worker="another",
        machine=on or machine(),
        began=stamp(now),
        until=stamp(now + timedelta(seconds=until_s)),
    )


@pytest.fixture
def where(setup):
    return setup("toko-a")


@pytest.fixture
def files(where):
    return JobFiles(where.nights, FIRST, JOB)


def test_a_job_is_walked_once_and_told_again(where):
    replay = Replay()
    first, second = work(where, replay), work(where, replay)
    assert first == second
    assert replay.walked == [JOB.name]


def test_after_its_time_it_is_not_started(where, files):
    assert work(where, not_after="2020-01-01T00:00:00.000Z") is None
    assert files.start is None


def test_one_that_was_started_here_and_died_is_not_walked_again(where, files):
    files.note_start(a_start())
    replay = Replay()
    outcome = work(where, replay)
    assert (outcome.state, outcome.failed, replay.walked) == ("no-bundle", True, [])


def test_what_a_dead_worker_had_sealed_is_judged(where, files):
    start = a_start(run_id="20240312T020000Z-0000abcd")
    files.note_start(start)
    make_bundle(where.base, [a_visit("product", text=["TikTok Shop"])], run_id=start.run_id)
    outcome = sweep_job(where, FIRST, JOB)
    assert (outcome.state, outcome.exit_code) == ("complete", 1)
    assert outcome.verdict == "fail"
    assert outcome.findings
    assert outcome.chain_head


def test_a_folder_that_was_never_sealed_is_kept_and_told(where, files):
    start = a_start()
    files.note_start(start)
    folder = where.out / "test-shop" / start.run_id / "data"
    folder.mkdir(parents=True)
    (folder / "chain.jsonl").write_text("")
    outcome = sweep_job(where, FIRST, JOB)
    assert (outcome.state, outcome.bundle) == ("unsealed", f"test-shop/{start.run_id}")
    assert folder.exists()


def test_one_that_another_machine_works_is_left_alone_until_its_lease_is_over(where, files):
    files.note_start(a_start(on="elsewhere"))
    replay = Replay()
    assert work(where, replay) is None
    assert sweep_job(where, FIRST, JOB) is None
    assert files.outcome is None


def test_the_lease_ends_with_a_margin_for_clocks(where, files, monkeypatch):
    files.note_start(a_start(on="elsewhere", until_s=-60))
    assert sweep_job(where, FIRST, JOB) is None
    monkeypatch.setattr(jobs, "LEASE_MARGIN_S", 30.0)
    assert sweep_job(where, FIRST, JOB).state == "no-bundle"


def test_one_that_is_being_walked_here_is_not_swept(where, files):
    files.note_start(a_start())
    with files.locked() as held:
        assert held is not None
        assert sweep_job(where, FIRST, JOB) is None
    assert sweep_job(where, FIRST, JOB) is not None


def test_whoever_waits_for_a_job_can_be_told_to_stop(where, files):
    with files.locked():
        assert work_job(where, an_order(), worker="w", stopped=lambda: True, walk=Replay()) is None
    assert files.start is None


def test_the_lock_is_held_by_the_journeys_process_too(files):
    with files.locked() as held:
        inherited = os.dup(held)
    try:
        with files.locked() as second:
            assert second is None  # the worker is gone, its journey is not
    finally:
        fcntl.flock(inherited, fcntl.LOCK_UN)
        os.close(inherited)


def test_an_outcome_that_comes_too_late_does_not_take_the_place_of_the_first(where, files):
    replay = Replay(do=lambda order: early.append(files.note_outcome(sweep_free(where, files))))
    early: list[object] = []
    outcome = work(where, replay)
    assert outcome == early[0] == files.outcome
    assert outcome.state == "no-bundle"


def sweep_free(where, files):
    """Return the outcome that a night writes when a lease is over while its worker still walks."""
    return jobs.salvaged(where.out, files.start)
