"""A laptop's bundle is brought in a real browser, put into a case, and the case goes as one file."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe

from crawler.review.desk import Entrance
from crawler.review.routes import upload as route
from tests.bundles import a_visit, make_bundle
from tests.review.conftest import TOKEN
from tests.review.serving import served
from tests.zips import zip_of

pytestmark = pytest.mark.browser

NUMBER = "ST-7/PKTN/2026"
SIZES = [(1366, 768), (390, 844)]


@pytest.fixture
def address(desk, monkeypatch):
    monkeypatch.setattr(route, "judge_stored", lambda _: True)  # has tests of its own, and takes seconds
    with served(replace(desk, entrance=Entrance(token=TOKEN))) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def inside(page, address):
    page.goto(f"{address}/enter?token={TOKEN}")
    return page


def bring(page, address, path):
    page.goto(f"{address}/upload?lang=en")
    page.get_by_label("ZIP file").set_input_files(path)
    page.get_by_role("main").get_by_role("button", name="Upload").click()
    page.locator("tbody tr", has_text=path.name).wait_for()


def test_a_good_and_a_forged_bundle_and_the_case_they_are_for(inside, address, desk, tmp_path):
    root = make_bundle(
        tmp_path / "laptop", visits=[a_visit("storefront", text=["Kopi"])], case={"surat_tugas": NUMBER}
    ).root
    forged = tmp_path / "forged" / root.parent.name / "20240312T010203Z-00000009"
    shutil.copytree(root, forged)
    (forged / "data" / "scenario.py").write_text("changed")
    bring(inside, address, zip_of(root, tmp_path / "good.zip"))
    bring(inside, address, zip_of(forged, tmp_path / "forged.zip"))
    kept_out = inside.locator("tbody tr", has_text="forged.zip").inner_text()
    assert "In quarantine" in kept_out
    assert "data/scenario.py" in kept_out
    assert "Accepted" in inside.locator("tbody tr", has_text="good.zip").inner_text()
    assert [path.name for path in desk.snapshots.glob("[!.]*/*")] == [root.name]

    inside.goto(f"{address}/cases?lang=en")
    inside.get_by_label("Number of the assignment").fill(NUMBER)
    inside.get_by_role("button", name="Open a case").click()
    inside.get_by_role("link", name=root.name).wait_for()
    with inside.expect_download() as coming:
        inside.get_by_role("link", name="Download the whole case").click()
    coming.value.save_as(tmp_path / "case.zip")
    with zipfile.ZipFile(tmp_path / "case.zip") as archive:
        assert f"bundles/test-shop/{root.name}/tagmanifest-sha256.txt" in archive.namelist()

    case = inside.url.split("?")[0].removeprefix(address)
    for width, height in SIZES:
        inside.set_viewport_size({"width": width, "height": height})
        for lang in ("id", "en"):
            for path in ("/upload", "/cases", case):
                inside.goto(f"{address}{path}?lang={lang}")
                found = Axe().run(inside).response["violations"]
                assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
                assert inside.evaluate("document.documentElement.scrollWidth <= innerWidth")
