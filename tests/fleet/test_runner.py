"""Started runs take turns; a killed desk loses none and walks none twice. No browser is started here."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from crawler.fleet.runner import Runner
from crawler.lib.clock import stamp
from crawler.model.night import Job
from crawler.model.started import AskedRun
from crawler.settings import RunSettings
from crawler.store.started import StartedRuns

BROKEN = "raise RuntimeError('this shop is closed')"
SLOW = "import time\ntime.sleep(600)"
LIMIT_S = 90


@pytest.fixture
def runs(tmp_path):
    return StartedRuns(tmp_path / "started")


@pytest.fixture
def ask(runs, tmp_path):
    """Ask for a run of a scenario whose text is given; return its id. Ids go in the order of asking."""
    count = iter(range(100))

    def asked(text=BROKEN):
        number = next(count)
        run_id = f"20260101T0000{number:02d}Z-0000000{number % 10}"
        scenario = tmp_path / f"s{number}.py"
        scenario.write_text(text)
        runs.ask(
            AskedRun(
                run_id=run_id,
                job=Job(target="toko", device="desktop"),
                scenario=scenario,
                settings=RunSettings(out=tmp_path / "out", deadline_s=120),
                by="budi",
                asked=stamp(),
            )
        )
        return run_id

    return asked


def until(holds):
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def states(runs):
    return [run.state for run in runs.all()]


def test_one_runs_the_others_wait_and_all_are_told(runs, ask):
    first, second = ask(SLOW), ask()
    with Runner(runs) as runner:
        until(lambda: runs.get(first).state == "running")
        assert runs.get(second).state == "waiting"
        assert runs.cancel(first, "siti")
        assert not runs.cancel(first, "budi")
        runner.look()
        until(lambda: all(run.is_over for run in runs.all()))
    ended = runs.get(first)
    assert ended.cancel.by == "siti"
    assert ended.outcome.state == "no-bundle"
    assert "this shop is closed" in runs.get(second).outcome.error
    assert [run.asked.by for run in runs.all(newest=1)] == ["budi"]


def test_what_is_cancelled_before_its_turn_is_never_walked(runs, ask):
    waiting = ask()
    runs.cancel(waiting, "budi")
    last = ask()
    with Runner(runs):
        until(lambda: runs.get(last).state == "ended")
    assert runs.get(waiting).state == "cancelled"
    assert runs.get(waiting).start is None


def test_a_desk_that_stops_ends_its_run_and_leaves_the_rest(runs, ask):
    first, second = ask(SLOW), ask(SLOW)
    with Runner(runs):
        until(lambda: runs.get(first).state == "running")
    assert states(runs) == ["ended", "waiting"]
    assert second


DESK = """
import sys, time
from pathlib import Path
from crawler.fleet.runner import Runner
from crawler.store.started import StartedRuns
with Runner(StartedRuns(Path(sys.argv[1]))):
    time.sleep(600)
"""


def test_a_killed_desk_loses_no_run_and_walks_none_twice(runs, ask):
    first, second = ask(SLOW), ask()
    desk = subprocess.Popen([sys.executable, "-c", textwrap.dedent(DESK), str(runs.folder)])
    try:
        until(lambda: runs.get(first).state == "running")
        began = runs.get(first).start
    finally:
        os.kill(desk.pid, signal.SIGKILL)
        desk.wait()
    assert states(runs) == ["running", "waiting"]
    with Runner(runs):
        until(lambda: states(runs) == ["ended", "ended"])
    assert runs.get(first).start == began
    assert runs.get(first).outcome.state == "no-bundle"
    assert "this shop is closed" in runs.get(second).outcome.error


def test_a_name_that_is_no_run_is_none(runs):
    assert runs.get("../../etc") is None
    assert runs.get("20260101T000000Z-00000000") is None
    assert runs.all() == []


def test_a_record_that_cannot_be_read_holds_up_no_other(runs, ask):
    broken, whole = ask(), ask()
    (runs.folder / broken / "asked.json").write_text("{")
    with Runner(runs):
        until(lambda: runs.get(whole).state == "ended")
    assert [run.asked.run_id for run in runs.all()] == [whole]
