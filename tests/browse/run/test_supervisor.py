"""However a run ends, what is there is sealed as incomplete or plainly unsealed, and no process is left."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from crawler.browse.chromium.work import PREFIX
from crawler.browse.run.supervisor import Outcome, _take
from crawler.browse.run.walk import Walk as Walked
from crawler.errors import CaptureError, ConfigError, ScenarioError
from crawler.store.bundle import Bundle
from crawler.store.layout import RUN
from crawler.store.verify import verify
from tests.browse.conftest import scenario_text
from tests.site import Site

pytestmark = pytest.mark.browser

Walk = Callable[..., Outcome]

FIRST = """
with journey.stage(Stage.STOREFRONT):
    page.goto(journey.start_url)
"""


def left(folder: str, limit_s: float = 10) -> dict[int, str]:
    """Return processes that name a run's private folder in `folder`, once they had time to go."""
    deadline = time.monotonic() + limit_s
    while (alive := _naming(f"{folder}/{PREFIX}")) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive


def _naming(words: str) -> dict[int, str]:
    found = {}
    for process in psutil.process_iter(["pid", "cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or ())
        if words in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found[process.info["pid"]] = line
    return found


@pytest.fixture
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the runs of a test a folder of their own for private files; no process that uses it may stay.

    Its name is short, since Chromium makes sockets below it; `tmp_path` is made before TMPDIR changes.
    """
    assert tmp_path.exists()
    with tempfile.TemporaryDirectory(prefix="pt-", ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield folder
        assert left(folder) == {}
    monkeypatch.setattr(tempfile, "tempdir", None)


def sealed_incomplete(outcome: Outcome, ended_by: str) -> None:
    assert verify(str(outcome.root)) == []
    run = Bundle(outcome.root).run
    assert (run.status, run.ended_by) == ("incomplete", ended_by)
    assert run.visits[0].reached
    assert not run.visits[1].reached


@pytest.mark.usefixtures("nothing_left")
def test_a_script_that_never_ends_meets_the_deadline(walk: Walk) -> None:
    sealed_incomplete(walk(FIRST + "while True: pass\n", deadline_s=12), "deadline")


@pytest.mark.usefixtures("nothing_left")
def test_an_evaluation_that_never_ends_meets_the_deadline(walk: Walk) -> None:
    body = FIRST + "with journey.stage(Stage.PRODUCT):\n    page.evaluate('for(;;);')\n"
    outcome = walk(body, deadline_s=12)
    sealed_incomplete(outcome, "deadline")
    assert outcome.run.visits[1].reason == "deadline"


@pytest.mark.usefixtures("nothing_left")
def test_a_stopped_browser_meets_the_deadline(walk: Walk) -> None:
    stop = """
    import os, pathlib, signal
    pid = int(next(pathlib.Path(os.environ["TMPDIR"]).glob("**/chromium.pid")).read_text())
    os.killpg(pid, signal.SIGSTOP)
    with journey.stage(Stage.PRODUCT):
        page.goto(journey.start_url + "product")
    """
    sealed_incomplete(walk(FIRST + textwrap.dedent(stop), deadline_s=15), "deadline")


@pytest.mark.usefixtures("nothing_left")
def test_a_browser_that_is_killed_ends_the_run_at_once(walk: Walk) -> None:
    kill = """
    import os, pathlib, signal
    pid = int(next(pathlib.Path(os.environ["TMPDIR"]).glob("**/chromium.pid")).read_text())
    with journey.stage(Stage.PRODUCT):
        os.killpg(pid, signal.SIGKILL)
        page.goto(journey.start_url + "product")
    """
    began = time.monotonic()
    outcome = walk(FIRST + textwrap.dedent(kill))
    sealed_incomplete(outcome, "browser crashed")
    assert outcome.run.visits[1].reason == "browser crashed"
    assert time.monotonic() - began < 40


@pytest.mark.usefixtures("nothing_left")
def test_a_driver_that_is_killed_is_sealed_as_incomplete(walk: Walk) -> None:
    sealed_incomplete(
        walk(FIRST + "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"), "driver died"
    )


@pytest.mark.usefixtures("nothing_left")
def test_a_page_that_eats_memory_meets_the_watch(walk: Walk, site: Site) -> None:
    from tests.site import page

    eat = "<script>const a=[];setInterval(()=>a.push(new Uint8Array(4e7).fill(1)),20)</script>"
    site.routes["/eat"] = page("Eat", eat)
    open_it = """
    with journey.stage(Stage.PRODUCT):
        page.goto(journey.start_url + "eat")
        page.wait_for_timeout(60000)
    """
    body = FIRST + textwrap.dedent(open_it)
    sealed_incomplete(walk(body, memory_limit_bytes=900 * 2**20), "memory")


@pytest.mark.usefixtures("nothing_left")
def test_a_disk_that_fills_up_loses_nothing_that_was_there(walk: Walk) -> None:
    full = """
    import errno, os
    def fsync(_): raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync = fsync
    with journey.stage(Stage.PRODUCT):
        page.goto(journey.start_url + "product")
    """
    outcome = walk(FIRST + textwrap.dedent(full))
    sealed_incomplete(outcome, "capture failed")
    assert "No space left" in outcome.run.detail


@pytest.mark.usefixtures("nothing_left")
def test_a_run_that_never_opens_a_page_leaves_no_bundle(walk: Walk, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"line 6"):
        walk("pass\n  bad indent")
    with pytest.raises(ConfigError, match="no browser that starts"):
        walk(FIRST, browser="/bin/false")
    with pytest.raises(ConfigError, match="cannot be made"):
        walk(FIRST, out=tmp_path / "scenario.py" / "below-a-file")
    with pytest.raises(CaptureError, match="deadline"):
        walk(FIRST, deadline_s=0.2)
    assert not (tmp_path / "snapshots").exists() or not list((tmp_path / "snapshots").rglob("run.json"))


@pytest.mark.parametrize(
    ("events", "ended_by"),
    [
        ([{"event": "error", "kind": "CaptureError", "message": "No guard.", "hint": ""}], "capture failed"),
        ([{"event": "ended", "by": "script error"}, {"event": "done"}], "script error"),
        ([{"event": "ended", "by": "driver died"}, {"event": "done"}], "driver died"),
        ([{"event": "done"}], "journey"),
        ([], "driver died"),
    ],
)
def test_how_a_run_ended_is_what_its_child_said_last(events: list[dict[str, str]], ended_by: str) -> None:
    walk = Walked("run", "2026-11-27T00:00:00.000Z")
    for event in events:
        _take(json.dumps(event).encode(), walk, lambda _: None)
    assert walk.ended_by == ended_by


SLOW = """
with journey.stage(Stage.STOREFRONT):
    page.goto(journey.start_url)
with journey.stage(Stage.PRODUCT):
    page.goto(journey.start_url + "product")
with journey.stage(Stage.CART):
    page.goto(journey.start_url + "popup")
"""


BEGUN = 0.8  # share of kills that wait until the run has a folder
WINDOW_S = 4.0


def start_cli(scenario: Path, out: Path) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "crawler.cli",
        "run",
        str(scenario),
        "--out",
        str(out),
        "--dwell",
        "0.2",
        "--json",
    ]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell without job control starts what runs in the background deaf to Ctrl-C: children inherit it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
    )


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_sealed_and_judged(site: Site, tmp_path: Path, name: signal.Signals) -> None:
    scenario = tmp_path / "s.py"
    scenario.write_text(scenario_text(site.url("/"), FIRST + "page.wait_for_timeout(60000)\n"))
    process = start_cli(scenario, tmp_path / "out")
    while not list((tmp_path / "out").rglob("visit.json")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(name)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode in (1, 3), stderr
    assert '"ended_by": "interrupt"' in stdout
    assert verify(str(next((tmp_path / "out" / "a-test").glob("2*")))) == []


def kill_at_random(site: Site, tmp_path: Path, seed: int) -> str:
    """Kill the supervisor, driver or browser at a random moment; return what the folder says of itself."""
    chance = random.Random(seed)
    folder = tmp_path / str(seed)
    folder.mkdir()
    scenario = folder / "s.py"
    scenario.write_text(scenario_text(site.url("/"), SLOW, "Stage.STOREFRONT, Stage.PRODUCT, Stage.CART"))
    process = start_cli(scenario, folder / "out")
    begun = chance.random() < BEGUN
    while begun and not list((folder / "out").glob("a-test/2*")) and process.poll() is None:
        time.sleep(0.02)
    time.sleep(chance.uniform(0, WINDOW_S))  # the random moment itself
    victim = chance.choice(["supervisor", "driver", "browser"])
    for target in _victims(process.pid, victim):
        try:
            os.kill(target, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.communicate(timeout=90)
    runs = [path for path in (folder / "out").glob("a-test/2*") if path.is_dir()]
    return _state(runs[0]) if runs else "nothing"


def _victims(supervisor: int, victim: str) -> list[int]:
    if victim == "supervisor":
        return [supervisor]
    try:
        children = psutil.Process(supervisor).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    lines = {}
    for child in children:
        try:
            lines[child.pid] = " ".join(child.cmdline())
        except psutil.Error:
            continue
    wanted = "crawler.browse.run.child" if victim == "driver" else "--user-data-dir"
    return [pid for pid, line in lines.items() if wanted in line]


def _state(folder: Path) -> str:
    """Return unsealed, incomplete or complete; a bundle that says it is complete must be."""
    problems = verify(str(folder))
    if problems:
        assert problems[0].startswith("not sealed"), problems
        return "unsealed"
    run = Bundle(folder).run
    if run.status == "complete":
        assert all(visit.reached for visit in run.visits), run.visits
        assert (folder / RUN).exists()
    return run.status


def kills(site: Site, tmp_path: Path, count: int, first_seed: int) -> None:
    states = [kill_at_random(site, tmp_path, first_seed + number) for number in range(count)]
    assert states.count("unsealed") + states.count("incomplete") >= count // 4, states


@pytest.mark.usefixtures("nothing_left")
def test_kills_at_random_moments_never_leave_a_bundle_that_looks_complete(site: Site, tmp_path: Path) -> None:
    kills(site, tmp_path, 6, first_seed=1)


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.long
@pytest.mark.timeout(1200)
def test_sixty_kills_at_random_moments(site: Site, tmp_path: Path) -> None:
    kills(site, tmp_path, 60, first_seed=100)
