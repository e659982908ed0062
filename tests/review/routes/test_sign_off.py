"""A run is signed off: who, under which judgement, with how much still open; and the later one is told."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from crawler.checks.engine import write
from crawler.store import index
from crawler.store.decisions import DecisionBook
from tests.report.samples import sample_bundle, sample_judgement

RUN = "/runs/test-shop/20240312T020000Z-0000abcd"


@pytest.fixture
def judged(desk, tmp_path):
    bundle = sample_bundle(tmp_path)
    write(bundle, sample_judgement(inputs={"seal": bundle.seal}))
    index.update(desk.snapshots)
    return bundle


def a_form(judged, **facts):
    return {"policy": "permendag-31-2023", "key": uuid4().hex, "last": 0, "note": "sudah lengkap"} | facts


def test_it_says_who_and_how_much_was_open(judged, visit):
    client = visit("reviewer")
    assert "Nobody has signed off" in client.get(f"{RUN}/sign-off").text
    assert client.post(f"{RUN}/sign-off", data=a_form(judged)).headers["location"] == RUN
    (line,) = DecisionBook(judged.root).lines()
    assert (line.decision.by, line.decision.seal) == ("reviewer", judged.seal)
    assert line.decision.unsettled > 0
    page = client.get(f"{RUN}/sign-off").text
    assert "sudah lengkap" in page
    assert re.search(r"\d+ findings? not settled", page)


def test_the_later_of_two_is_told_and_sending_again_signs_once(judged, visit):
    client, form = visit("reviewer"), a_form(judged)
    for _ in range(2):
        assert client.post(f"{RUN}/sign-off", data=form).status_code == 303
    assert client.post(f"{RUN}/sign-off", data=a_form(judged)).status_code == 409
    assert len(DecisionBook(judged.root).lines()) == 1


def test_a_viewer_signs_nothing_and_no_judgement_is_none(judged, visit):
    assert visit("viewer").post(f"{RUN}/sign-off", data=a_form(judged)).status_code == 403
    assert visit("reviewer").post(f"{RUN}/sign-off", data=a_form(judged, policy="../../x")).status_code >= 400
    assert DecisionBook(judged.root).lines() == ()


def test_a_judgement_that_came_later_is_said(judged, visit):
    client = visit("reviewer")
    client.post(f"{RUN}/sign-off", data=a_form(judged))
    path = judged.root / "findings" / "permendag-31-2023.json"
    path.write_text(path.read_text() + " ")
    assert "judged again since" in client.get(f"{RUN}/sign-off").text
