"""A journey as a process: what it inherits, how it ends, what is said of it. No browser is started here."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime, timedelta

import pytest

from crawler.fleet.journey import lease_s, walk_journey
from crawler.lib.clock import stamp
from crawler.model.night import Job, JobOrder, JobStart
from crawler.model.target import Target
from crawler.store.writer import new_run_id
from tests.fleet.conftest import FIRST, a_target

FAR = "2099-01-01T00:00:00.000Z"


@pytest.fixture
def walk(setup, tmp_path):
    """Return what walks a scenario whose text is given."""

    def walk_text(text, stopped=lambda: False, **facts):
        scenario = tmp_path / "toko.py"
        if text is not None:
            scenario.write_text(textwrap.dedent(text))
        target = a_target(scenario=str(scenario), **facts)
        where = setup(target)
        job = Job(target="toko-a", device="mobile")
        order = JobOrder(night=FIRST, job=job, target=Target.model_validate(target), not_after=FAR)
        now = datetime.now(UTC)
        start = JobStart(
            job=job,
            run_id=new_run_id(),
            worker="w",
            machine="m",
            began=stamp(now),
            until=stamp(now + timedelta(seconds=lease_s(order))),
        )
        with (tmp_path / "lock").open("w") as lock:
            return walk_journey(where, order, start, lock.fileno(), stopped)

    return walk_text


def test_a_scenario_that_is_not_there_is_an_outcome_with_its_reason(walk, tmp_path):
    outcome = walk(None)
    assert (outcome.state, outcome.exit_code, outcome.failed) == ("no-bundle", 2, True)
    assert str(tmp_path / "toko.py") in outcome.error
    assert outcome.cpu_s > 0
    assert outcome.peak_memory_bytes > 0


def test_no_journey_sees_the_password_of_the_queue(walk, tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "secret")
    walk(f"import os\nopen({str(tmp_path / 'seen')!r}, 'w').write(str(dict(os.environ)))\n")
    assert "PATH" in (tmp_path / "seen").read_text()
    assert "secret" not in (tmp_path / "seen").read_text()


HANG = "import time\nopen({mark!r}, 'w').close()\ntime.sleep(600)\n"


def test_one_that_is_to_end_ends_and_says_so(walk, tmp_path):
    mark = tmp_path / "begun"
    outcome = walk(HANG.format(mark=str(mark)), stopped=mark.exists)
    assert (outcome.state, outcome.failed) == ("no-bundle", True)
    assert outcome.error
    assert outcome.duration_s < 60
