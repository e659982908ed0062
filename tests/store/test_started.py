"""Started runs are records that are written once; what they say together is where a run stands."""

import pytest

from crawler.lib.clock import stamp
from crawler.model.night import Job, JobOutcome, JobStart
from crawler.model.started import AskedRun
from crawler.settings import RunSettings
from crawler.store.started import StartedRuns

JOB = Job(target="toko", device="desktop")


@pytest.fixture
def runs(tmp_path):
    return StartedRuns(tmp_path / "started")


@pytest.fixture
def ask(runs, tmp_path):
    def asked(number=1):
        run_id = f"2026010{number}T000000Z-0000000{number}"
        facts = {"job": JOB, "scenario": tmp_path / "s.py", "settings": RunSettings(out=tmp_path)}
        runs.ask(AskedRun(run_id=run_id, by="budi", asked=stamp(), **facts))
        return run_id

    return asked


def begin(runs, run_id):
    return runs.note_start(
        run_id, JobStart(job=JOB, run_id=run_id, worker="d", machine="m", began=stamp(), until=stamp())
    )


def end(runs, run_id):
    facts = {"job": JOB, "began": stamp(), "ended": stamp(), "duration_s": 1.0, "exit_code": 0}
    return runs.note_outcome(run_id, JobOutcome(state="complete", **facts))


def test_where_a_run_stands_follows_from_its_records(runs, ask):
    run_id = ask()
    assert runs.get(run_id).state == "waiting"
    assert begin(runs, run_id)
    assert runs.get(run_id).state == "running"
    assert runs.cancel(run_id, "siti")
    assert runs.get(run_id).state == "ending"
    assert end(runs, run_id)
    assert (runs.get(run_id).state, runs.get(run_id).is_over) == ("ended", True)


def test_each_record_is_written_once(runs, ask):
    run_id = ask()
    with pytest.raises(FileExistsError):
        ask()
    assert [begin(runs, run_id), begin(runs, run_id)] == [True, False]
    assert [runs.cancel(run_id, "a"), runs.cancel(run_id, "b")] == [True, False]
    assert runs.get(run_id).cancel.by == "a"
    assert [end(runs, run_id), end(runs, run_id)] == [True, False]


def test_what_is_unfinished_stands_in_the_order_it_was_asked_for(runs, ask):
    third, first, second = ask(3), ask(1), ask(2)
    end(runs, second)
    assert [run.asked.run_id for run in runs.unfinished()] == [first, third]
    assert [run.asked.run_id for run in runs.all(newest=2)] == [second, third]
    runs.cancel(first, "siti")
    assert [run.asked.run_id for run in runs.unfinished()] == [third]


def test_a_lock_that_is_held_is_not_given(runs, ask):
    run_id = ask()
    with runs.locked(run_id) as held, runs.locked(run_id) as again:
        assert held is not None
        assert again is None
    with runs.locked(run_id) as free:
        assert free is not None
