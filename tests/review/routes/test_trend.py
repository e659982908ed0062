"""Trends on the desk: the targets, one of them as chart and table, and its tables as downloads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.checks.engine import judge, write
from crawler.model.account import Role
from crawler.model.policy import load_brands, load_pack
from crawler.review.app import create_app
from crawler.store import index
from tests.bundles import a_visit, make_bundle

SERIES = "target=www.tokopedia.com&scenario=test-shop&device=desktop"


@pytest.fixture
def client(desk, visit, tmp_path):
    """A viewer of a desk with three judged runs of one target."""
    for number in range(1, 4):
        text = ["TikTok Shop"] if number < 3 else ["Kopi"]
        bundle = make_bundle(
            tmp_path, [a_visit("info", text=text)], run_id=f"2024031{number}T020000Z-0000000{number}"
        )
        write(bundle, judge(bundle, load_pack("permendag-31-2023"), load_brands()))
    index.update(desk.snapshots)
    return visit(Role.VIEWER, to=create_app(replace(desk, nights=tmp_path / "nights")))


def test_targets_lead_to_their_series(client):
    page = client.get("/trend").text
    assert f"/trend?{SERIES.replace('&', '&amp;')}&amp;simulated=False" in page


def test_a_series_is_chart_and_table(client):
    page = client.get(f"/trend?{SERIES}").text
    assert page.count('href="/runs/test-shop/2024031') == 3
    assert "/trend/chart.svg?" in page


def test_the_chart_is_a_drawing_that_may_do_nothing(client):
    answer = client.get(f"/trend/chart.svg?{SERIES}")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.text.startswith("<?xml")
    assert client.get(f"/trend/chart.svg?{SERIES}").text == answer.text


@pytest.mark.parametrize("table", ["runs", "findings"])
def test_tables_are_downloads(client, table):
    answer = client.get(f"/trend/{table}.csv?{SERIES}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "www.tokopedia.com" in answer.text


def test_a_run_that_is_added_is_in_the_series_at_once(client, desk, tmp_path):
    assert client.get(f"/trend?{SERIES}").text.count('href="/runs/') == 3
    bundle = make_bundle(tmp_path, [a_visit("info", text=["Kopi"])], run_id="20240319T020000Z-00000009")
    write(bundle, judge(bundle, load_pack("permendag-31-2023"), load_brands()))
    index.add(bundle.root)
    assert client.get(f"/trend?{SERIES}").text.count('href="/runs/') == 4


@pytest.mark.parametrize(
    "query", ["target=x", SERIES.replace("desktop", "mobile"), "target=%00&scenario=%27"]
)
def test_an_unknown_target_is_not_found(client, query):
    for path in ("/trend", "/trend/chart.svg", "/trend/runs.csv"):
        assert client.get(f"{path}?{query}").status_code == 404
