"""What belongs to a finding: its crop, and the same place the night before."""

from __future__ import annotations

import io
from datetime import date

import pytest
from PIL import Image

from crawler.checks.engine import write
from crawler.store import index
from tests.bundles import a_request, a_visit, make_bundle
from tests.report.samples import a_finding, sample_judgement

AT = "/findings/at/test-shop/{run}/permendag-31-2023/{number}"
RUNS = ("20240311T020000Z-00000001", "20240312T020000Z-00000002")
PAY = "https://pay.tiktokv.com/api/pay"


def a_run(folder, number, *, stage="cart", colour="white"):
    picture = Image.new("RGB", (1_366, 900), colour)
    bundle = make_bundle(
        folder,
        [a_visit(stage, picture=picture)],
        [a_request(PAY, visit=1, method="POST", body="amount=1")],
        run_id=RUNS[number],
        as_of=date(2024, 3, 11 + number),
        started=f"2024-03-{11 + number}T02:00:00.000Z",
    )
    boxed = a_finding()
    boxed = boxed.model_copy(
        update={"locus": boxed.locus.model_copy(update={"box": (100.0, 100.0, 200.0, 40.0)})}
    )
    asked = a_finding(fingerprint="a1" * 16, url=PAY)
    request = bundle.requests()[0].id
    asked = asked.model_copy(update={"locus": asked.locus.model_copy(update={"request": request})})
    judgement = sample_judgement(inputs={"seal": bundle.seal}, policy="permendag-31-2023")
    rule = judgement.rules[0].model_copy(update={"findings": (boxed, asked)})
    write(bundle, judgement.model_copy(update={"rules": (rule,)}))
    return bundle


@pytest.fixture
def look(desk, visit):
    def look(run, below, number=1):
        index.update(desk.snapshots)
        return visit("viewer").get(f"{AT.format(run=RUNS[run], number=number)}/{below}")

    return look


def test_the_same_place_the_night_before_lies_under_the_one_now(tmp_path, look):
    a_run(tmp_path, 0, colour="navy")
    a_run(tmp_path, 1, colour="white")
    page = look(1, "before").text
    assert "<img-comparison-slider" in page
    assert "2024-03-11" in page
    now, then = (Image.open(io.BytesIO(look(1, below).content)) for below in ("crop", "crop-before"))
    assert now.size == then.size
    assert now.convert("RGB").getpixel((5, 5)) == (255, 255, 255)
    assert then.convert("RGB").getpixel((5, 5))[2] > 100 > then.convert("RGB").getpixel((5, 5))[0]


def test_the_first_run_has_no_night_before(tmp_path, look):
    a_run(tmp_path, 0)
    assert "first run" in look(0, "before").text
    assert look(0, "crop-before").status_code == 404


def test_a_page_that_was_not_taken_then_is_said(tmp_path, look):
    a_run(tmp_path, 0, stage="product")
    a_run(tmp_path, 1, stage="cart")
    assert "was not taken" in look(1, "before").text
    assert look(1, "crop-before").status_code == 404


def test_the_request_comes_with_every_rung_of_its_host(tmp_path, look):
    a_run(tmp_path, 0)
    page = look(0, "rests-on", number=2).text
    assert "POST" in page
    assert "pay.tiktokv.com" in page
    assert "domain rule" in page
    assert "ByteDance" in page


def test_a_finding_without_a_box_has_no_crop(tmp_path, look):
    a_run(tmp_path, 0)
    assert look(0, "crop", number=2).status_code == 404
