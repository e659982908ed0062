"""Runs on the desk: the list, one run with its check, stages, requests; and one that was tampered with."""

from __future__ import annotations

import re

import pytest

from crawler.checks.engine import write
from crawler.model.account import Role
from crawler.store import index
from tests.bundles import a_request, a_visit, make_bundle
from tests.report.samples import sample_bundle, sample_judgement

RUN = "/runs/test-shop/20240312T020000Z-0000abcd"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def judged(desk, tmp_path):
    """A judged run in the folder of the desk, and in its index."""
    bundle = sample_bundle(tmp_path)
    write(bundle, sample_judgement(inputs={"seal": bundle.seal}))
    index.update(desk.snapshots)
    return bundle


@pytest.fixture
def viewer(visit):
    return visit(Role.VIEWER)


def test_the_list_names_runs_with_verdict_and_what_was_missed(judged, viewer):
    page = viewer.get("/runs").text
    assert judged.run.run_id in page
    assert '<span class="chip fail">' in page
    assert "Invoice" in page
    assert "1 run" in page


def test_filters_stand_in_the_address_and_htmx_gets_rows_alone(judged, viewer):
    assert judged.run.run_id in viewer.get("/runs?verdict=fail&device=desktop").text
    assert "No run fits" in viewer.get("/runs?verdict=pass").text
    rows = viewer.get("/runs?words=0000ABCD", headers={"HX-Request": "true"}).text
    assert "<html" not in rows
    assert judged.run.run_id in rows
    assert viewer.get("/runs?verdict=perhaps").status_code == 422
    assert viewer.get("/runs?since=yesterday").status_code == 422


def test_more_than_a_window_leads_on(desk, tmp_path, viewer):
    for number in range(3):
        make_bundle(tmp_path, [a_visit("info")], run_id=f"20240312T020000Z-{number:08x}")
    index.update(desk.snapshots)
    page = viewer.get("/runs?offset=2").text
    assert "20240312T020000Z-00000000" in page
    assert "20240312T020000Z-00000002" not in page
    assert "revealed" not in page


def test_without_an_index_one_is_made(desk, tmp_path, viewer):
    bundle = make_bundle(tmp_path, [a_visit("info")])
    assert bundle.run.run_id in viewer.get("/runs").text


def test_an_index_that_cannot_be_made_is_told(desk, viewer):
    (desk.snapshots / ".index.lock").mkdir()
    answer = viewer.get("/runs")
    assert answer.status_code == 503
    assert "pantau index" in answer.text


@pytest.mark.parametrize(
    ("lang", "whole"), [("en", "Sealed and unchanged"), ("id", "Tersegel dan tidak berubah")]
)
def test_a_run_says_that_it_was_checked_and_what_was_not_reached(judged, visit, lang, whole):
    page = visit(Role.VIEWER, lang=lang).get(RUN).text
    assert whole in page
    assert page.index(whole) < page.index('id="obligations"')
    assert 'id="visit-5"' in page
    assert re.findall(r"[>\"]desk\.[a-z]", page) == []


def test_a_run_leads_to_findings_stages_and_every_form_of_report(judged, viewer):
    page = viewer.get(RUN).text
    for form in ("html", "json", "csv", "requests", "har", "wacz"):
        assert f'href="{RUN}/reports/{form}"' in page
    assert f'href="/findings/{"f0" * 16}?of=' in page
    assert f'href="{RUN}/stages/1"' in page
    assert "style=" not in page


def test_a_forged_bundle_says_so_in_plain_words_and_shows_nothing_of_itself(judged, viewer):
    (judged.root / "data" / "requests.jsonl").write_text("forged\n")
    answer = viewer.get(RUN)
    assert "This bundle is not what was sealed" in answer.text
    assert "data/requests.jsonl" in answer.text
    assert "Beli Lokal" not in answer.text
    for below in ("stages/1", "requests", "files"):
        refused = viewer.get(f"{RUN}/{below}")
        assert refused.status_code in (200, 409)
    assert viewer.get(f"{RUN}/files/data/requests.jsonl").status_code == 409


def test_a_run_that_was_kept_at_hand_is_not_shown_once_it_is_forged(judged, viewer):
    assert viewer.get(f"{RUN}/requests").status_code == 200
    manifest = judged.root / "manifest-sha256.txt"
    manifest.write_text(manifest.read_text().replace("a", "b", 1))
    assert viewer.get(f"{RUN}/requests").status_code == 409


def test_a_run_that_nobody_judged_says_how(desk, tmp_path, viewer):
    make_bundle(tmp_path, [a_visit("info")])
    index.update(desk.snapshots)
    page = viewer.get(RUN).text
    assert "pantau check" in page
    assert viewer.get(f"{RUN}/requests").status_code == 404


def test_a_stage_shows_pictures_as_copies_with_boxes_that_lead_to_findings(judged, viewer):
    page = viewer.get(f"{RUN}/stages/1").text
    assert f'href="{RUN}/stages/1/pictures/1/0/0?seal={judged.seal[:16]}"' in page
    assert '<rect class="box fail"' in page
    assert '<rect class="box needs-review"' in page
    assert viewer.get(f"{RUN}/stages/99").status_code == 404
    assert "no invoice" in viewer.get(f"{RUN}/stages/5").text.lower()


def test_requests_are_narrowed_by_the_server(judged, viewer):
    page = viewer.get(f"{RUN}/requests").text
    assert "6 of 6 requests" in page
    rows = viewer.get(f"{RUN}/requests?words=TIKTOKV pay", headers={"HX-Request": "true"}).text
    assert "pay.tiktokv.com" in rows
    assert "images.tokopedia.net" not in rows
    assert "1 of 6 requests" in rows
    assert "token=abc" not in page
    refused = viewer.get(f"{RUN}/requests?state=refused").text
    assert "pay.tokopedia.com" in refused
    assert "analytics.tiktok.com" not in refused


def test_what_a_page_wrote_stays_text(desk, tmp_path, viewer):
    bundle = make_bundle(
        tmp_path,
        [a_visit("storefront", url=f"https://evil.test/{HOSTILE}", title=HOSTILE, detail=HOSTILE)],
        [a_request(f"https://evil.test/{HOSTILE}", method="GET")],
        target=HOSTILE,
    )
    write(bundle, sample_judgement(inputs={"seal": bundle.seal}, rules=(), obligations=()))
    index.update(desk.snapshots)
    for path in ("/runs", RUN, f"{RUN}/requests", f"{RUN}/stages/1", f"{RUN}/files"):
        answer = viewer.get(path)
        assert answer.status_code == 200, path
        assert HOSTILE not in answer.text
