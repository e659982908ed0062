"""Kills in the middle of an order loop: no order leaves."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from crawler.browse.chromium.program import find_browser, wrapper
from tests.browse.guard.guarded import ORDER, POST, ROUTES
from tests.site import page, serve

if TYPE_CHECKING:
    from pathlib import Path

    from tests.site import Site

pytestmark = pytest.mark.browser

LOOP = page("k", f"<script>setInterval(() => {{ {POST} }}, 10)</script>")
JOURNEY = """
    import sys
    from pathlib import Path
    from playwright.sync_api import sync_playwright
    from crawler.browse.guard.guard import Guard
    from crawler.browse.chromium.switches import launch_args

    work, url = Path(sys.argv[1]), sys.argv[2]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            work / "profile", executable_path=work / "chromium",
            args=list(launch_args(netlog=work / "netlog", as_root=True)),
        )
        page = context.pages[0]
        if sys.argv[3] == "guarded":
            guard = Guard(on_refusal=print, refused_request=lambda event, rule: "r", where=lambda: (1, None))
            guard.enable(context)
            guard.watch(page)
        page.goto(url)
        while sys.argv[3] == "guarded" and len(guard.refusals) < 5:
            page.wait_for_timeout(10)
        print("ready", flush=True)
        while True:
            page.wait_for_timeout(50)
"""


def _kill_in_the_middle(work: Path, site: Site, first: str, how: str = "guarded") -> None:
    """Start a journey that orders all the time and kill it at a random moment.

    "chromium": its group, then the child's, as the supervisor does; "python": the child's Python alone. When
    the driver dies at once with it, one order slipped through in 1 of 24 kills: that is a limit, see LIMITS.
    """
    work.mkdir()
    pid_file = work / "pid"
    wrapper(work / "chromium", browser=find_browser().path, pid_file=pid_file)
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(JOURNEY), str(work), site.url("/loop"), how],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while (line := child.stdout.readline()) != "ready\n":
        assert line, "the journey ended by itself"
    chromium = psutil.Process(int(pid_file.read_text()))
    time.sleep(random.uniform(0, 0.2))  # the random moment itself
    if first == "chromium":
        os.killpg(chromium.pid, signal.SIGKILL)
        os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.communicate()
    _, alive = psutil.wait_procs([chromium], timeout=10)
    assert alive == []


def _kills(tmp_path: Path, first: str, times: int) -> None:
    with serve(ROUTES | {"/loop": LOOP}) as site:
        for number in range(times):
            _kill_in_the_middle(tmp_path / str(number), site, first)
        time.sleep(0.5)  # what a dead browser left in the socket has long arrived
        assert site.count("GET /loop") == times
        assert site.count(f"POST {ORDER}") == 0


@pytest.mark.parametrize("first", ["chromium", "python"])
def test_no_order_leaves_when_a_run_is_killed(tmp_path, first):
    _kills(tmp_path, first, 4)


@pytest.mark.long
@pytest.mark.parametrize("first", ["chromium", "python"])
def test_no_order_leaves_in_twenty_kills(tmp_path, first):
    _kills(tmp_path, first, 20)


def test_without_a_guard_the_killed_run_had_ordered(tmp_path):
    with serve(ROUTES | {"/loop": LOOP}) as site:
        _kill_in_the_middle(tmp_path / "0", site, "chromium", "unguarded")
        assert site.count(f"POST {ORDER}") > 0
