"""`make bench-desk`: how the review desk bears four users over a season of runs.

It works on 2,000 runs with 100,000 findings (`reviewable`), served by `pantau review` as a process of its
own. Four users click through every kind of page at once, each a second or so after the last answer, as a
person who glances at a page does (`--pause 0`: as fast as answers come). Then Chromium opens
each kind of page, and a reviewer decides with the keyboard. Printed: median and 95th percentile of each page,
first contentful paint, the highest memory of the desk, and the time from the key of a decision to the next
finding on screen; also the processor time of an answer, and how busy the machine was. Exit code 1 where a
limit is passed.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import psutil
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table

from crawler.browse.chromium.program import find_browser
from crawler.store.index.listing import list_runs, list_targets
from tests.bench import reviewable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Page

USERS = 4
MEDIAN_S, P95_S = 0.2, 0.6
PAINT_S, DECISION_S = 1.0, 0.1
MEMORY_BYTES = 400 * 10**6
SAMPLED_RUNS = 40
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/enter\?token=\S+")
_SAMPLE_EVERY_S = 0.2
_PAINTED = """
new Promise((resolve) => new PerformanceObserver((list) => {
  const painted = list.getEntriesByName('first-contentful-paint');
  if (painted.length) { resolve(painted[0].startTime); }
}).observe({type: 'paint', buffered: true}))
"""
_NEXT_SHOWN = """
async (key) => {
  const before = document.getElementById('finding').innerHTML;
  const begin = performance.now();
  const shown = new Promise((resolve) => document.addEventListener('htmx:afterSettle', () =>
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now()))), {once: true}));
  document.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
  const took = await shown - begin;
  return document.getElementById('finding').innerHTML === before ? null : took;
}
"""


@dataclass
class Served:
    """A desk that runs: its port, the cookie of a session, and the most memory it was seen to take."""

    port: int
    cookie: str
    process: psutil.Process
    peak_bytes: int = 0
    _done: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Note its memory until it is done."""
        while not self._done.wait(_SAMPLE_EVERY_S):
            self.peak_bytes = max(self.peak_bytes, self.process.memory_info().rss)


@contextmanager
def served(out: Path, nights: Path) -> Iterator[Served]:
    """Serve a folder of bundles as `pantau review` does, and end it."""
    command = [
        str(Path(sys.executable).with_name("pantau")), "review",
        "--port", "0", "--snapshots", str(out), "--nights", str(nights), "--lang", "en",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=out) as process:
        assert process.stdout is not None
        address = next(found[0] for line in process.stdout if (found := ADDRESS.search(line)))
        desk = Served(urlsplit(address).port or 0, "", psutil.Process(process.pid))
        desk.cookie = _entered(desk.port, address)
        watcher = threading.Thread(target=desk.watch)
        watcher.start()
        try:
            yield desk
        finally:
            desk._done.set()
            watcher.join()
            process.terminate()


def _entered(port: int, address: str) -> str:
    """Return the cookie of a session that the start-up token opens."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", f"{parts.path}?{parts.query}", headers={"Accept": "text/html"})
    answer = connection.getresponse()
    answer.read()
    cookie = answer.getheader("set-cookie", "").partition(";")[0]
    assert cookie, f"the token did not open the desk: {answer.status}"
    return cookie


def addresses(out: Path, seed: int) -> dict[str, list[str]]:
    """Return addresses of every kind of page that a user clicks, by its name."""
    chance = random.Random(seed)
    runs = list_runs(out, limit=2_000).items
    some = chance.sample(runs, min(SAMPLED_RUNS, len(runs)))
    targets = list_targets(out)
    trends = [
        urlencode({name: getattr(each, name) for name in ("target", "scenario", "device", "simulated")})
        for each in targets
    ]
    return {
        "start": ["/"],
        "queue": ["/queue", "/queue?severity=high", f"/queue?target={targets[0].target}"],
        "runs": ["/runs", "/runs?verdict=fail", f"/runs?target={targets[0].target}", "/runs?offset=1800"],
        "run": [f"/runs/{run.bundle}" for run in some],
        "stage": [f"/runs/{run.bundle}/stages/1" for run in some],
        "requests": [f"/runs/{run.bundle}/requests?words=pay" for run in some],
        "files": [f"/runs/{run.bundle}/files" for run in some],
        "compare": [
            f"/compare?old={old.bundle}&new={new.bundle}"
            for new in some[:10]
            if (old := next((each for each in runs if _is_before(each, new)), None))
        ],
        "nights": ["/nights"],
        "trends": ["/trend"],
        "trend": [f"/trend?{each}" for each in trends[:20]],
        "search": ["/search?q=tiktok", "/search?q=barang+nomor+7", "/search?q=pay.tokopedia"],
        "unobserved": ["/unobserved"],
        "hosts": ["/hosts"],
        "api": ["/api/runs", "/api/findings?severity=high", "/api/hosts"],
    }


def _is_before(old: object, new: object) -> bool:
    same = all(getattr(old, name) == getattr(new, name) for name in ("target", "device"))
    return same and getattr(old, "run_id", "") < getattr(new, "run_id", "")


def click(
    desk: Served,
    pages: dict[str, list[str]],
    took: dict[str, list[float]],
    *,
    rounds: int,
    pause_s: float,
    seed: int,
) -> None:
    """Ask for each kind of page `rounds` times, in an order of chance, and note how long each took."""
    chance = random.Random(seed)
    kinds = [kind for kind in pages for _ in range(rounds)]
    chance.shuffle(kinds)
    connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=60)
    for kind in kinds:
        time.sleep(pause_s * chance.uniform(0.5, 1.5))  # a person looks at a page before the next click
        began = time.perf_counter()
        headers = {"Cookie": desk.cookie, "Accept": "text/html"}
        connection.request("GET", chance.choice(pages[kind]), headers=headers)
        answer = connection.getresponse()
        answer.read()
        took[kind].append(time.perf_counter() - began)
        assert answer.status == 200, f"{kind}: {answer.status}"


def click_together(
    desk: Served, pages: dict[str, list[str]], rounds: int, pause_s: float
) -> dict[str, list[float]]:
    """Let all users click at once; return the seconds of every answer by kind of page."""
    took: dict[str, list[float]] = {kind: [] for kind in pages}
    given = {"rounds": rounds, "pause_s": pause_s}
    users = [
        threading.Thread(target=click, args=(desk, pages, took), kwargs=given | {"seed": seed})
        for seed in range(USERS)
    ]
    for user in users:
        user.start()
    for user in users:
        user.join()
    return took


@contextmanager
def browsing(desk: Served) -> Iterator[Page]:
    """Open a Chromium that has the session."""
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_browser().path), args=sandbox)
        context = browser.new_context(locale="en-US")
        name, _, value = desk.cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{desk.port}"}])
        yield context.new_page()
        browser.close()


def paints(page: Page, port: int, pages: dict[str, list[str]]) -> dict[str, float]:
    """Return the seconds to the first contentful paint of each kind of page."""
    found = {}
    for kind, listed in pages.items():
        if kind == "api":
            continue
        page.goto(f"http://127.0.0.1:{port}{listed[0]}")
        found[kind] = page.evaluate(_PAINTED) / 1_000
    return found


def decisions(page: Page, port: int, count: int) -> list[float]:
    """Decide findings by key, one after the other; return the seconds until the next one is on screen."""
    page.goto(f"http://127.0.0.1:{port}/queue")
    first = re.search(r'href="(/findings/[0-9a-f]{32}\?[^"]*)"', page.content())
    assert first, "the queue is empty"
    page.goto(f"http://127.0.0.1:{port}{unescape(first[1])}")
    found = []
    for _ in range(count):
        took = page.evaluate(_NEXT_SHOWN, "c")
        assert took is not None, "the same finding stayed on screen"
        found.append(took / 1_000)
    return found


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile of values, by the nearest rank."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]


def _report(took: dict[str, list[float]], painted: dict[str, float]) -> tuple[Table, list[str]]:
    table = Table(
        "page", "answers", "median ms", "p95 ms", "first paint ms", title=f"The desk, {USERS} users at once"
    )
    broken = []
    for kind, values in took.items():
        median, most = statistics.median(values), percentile(values, 95)
        paint = painted.get(kind)
        said = f"{1_000 * paint:.0f}" if paint is not None else ""
        table.add_row(kind, str(len(values)), f"{1_000 * median:.0f}", f"{1_000 * most:.0f}", said)
        if median > MEDIAN_S or most > P95_S or (paint or 0) > PAINT_S:
            broken.append(kind)
    return table, broken


def main() -> int:
    """Print the figures; return 1 where a limit is passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.desk", description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--findings", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=10, help="how often a user opens each kind of page")
    parser.add_argument(
        "--pause", type=float, default=1.0, help="seconds between a user's clicks, on average"
    )
    parser.add_argument("--decisions", type=int, default=50)
    parser.add_argument(
        "--work", type=Path, help="folder to work in; one that was built before is used again"
    )
    given = parser.parse_args()
    console = Console()
    with TemporaryDirectory(prefix="pantau-bench-") as name:
        work = given.work or Path(name)
        os.environ["XDG_CACHE_HOME"] = str(work / "cache")
        out = work / "data" / "snapshots"
        if not (out / "index.db").exists():
            began = time.perf_counter()
            reviewable.build(work / "data", runs=given.runs, findings=given.findings)
            console.print(
                f"{given.runs} runs, {given.findings} findings, made in {time.perf_counter() - began:.0f} s"
            )
        pages = addresses(out, seed=1)
        with served(out, work / "nights") as desk:
            before = sum(desk.process.cpu_times()[:2])
            took = click_together(desk, pages, given.rounds, given.pause)
            used_s = sum(desk.process.cpu_times()[:2]) - before
            with browsing(desk) as page:
                painted = paints(page, desk.port, pages)
                decided = decisions(page, desk.port, given.decisions)
        table, broken = _report(took, painted)
        console.print(table)
        every = [value for values in took.values() for value in values]
        most = percentile(every, 95)
        console.print(
            f"all pages: median {1_000 * statistics.median(every):.0f} ms, p95 {1_000 * most:.0f} ms"
        )
        console.print(
            f"processor time of the desk: {1_000 * used_s / len(every):.0f} ms an answer, on average"
        )
        load = os.getloadavg()[0]
        console.print(f"load of the machine in the last minute: {load:.1f} on {os.cpu_count()} processors")
        middle = statistics.median(decided)
        console.print(
            f"decision to next finding on screen: median {1_000 * middle:.0f} ms, "
            f"p95 {1_000 * percentile(decided, 95):.0f} ms, {len(decided)} decisions"
        )
        console.print(f"memory of the desk at its highest: {desk.peak_bytes / 10**6:.0f} MB")
        broken += ["decision"] if middle > DECISION_S else []
        broken += ["memory"] if desk.peak_bytes > MEMORY_BYTES else []
        console.print(f"over the limit: {', '.join(broken)}" if broken else "all within the limits")
        return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
