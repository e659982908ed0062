"""A run is started at the desk in a real browser, watched to its report, or ended before its time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from crawler.demo.shop import ReferenceShop
from crawler.demo.states import load_state
from crawler.fleet.runner import Runner
from crawler.review.desk import Entrance
from crawler.store.bundle import Bundle
from crawler.store.layout import CHAIN
from crawler.store.verify import verify
from tests.review.conftest import TOKEN
from tests.review.serving import served

pytestmark = pytest.mark.browser

QUICK = Path(__file__).parents[1] / "fleet" / "quick_shop.py"
ENDED_MS = 240_000
SIZES = [(1366, 768), (390, 844)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with ReferenceShop(load_state("2024-03-04"), work_dir=tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.fixture
def desk(desk, shop, tmp_path):
    """A desk that may walk the reference shop, which lies on loopback."""
    target = {
        "id": "toko-rujukan",
        "scenario": str(QUICK),
        "start_url": "https://www.tokopedia.com/",
        "dwell_s": 0.2,
        "as_of": "2024-03-04",
        "trust_ca": str(shop.trust_ca),
        "resolve": list(shop.resolve),
    }
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in target.items())
    lines = lines.replace('"2024-03-04"', "2024-03-04")
    text = f'[desk]\nallowed_ranges = ["127.0.0.0/8"]\n[[targets]]\n{lines}'
    (tmp_path / "pantau.toml").write_text(text)
    return replace(desk, targets=tmp_path / "pantau.toml", entrance=Entrance(token=TOKEN))


@pytest.fixture
def address(desk):
    with served(desk) as port, Runner(desk.started):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def inside(page, address):
    """A browser that has come in."""
    page.goto(f"{address}/enter?token={TOKEN}")
    return page


def faults(page):
    """Return the serious and critical faults that axe finds."""
    found = Axe().run(page).response["violations"]
    return [(each["id"], each["impact"]) for each in found if each["impact"] in ("serious", "critical")]


def begin(page, address):
    page.goto(f"{address}/start?lang=en")
    page.locator("select[name=target]").select_option("toko-rujukan")
    page.get_by_role("button", name="Start").first.click()
    page.wait_for_url(re.compile(r"/started/"))


def test_a_run_is_watched_to_its_report(inside, address, desk):
    begin(inside, address)
    film = inside.locator(".film li")
    inside.locator(".film .reached img").first.wait_for(timeout=ENDED_MS)
    seen = film.count()
    inside.get_by_text("Over", exact=True).wait_for(timeout=ENDED_MS)
    assert seen == 3
    assert inside.locator(".film .reached").count() == 3
    assert inside.locator(".chip.fail").count() == 1
    (run,) = desk.started.all()
    bundle = Bundle(desk.snapshots / run.outcome.bundle)
    assert verify(str(bundle.root)) == []
    assert bundle.run.trust.public_only
    assert run.outcome.state == "complete"
    pictures = inside.locator(".film img").evaluate_all("all => all.map(each => each.naturalWidth)")
    assert pictures == [1366] * 3
    for width, height in SIZES:
        inside.set_viewport_size({"width": width, "height": height})
        for lang in ("id", "en"):
            for path in (f"/started/{run.asked.run_id}", "/start"):
                inside.goto(f"{address}{path}?lang={lang}")
                assert faults(inside) == []
                assert inside.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.long
def test_a_run_that_is_ended_seals_what_is_there(inside, address, desk):
    begin(inside, address)
    inside.locator(".film .reached").first.wait_for(timeout=ENDED_MS)
    inside.get_by_role("button", name="End it now").click()
    inside.get_by_text("Over", exact=True).wait_for(timeout=ENDED_MS)
    (run,) = desk.started.all()
    assert (run.outcome.state, run.outcome.ended_by) == ("incomplete", "interrupt")
    bundle = Bundle(desk.snapshots / run.outcome.bundle)
    assert verify(str(bundle.root)) == []
    assert any(visit.reached for visit in bundle.run.visits)
    assert "Not walked to its end" in inside.locator(".outcome").inner_text()


def shape(bundle):
    """Return what a bundle is made of, apart from moments, names of runs and what the network did."""
    run = bundle.run
    lines = [json.loads(line) for line in (bundle.root / CHAIN).read_text().splitlines()]
    kinds = {(line.get("kind"), line.get("visit")) for line in lines if line.get("kind") != "blob"}
    visits = [(visit.kind, visit.reached, visit.reason) for visit in run.visits]
    settings = {name: value for name, value in run.settings.items() if name != "out"}
    return kinds, visits, settings, run.trust, run.scenario, run.status, run.guard.limits


@pytest.mark.long
def test_the_bundle_is_the_same_as_from_the_terminal(inside, address, desk, tmp_path):
    begin(inside, address)
    inside.get_by_text("Over", exact=True).wait_for(timeout=ENDED_MS)
    (run,) = desk.started.all()
    command = [sys.executable, "-m", "crawler.cli", "run", "--target", "toko-rujukan", "--json"]
    command += ["--config", str(desk.targets), "--public-only", "--allow-range", "127.0.0.0/8"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ENDED_MS / 1000)
    told = json.loads(done.stdout)
    by_desk, by_terminal = Bundle(desk.snapshots / run.outcome.bundle), Bundle(Path(told["bundle"]))
    assert shape(by_desk) == shape(by_terminal)
    assert run.outcome.verdict == told["verdict"]
    assert run.outcome.findings == told["findings"]
    assert run.outcome.index.percent == told["index"]["percent"]
