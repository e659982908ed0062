"""Runs in a real browser: filter as one types, compare, both languages; the long way on the reference shop.

Each page is opened at desk and phone width; axe finds no serious fault, nothing is wider than the screen, and
nothing is said on the console: the strict policy holds.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from crawler.checks.engine import judge, write
from crawler.demo.shop import ReferenceShop
from crawler.demo.states import load_state
from crawler.model.policy import load_brands, pack_in_force
from crawler.review.desk import Entrance
from crawler.store import index
from crawler.store.bundle import Bundle
from crawler.store.index.listing import list_runs
from crawler.store.judgements import kept_judgements
from crawler.store.nights import night_folder, write_night
from tests import nights
from tests.bundles import a_request, a_visit, make_bundle
from tests.report.samples import HEADER, picture
from tests.review.conftest import TOKEN
from tests.review.serving import served

pytestmark = pytest.mark.browser

QUICK = Path(__file__).parents[1] / "fleet" / "quick_shop.py"
STATES = ("2024-03-04", "2024-03-12")  # texts left over, and the day on which they were gone
SIZES = [(1366, 768), (390, 844)]
NIGHT = date(2024, 3, 12)


@pytest.fixture(scope="module", params=["built", pytest.param("walked", marks=pytest.mark.long)])
def walked(request, tmp_path_factory):
    """The folder of two judged runs: built by hand, or of the reference shop in two of its states."""
    folder = tmp_path_factory.mktemp("walked")
    make = build if request.param == "built" else walk
    make(folder)
    index.update(folder / "snapshots")
    return folder / "snapshots"


def build(folder):
    """Build two runs as those of the reference shop are: names left over, and the day they were gone."""
    for number, (state, said) in enumerate(zip(STATES, ("TikTok Shop", "Tokopedia"), strict=True), 1):
        drawn = picture(1_400, {HEADER: said} if number == 1 else {})
        visits = [a_visit(stage, text=[said], picture=drawn) for stage in ("storefront", "product", "cart")]
        requests = [
            a_request(f"https://h{each}.tokopedia.com/x{each}", visit=1 + each % 3) for each in range(60)
        ]
        requests += [a_request("https://gql.tokopedia.com/graphql", visit=3)]
        on = date.fromisoformat(state)
        run_id = f"2024031{number}T020000Z-0000000{number}"
        bundle = make_bundle(folder, visits, requests, run_id=run_id, as_of=on, simulated=True)
        write(bundle, judge(bundle, pack_in_force(on), load_brands()))


def walk(folder):
    """Walk two states of the reference shop."""
    for state in STATES:
        with ReferenceShop(load_state(state), work_dir=folder / state) as shop:
            command = [sys.executable, "-m", "crawler.cli", "run", str(QUICK), "--as-of", state]
            command += [
                "--out",
                str(folder / "snapshots"),
                "--trust-ca",
                str(shop.trust_ca),
                "--dwell",
                "0.2",
            ]
            command += [word for each in shop.resolve for word in ("--resolve", each)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
            assert done.returncode in (0, 1, 3), done.stderr


@pytest.fixture
def desk(desk, walked, tmp_path):
    """A desk over the two runs, with a night in which names were left over."""
    clean, left = list_runs(walked).items
    seen = nights.Sighting(date=NIGHT, bundle=left.bundle)
    judgement = next(kept_judgements(Bundle(walked / left.bundle)))
    found = [finding for rule in judgement.rules for finding in rule.findings if finding.status == "open"]
    told = [
        nights.a_finding(
            "new",
            rule=each.rule,
            stage=each.stage,
            fingerprint=each.fingerprint,
            first_seen=seen,
            last_seen=seen,
        )
        for each in found
    ]
    last_good = nights.Sighting(date=NIGHT, bundle=clean.bundle)
    journey = nights.a_journey(on=NIGHT, bundle=left.bundle, last_good=last_good, findings=told)
    write_night(night_folder(tmp_path / "nights", NIGHT), nights.a_night(NIGHT, [journey], number=1))
    return replace(desk, snapshots=walked, nights=tmp_path / "nights", entrance=Entrance(token=TOKEN))


@pytest.fixture
def inside(page, desk):
    """A browser that has come in, and what it complained of."""
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    with served(desk) as port:
        page.place = f"http://127.0.0.1:{port}"
        page.goto(f"{page.place}/enter?token={TOKEN}")
        yield page
        page.goto("about:blank")


def faults(page):
    """Return the serious and critical faults that axe finds."""
    found = Axe().run(page).response["violations"]
    return [(each["id"], each["impact"]) for each in found if each["impact"] in ("serious", "critical")]


def sound(page, paths, lang, width, height):
    """Return what is wrong with pages: faults by axe, complaints on the console, wider than the screen."""
    page.set_viewport_size({"width": width, "height": height})
    told = []
    for path in paths:
        page.complaints.clear()
        page.goto(f"{page.place}{path}{'&' if '?' in path else '?'}lang={lang}")
        said = [*page.complaints, *faults(page)]
        too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        told += [(path, said, too_wide)] if said or too_wide else []
    return told


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("lang", "size"), [("id", SIZES[0]), ("en", SIZES[1])])
def test_every_page_is_sound(inside, walked, lang, size):
    new, old = list_runs(walked).items
    series = f"target={new.target}&scenario={new.scenario}&device=desktop&simulated=true"
    paths = [
        "/runs", f"/runs/{new.bundle}", f"/runs/{old.bundle}/stages/1", f"/runs/{new.bundle}/requests",
        f"/runs/{new.bundle}/files", f"/compare?old={old.bundle}&new={new.bundle}", "/nights",
        f"/nights/{NIGHT}", "/trend", f"/trend?{series}", "/search?q=tiktok",
    ]  # fmt: skip
    assert sound(inside, paths, lang, *size) == []


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("lang", "size"), [("en", SIZES[0]), ("id", SIZES[1])])
def test_every_page_is_sound_the_other_way_round(inside, walked, lang, size):
    test_every_page_is_sound(inside, walked, lang, size)


def test_requests_filter_as_one_types_and_the_address_keeps_it(inside, walked):
    new = list_runs(walked).items[0]
    inside.goto(f"{inside.place}/runs/{new.bundle}/requests?lang=en")
    every = inside.locator("#rows tr").count()
    assert every > 20
    inside.get_by_label("Words").press_sequentially("gql")
    expect(inside).to_have_url(re.compile("words=gql"))
    rows = inside.locator("#rows tr")
    assert 0 < rows.count() < every
    assert all("gql" in text.lower() for text in rows.all_text_contents())
    assert inside.locator("#found").text_content().startswith(f"{rows.count()} of")
    inside.reload()
    assert inside.get_by_label("Words").input_value() == "gql"
    assert inside.locator("#rows tr").count() == rows.count() < every


def test_two_runs_are_chosen_in_the_list_and_held_against_each_other(inside, walked):
    inside.goto(f"{inside.place}/runs?lang=en")
    inside.locator("input[name=old]").nth(1).check()
    inside.locator("input[name=new]").nth(0).check()
    inside.get_by_role("button", name="Compare two runs").click()
    assert inside.get_by_text("TikTok Shop").count() > 0
    slider = inside.locator("img-comparison-slider").first
    slider.scroll_into_view_if_needed()
    inside.locator("img-comparison-slider img").first.evaluate("each => each.decode()")
    assert slider.evaluate("each => each.shadowRoot !== null")
    assert inside.locator(".changed-box").count() > 0


def test_the_film_strip_shows_each_stage_and_leads_to_its_picture(inside, walked):
    old = list_runs(walked).items[1]
    inside.goto(f"{inside.place}/runs/{old.bundle}?lang=en")
    widths = "all => all.map((each) => each.complete && each.naturalWidth > 0)"
    inside.locator(".film img").evaluate_all("all => Promise.all(all.map((each) => each.decode()))")
    assert inside.locator(".film img").evaluate_all(widths) == [True] * 3
    assert inside.locator("#checked.whole").is_visible()
    inside.locator(".film a").first.click()
    assert inside.locator("svg.shot image").count() > 0
    assert inside.locator("svg.shot a").count() > 0


def test_a_night_says_beside_the_pictures_what_was_found(inside):
    inside.goto(f"{inside.place}/nights/{NIGHT}?lang=en")
    said = inside.locator("#new .told").first
    expect(said).to_be_visible()
    expect(said).to_contain_text("Indication of non-compliance")
    assert said.evaluate("each => getComputedStyle(each).position") == "static"


@pytest.mark.parametrize("lang", ["id", "en"])
def test_without_script_everything_is_there(browser, desk, walked, lang):
    new = list_runs(walked).items[0]
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    with served(desk) as port:
        page.goto(f"http://127.0.0.1:{port}/enter?token={TOKEN}")
        page.goto(f"http://127.0.0.1:{port}/runs/{new.bundle}/requests?words=gql&lang={lang}")
        assert page.locator("#rows tr").count() > 0
        context.close()
