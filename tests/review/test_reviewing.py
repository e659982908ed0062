"""Reviewers at work in a real browser, on a real run of the reference shop and a season of others.

Nobody touches the mouse: keys are pressed and counted.
"""

from __future__ import annotations

import shutil
import statistics
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from crawler.lib.clock import jakarta_date
from crawler.model.account import Account, Role
from crawler.model.queue import QueueFilter
from crawler.review.desk import Desk, Entrance
from crawler.store.accounts import Accounts
from crawler.store.custody import Custody
from crawler.store.decisions import DecisionBook
from crawler.store.exceptions import read_exceptions
from crawler.store.index import queue
from tests.review import reviewed
from tests.review.serving import served

pytestmark = pytest.mark.browser

REVIEWERS = ("ani", "budi")
MOST_STROKES = 1.3  # a decision
SHOWN_MS = """() => new Promise((done) => {
  const place = document.getElementById("main");
  const was = document.getElementById("finding");
  const began = performance.now();
  const watch = new MutationObserver(() => {
    const now = document.getElementById("finding");
    if (now && now !== was) {
      watch.disconnect();
      const told = () => { window.shownMs = performance.now() - window.pressedAt; };
      requestAnimationFrame(() => requestAnimationFrame(told));
    }
  });
  watch.observe(place, { childList: true, subtree: true });
  window.shownMs = 0;
  const note = () => { window.pressedAt = performance.now(); };
  document.addEventListener("keydown", note, { capture: true, once: true });
  done(began);
})"""


@pytest.fixture(scope="session")
def season(tmp_path_factory):
    """Return the folder of the bundles: the pilot as a browser walked it, and four runs more."""
    pilot = reviewed.walk_pilot(tmp_path_factory.mktemp("pilot"))
    return reviewed.with_season(pilot, tmp_path_factory.mktemp("season") / "snapshots")


@pytest.fixture
def snapshots(season, tmp_path):
    return Path(shutil.copytree(season, tmp_path / "reviewed" / "snapshots"))


@pytest.fixture
def desk(snapshots):
    accounts = Accounts(snapshots / ".desk" / "accounts.db")
    for name in REVIEWERS:
        accounts.add(Account(name=name, roles=(Role.REVIEWER,), created=datetime.now(UTC)))
    return Desk(
        snapshots=snapshots,
        accounts=accounts,
        custody=Custody(snapshots / ".desk"),
        entrance=Entrance(token="unused"),
    )


@pytest.fixture
def address(desk):
    with served(desk) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def log_in(browser, desk, address):
    """Return what opens a page as a reviewer; `strokes` counts the keys that were pressed on it."""
    contexts = []

    def open_page(name="ani", path="/queue", *, lang="en", width=1366, **facts):
        context = browser.new_context(viewport={"width": width, "height": 768}, base_url=address, **facts)
        contexts.append(context)
        key = desk.accounts.start_session(name, "password")
        cookies = {desk.entrance.cookie_name: key, "pantau-lang": lang}
        context.add_cookies([{"name": n, "value": v, "url": address} for n, v in cookies.items()])
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@contextmanager
def another_finding(page):
    """Wait until what is done inside put another finding, or the same anew, in the place of this one."""
    before = page.locator("#finding").element_handle()
    yield
    page.wait_for_function("was => document.getElementById('finding') !== was", arg=before)


def press(page, key):
    with another_finding(page):
        page.keyboard.press(key)


def begin(page):
    """Begin with the worst, and wait until the page takes keys."""
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")


def lines(snapshots):
    return [
        line.decision
        for path in snapshots.glob("*/*/review/decisions.jsonl")
        for line in DecisionBook(path.parent.parent).lines()
    ]


def notice(page):
    return page.locator("#finding .notice").first.inner_text()


def worst(snapshots, **wanted):
    return queue.queue(snapshots, QueueFilter(**wanted), jakarta_date())[0]


# --- the morning's work ---------------------------------------------------------------------------------


def test_fifty_findings_are_decided_with_the_keyboard_alone(log_in, snapshots, record_property):
    page = log_in()
    strokes, shown_ms = 1, []
    begin(page)
    for number in range(50):
        page.evaluate(SHOWN_MS)
        press(page, ("c", "2", "c", "3", "s")[number % 5])
        page.wait_for_function("() => window.shownMs > 0")
        shown_ms.append(page.evaluate("window.shownMs"))
        strokes += 1
        if number in (20, 40):  # a slip: taken back, and decided otherwise
            press(page, "u")
            press(page, "c")
            strokes += 2
    said = lines(snapshots)
    assert sum(decision.kind == "finding" for decision in said) == 52
    assert sum(decision.kind == "undo" for decision in said) == 2
    assert len({decision.fingerprint for decision in said}) == 50
    assert strokes / 50 <= MOST_STROKES
    record_property("measure", f"decided 50 findings with {strokes} keys: {strokes / 50:.2f} a decision")
    record_property(
        "measure", f"decision to the next finding on screen: {statistics.median(shown_ms):.0f} ms (median)"
    )


def test_the_keys_are_told_and_lead_around(log_in):
    page = log_in()
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.dataset.row") is not None
    begin(page)
    first = page.get_attribute("#finding", "data-finding")
    press(page, "j")
    assert page.get_attribute("#finding", "data-finding") != first
    press(page, "k")
    assert page.get_attribute("#finding", "data-finding") == first
    page.keyboard.press("?")
    told = page.locator("dialog[open]").inner_text()
    for word in (
        "confirm",
        "dismiss: a legitimate mention",
        "second look",
        "next",
        "the raw file",
        "the stage that shows it",
    ):
        assert word in told
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type("c 1 s")  # typed into the note, no key of a decision
    assert page.input_value("[name=note]") == "c 1 s"
    page.keyboard.press("Escape")
    press(page, "c")


def test_a_key_that_is_held_down_decides_once(log_in, snapshots):
    page = log_in()
    begin(page)
    with another_finding(page):
        page.keyboard.down("c")
    shown = page.get_attribute("#finding", "data-finding")
    for _ in range(5):
        page.keyboard.down("c")  # as the keyboard repeats it
    page.keyboard.up("c")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    assert page.get_attribute("#finding", "data-finding") == shown
    assert len(lines(snapshots)) == 1


def test_the_finding_has_its_picture_crop_and_request(log_in, snapshots):
    page = log_in(path="/queue?target=https%3A%2F%2Fwww.tokopedia.com%2F&rule=foreign-brand-text")
    begin(page)
    page.wait_for_selector("#finding [data-drawn=yes]")
    crop = page.locator("#finding .crop img")
    assert crop.evaluate("each => each.decode().then(() => each.naturalWidth)") > 100
    assert page.locator(".viewer .frame").count() == 1
    page.goto("/queue?rule=foreign-payment-endpoint&target=https%3A%2F%2Fwww.tokopedia.com%2F")
    begin(page)
    page.wait_for_selector("#finding .rests-on .ladder li")
    page.goto(page.locator("#finding .tools a").get_attribute("href"))
    for strip in page.locator(".strips img").all():
        assert strip.evaluate("each => each.decode().then(() => each.naturalWidth)") > 100


# --- two people, two tabs, a lost connection -------------------------------------------------------------


def test_what_is_severe_needs_two_people_and_is_not_asked_of_the_first_again(log_in, snapshots):
    severe = worst(snapshots, severity="high")
    ani = log_in("ani", "/queue?severity=high")
    begin(ani)
    press(ani, "c")
    assert queue.observation(snapshots, severe.target, severe.fingerprint).state == "awaiting-second"
    assert ani.get_attribute("#finding", "data-finding") != severe.fingerprint
    ani.goto("/queue?severity=high")
    assert severe.fingerprint not in ani.locator("a[data-row]").first.get_attribute("href")
    budi = log_in("budi", "/queue?severity=high")
    begin(budi)
    assert budi.get_attribute("#finding", "data-finding") == severe.fingerprint
    assert "second person" in budi.locator("#finding").inner_text()
    press(budi, "c")
    found = queue.observation(snapshots, severe.target, severe.fingerprint)
    assert (found.state, set(found.reviewers)) == ("confirmed", {"ani", "budi"})


@pytest.mark.parametrize("other", ["budi", "ani"], ids=["another reviewer", "another tab"])
def test_the_later_of_two_is_told_and_nothing_of_theirs_is_written(log_in, snapshots, other):
    first, second = log_in("ani", "/queue?severity=medium"), log_in(other, "/queue?severity=medium")
    for page in (first, second):
        begin(page)
    place = second.get_attribute("#finding", "data-finding")
    press(first, "c")
    press(second, "2")
    assert "ani decided meanwhile" in notice(second)
    assert second.get_attribute("#finding", "data-finding") == place
    assert [(said.by, said.action) for said in lines(snapshots)] == [("ani", "confirm")]
    press(second, "2")
    assert [(said.by, said.action) for said in lines(snapshots)] == [("ani", "confirm"), (other, "dismiss")]


def test_a_lost_connection_is_told_and_what_is_sent_again_is_written_once(log_in, snapshots):
    page = log_in()
    begin(page)
    page.context.set_offline(True)
    page.keyboard.press("c")
    page.wait_for_selector("#told.shown")
    assert "cannot be reached" in page.inner_text("#told")
    assert lines(snapshots) == []
    page.context.set_offline(False)
    press(page, "c")
    assert len(lines(snapshots)) == 1


def test_an_answer_that_is_lost_on_its_way_does_not_double_the_decision(log_in, snapshots):
    page = log_in()
    begin(page)

    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/decisions?*", lose, times=1)
    page.keyboard.press("c")
    page.wait_for_selector("#told.shown")
    assert len(lines(snapshots)) == 1
    press(page, "c")
    assert len(lines(snapshots)) == 1


def test_without_scripts_forms_do_the_same(log_in, snapshots):
    page = log_in(java_script_enabled=False)
    page.locator("main a.button.main").click()
    first = page.get_attribute("#finding", "data-finding")
    page.locator("button[value=confirm]").click()
    assert page.get_attribute("#finding", "data-finding") != first
    assert [said.fingerprint for said in lines(snapshots)] == [first]


# --- exceptions -----------------------------------------------------------------------------------------


def test_a_legitimate_mention_passes_until_its_day(log_in, snapshots):
    line = worst(snapshots, rule="foreign-brand-text", target="https://www.tokopedia.com/")
    page = log_in(path="/queue?rule=foreign-brand-text&target=https%3A%2F%2Fwww.tokopedia.com%2F")
    begin(page)
    page.keyboard.press("x")
    press(page, "1")
    (made,) = read_exceptions(snapshots).listed
    assert (made.by, made.reason, made.stage) == ("ani", "legitimate", line.stage)
    (said,) = lines(snapshots)
    assert said.exception == made.number
    root = snapshots / line.bundle
    reviewed.judge_again(root, exceptions=read_exceptions(snapshots))
    assert queue.observation(snapshots, line.target, line.fingerprint).status == "excused"
    after = date.fromordinal(made.until.toordinal() + 1)
    reviewed.judge_again(root, exceptions=read_exceptions(snapshots), as_of=after)
    assert queue.observation(snapshots, line.target, line.fingerprint).status == "open"


def test_an_exception_without_its_reason_is_refused_and_nothing_is_written(log_in, snapshots):
    page = log_in(path="/queue?rule=foreign-brand-text&target=https%3A%2F%2Fwww.tokopedia.com%2F")
    begin(page)
    page.keyboard.press("x")
    page.keyboard.press("c")
    page.wait_for_selector("#told.shown")
    assert "exception" in page.inner_text("#told")
    assert lines(snapshots) == []
    assert read_exceptions(snapshots).listed == ()


# --- the other queues -----------------------------------------------------------------------------------


def test_an_unknown_host_becomes_a_dated_row_with_its_source(log_in, snapshots, tmp_path, monkeypatch):
    own = tmp_path / "own" / "hosts.csv"
    monkeypatch.setenv("PANTAU_HOSTS", str(own))
    page = log_in(path="/hosts")
    host = page.locator("a[data-row]").first.inner_text().strip()
    page.keyboard.press("o")
    page.wait_for_selector("h1 code")
    for name, value in (("owner", "PT Siapa"), ("sources", "akta, 27 November 2026")):
        page.fill(f"[name={name}]", value)
    page.select_option("[name=operator]", "third_party")
    page.locator("button[type=submit].main").click()
    page.wait_for_url("**/hosts?kept=*")
    assert host in page.locator(".notice").inner_text()
    assert page.locator("a[data-row]", has_text=host).count() == 0
    assert "akta, 27 November 2026" in own.read_text()


def test_what_could_not_be_observed_is_a_queue_too(log_in):
    page = log_in(path="/unobserved")
    assert page.locator("a[data-row]").count() > 0


# --- for everybody --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "width"),
    [
        ("id", 1366),
        ("en", 390),
        pytest.param("en", 1366, marks=pytest.mark.long),
        pytest.param("id", 390, marks=pytest.mark.long),
    ],
)
def test_no_page_has_a_serious_fault_for_those_who_see_or_hear_otherwise(log_in, snapshots, lang, width):
    line = worst(snapshots, rule="foreign-brand-text", target="https://www.tokopedia.com/")
    page = log_in(lang=lang, width=width)
    finding = f"/findings/{line.fingerprint}?of=https%3A%2F%2Fwww.tokopedia.com%2F"
    host = log_in(path="/hosts").locator("a[data-row]").first.get_attribute("href")
    for path in ("/queue", "/queue?state=all&age=1", finding, "/unobserved", "/hosts", host):
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == lang
        if path == finding:
            page.wait_for_selector("[data-drawn]")
        found = Axe().run(page)
        grave = [each for each in found.response["violations"] if each["impact"] in ("serious", "critical")]
        told = [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in grave]
        assert told == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
