"""Collectors fail by themselves, in bounded time, and no secret gets into a bundle."""

import gzip
import os
import signal
import time

import psutil
import pytest

from crawler.collect.base import ANSWER_LIMIT_MS, DEFAULT, collect_all
from crawler.collect.page.screenshot import Viewport
from crawler.collect.run.netlog import keep_netlog
from crawler.errors import CaptureError, CollectorError
from tests.collect.conftest import FOLDER, TYPED
from tests.site import Reply, page

pytestmark = pytest.mark.browser

NAMES = [collector.id for collector in DEFAULT]
COOKIE, TOKEN, STORED = "kuki-7782a-rahasia", "token-99-rahasia", "simpan-31-rahasia"


class Raises:
    id = "raises"

    def __init__(self, error):
        self.error = error

    def collect(self, target):
        target.keep("frames", "half.json", b"[]")
        raise self.error


def test_the_default_collectors_take_everything(lab, site):
    site.routes["/"] = page("T", "<p>x")
    lab.open(site.url())
    kinds = [artifact.kind for artifact in lab.collect()]
    assert kinds == [
        "viewport",
        "fullpage",
        "tiles",
        "storage",
        "text",
        "frames",
        "forms",
        "html",
        "icons",
        "transport",
    ]


@pytest.mark.parametrize(
    "error", [CollectorError("tidak bisa"), ValueError("tidak bisa"), RecursionError("tidak bisa")]
)
def test_one_that_raises_is_recorded_and_the_others_go_on(lab, site, error):
    site.routes["/"] = page("T", "<p>x")
    lab.open(site.url())
    artifacts, failures = collect_all(lab.target(), (Raises(error), Viewport()))
    assert [(failure.collector, failure.error, failure.message) for failure in failures] == [
        ("raises", type(error).__name__, "tidak bisa")
    ]
    assert [artifact.path for artifact in artifacts] == [f"{FOLDER}/half.json", f"{FOLDER}/viewport.png"]


def test_a_full_disk_is_no_collectors_failure(lab, site):
    site.routes["/"] = page("T", "<p>x")
    lab.open(site.url())
    with pytest.raises(CaptureError):
        collect_all(lab.target(), (Raises(CaptureError("voll")), Viewport()))


def test_a_page_whose_script_never_ends_costs_its_limit_once(lab, site):
    site.routes["/"] = page("T", "<script>setTimeout(()=>{for(;;);},100)</script>")
    lab.open(site.url())
    target = lab.target()
    lab.page.wait_for_timeout(300)
    began = time.monotonic()
    artifacts, failures = collect_all(target)
    assert time.monotonic() - began < ANSWER_LIMIT_MS / 1000 + 3
    assert artifacts == ()
    assert [failure.collector for failure in failures] == NAMES
    assert "does not answer" in failures[0].message


def test_a_crashed_renderer_is_recorded(lab, site):
    site.routes["/"] = page("T", "<p>x")
    other = lab.open(site.url(host="a.test"), lab.context.new_page())
    target = lab.target(other)
    with other.expect_event("crash"):
        kill_renderers(lab)
    artifacts, failures = collect_all(target)
    assert artifacts == ()
    assert [failure.collector for failure in failures] == NAMES


def kill_renderers(lab):
    """Kill the renderers of this test's own browser."""
    profile = f"--user-data-dir={lab.netlog.parent / 'profile'}"
    lines = {process: words_of(process) for process in psutil.Process().children(recursive=True)}
    browser = [process for process, words in lines.items() if profile in words and not typed(words)]
    renderers = [child for process in browser for child in process.children(recursive=True)]
    for process in renderers:
        if "--type=renderer" in words_of(process):
            os.kill(process.pid, signal.SIGKILL)


def words_of(process):
    """Return the command line of a process, empty if it ended meanwhile."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def typed(words):
    return any(word.startswith("--type=") for word in words)


def test_no_planted_secret_in_any_stored_byte(lab, site):
    headers = f"{{Authorization:'Bearer {TOKEN}','X-CSRF-Token':'{TOKEN}'}}"
    script = (
        f"localStorage.setItem('a','{STORED}');document.cookie='js={COOKIE}2';"
        f"fetch('/api?access_token={TOKEN}',{{method:'POST',headers:{headers},"
        f"body:JSON.stringify({{refresh_token:'{TOKEN}'}})}})"
    )
    site.routes["/api"] = Reply(
        f'{{"session_token":"{TOKEN}","html":"<b>{COOKIE}</b>"}}', content_type="application/json"
    )
    site.routes["/"] = page("T", f"<p id=p></p><input id=i><a href='/x?sid={TOKEN}'>x</a>")
    site.routes["/"].headers["Set-Cookie"] = f"sid={COOKIE}; HttpOnly"
    lab.open(site.url(host="a.test"))
    lab.page.evaluate(script)
    lab.page.fill("#i", TYPED)
    lab.page.evaluate("p.textContent = localStorage.a + ' ' + document.cookie")
    lab.response("/api")
    lab.collect()
    lab.context.close()
    lab.recorder.close()
    lab.writer.add("data/netlog.json.gz", keep_netlog(lab.netlog, lab.redactor), kind="netlog")
    stored = {path: path.read_bytes() for path in lab.root.rglob("*") if path.is_file()}
    assert len(stored) > 12
    for path, data in stored.items():
        content = gzip.decompress(data) if path.suffix == ".gz" else data
        for secret in (COOKIE, TOKEN, STORED, TYPED):
            assert secret.encode() not in content, path
