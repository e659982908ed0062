"""A download is noted before it goes, and does not go where it cannot be noted."""

from __future__ import annotations

import pytest

from tests.bundles import a_visit, make_bundle


@pytest.fixture
def address(desk):
    root = make_bundle(desk.snapshots.parent, [a_visit("storefront")]).root
    return f"/runs/{root.parent.name}/{root.name}/files/data/run.json"


def test_who_took_what_is_noted(visit, desk, address):
    answer = visit("viewer").get(address)
    assert answer.status_code == 200
    (entry,) = desk.custody.entries()
    assert (entry["who"], entry["action"], entry["about"]) == ("viewer", "download", address)


def test_what_cannot_be_noted_does_not_go(visit, desk, address):
    (desk.folder / "custody-0001.jsonl").mkdir()
    answer = visit("viewer", Accept="application/json").get(address)
    assert answer.status_code == 503
    assert answer.json()["error"] == "not-noted"
    assert b"schema" not in answer.content


def test_looking_is_not_noted(visit, desk, address):
    visit("viewer").get("/")
    assert list(desk.custody.entries()) == []
