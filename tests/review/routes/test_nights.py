"""Nights on the desk: the list, and a night's page with its pictures."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from crawler.checks.engine import judge, write
from crawler.model.account import Role
from crawler.model.policy import load_brands, pack_in_force
from crawler.review.app import create_app
from crawler.store.bundle import Bundle
from crawler.store.nights import night_folder, write_night
from tests import nights
from tests.bundles import a_visit
from tests.report.samples import picture

SECOND = nights.FIRST + timedelta(days=1)


@pytest.fixture
def with_nights(desk, tmp_path):
    """An app over two nights; in the second a name was found on a page that was clean before."""
    folder = tmp_path / "nights"
    for on, text in ((nights.FIRST, ["Kopi Gayo"]), (SECOND, ["Kopi Gayo", "TikTok Shop"])):
        found = ()
        visits = [a_visit("payment", text=text, picture=picture(900, {}))]
        night = nights.a_night(on)
        nights.make_night_bundles(tmp_path, night, visits=visits)
        bundle = Bundle(desk.snapshots / nights.bundle_name(on))
        judgement = judge(bundle, pack_in_force(on), load_brands())
        write(bundle, judgement)
        seen = [finding for rule in judgement.rules for finding in rule.findings if finding.status == "open"]
        if on == SECOND:
            found = tuple(
                nights.a_finding(
                    "new", seen=on, fingerprint=each.fingerprint, rule=each.rule, stage=each.stage
                )
                for each in seen
            )
        last_good = nights.Sighting(date=nights.FIRST, bundle=nights.bundle_name(nights.FIRST))
        journey = nights.a_journey(on=on, findings=found, last_good=last_good if on == SECOND else None)
        write_night(night_folder(folder, on), nights.a_night(on, [journey]))
    return create_app(replace(desk, nights=folder))


def test_nights_are_listed_newest_first(with_nights, visit):
    page = visit(Role.VIEWER, to=with_nights).get("/nights").text
    assert page.index(f"/nights/{SECOND}") < page.index(f"/nights/{nights.FIRST}")


@pytest.mark.parametrize(("lang", "said"), [("en", "Last night"), ("id", "Malam")])
def test_a_night_shows_what_is_new_with_both_pictures(with_nights, visit, lang, said):
    client = visit(Role.VIEWER, to=with_nights, lang=lang)
    page = client.get(f"/nights/{SECOND}").text
    assert 'id="new"' in page
    addresses = re.findall(r'href="(/nights/pictures/[0-9a-f.]+)"', page)
    assert len(addresses) >= 2
    for address in addresses:
        assert client.get(address).headers["content-type"] == "image/webp"
    assert f"/runs/{nights.bundle_name(SECOND)}" in page
    assert "style=" not in page
    assert client.get(f"/nights/{SECOND}").text == page


@pytest.mark.parametrize("name", ["../../accounts.db", "..%2f..%2faccounts.db", ".x", "x.", "a.b/c", "a.."])
def test_no_other_file_is_a_picture_of_a_night(with_nights, visit, name):
    assert visit(Role.VIEWER, to=with_nights).get(f"/nights/pictures/{name}").status_code == 404


def test_a_night_that_is_not_there_and_one_that_cannot_be_read(with_nights, visit, tmp_path):
    client = visit(Role.VIEWER, to=with_nights)
    assert client.get("/nights/2020-01-01").status_code == 404
    assert client.get("/nights/yesterday").status_code == 422
    broken = night_folder(tmp_path / "nights", date(2026, 12, 1))
    broken.mkdir()
    (broken / "night.json").write_text("{")
    page = client.get("/nights").text
    assert "night.json" in page
    assert f"/nights/{SECOND}" in page


def test_without_nights_the_list_says_so(visit, desk, tmp_path):
    app = create_app(replace(desk, nights=tmp_path / "none"))
    assert "No night is recorded yet" in visit(Role.VIEWER, to=app).get("/nights").text
