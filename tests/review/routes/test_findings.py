"""What the pages of findings refuse, and what they say when something is not there."""

from __future__ import annotations

import json
import re

import pytest

from crawler.checks.engine import write
from crawler.lib.clock import jakarta_date
from crawler.model.queue import QueueFilter
from crawler.store import index
from crawler.store.decisions import DecisionBook
from crawler.store.index import queue
from tests.bundles import a_visit, make_bundle
from tests.report.samples import sample_bundle, sample_judgement


@pytest.fixture
def judged(desk, tmp_path):
    bundle = sample_bundle(tmp_path)
    write(bundle, sample_judgement(inputs={"seal": bundle.seal}))
    index.update(desk.snapshots)
    return bundle


@pytest.fixture
def line(judged, desk):
    return queue.queue(desk.snapshots, QueueFilter(), jakarta_date())[0]


def own(line, below=""):
    return f"/findings/{line.fingerprint}{below}?of={line.target}"


def a_form(client, line, **facts):
    page = client.get(own(line)).text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    return hidden | {"decision": "confirm"} | facts


def test_a_decision_leads_to_the_next_finding(visit, line, judged):
    client = visit("reviewer")
    answer = client.post(own(line, "/decisions"), data=a_form(client, line))
    assert answer.status_code == 303
    assert line.fingerprint not in answer.headers["location"]
    (said,) = DecisionBook(judged.root).lines()
    assert (said.decision.by, said.decision.action) == ("reviewer", "confirm")


def test_htmx_gets_the_next_finding_alone(visit, line):
    client = visit("reviewer")
    answer = client.post(own(line, "/decisions"), data=a_form(client, line), headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith('<section id="finding"')
    assert answer.headers["hx-push-url"].startswith("/findings/")


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"decision": "mood"}, 422),
        ({"decision": "dismiss"}, 422),
        ({"decision": "dismiss:mood"}, 409),
        ({"decision": "confirm:misread"}, 422),
        ({"key": "x"}, 422),
        ({"seen": "x"}, 422),
        ({"seen": "0" * 64}, 409),
        ({"last_key": "0" * 32}, 409),
        ({"bundle": "../../etc"}, 404),
        ({"bundle": "test-shop/none"}, 404),
        ({"note": "x" * 2_001}, 422),
        ({"exception": "yes", "phrase": "TikTok", "until": "2026-12-31"}, 422),
        ({"decision": "dismiss:legitimate", "exception": "yes", "phrase": "x", "until": "2026-12-31"}, 422),
        ({"decision": "dismiss:legitimate", "exception": "yes", "phrase": "TikTok", "until": "mood"}, 422),
    ],
)
def test_what_no_page_sends_is_refused_and_nothing_is_written(visit, line, judged, wrong, status):
    client = visit("reviewer")
    answer = client.post(own(line, "/decisions"), data=a_form(client, line, **wrong))
    assert answer.status_code == status
    assert DecisionBook(judged.root).lines() == ()


def test_a_viewer_sees_no_form_and_decides_nothing(visit, line, judged):
    form = a_form(visit("reviewer"), line)
    viewer = visit("viewer")
    assert 'id="decide"' not in viewer.get(own(line)).text
    assert viewer.post(own(line, "/decisions"), data=form).status_code == 403
    assert DecisionBook(judged.root).lines() == ()


def test_nobody_takes_back_what_another_said(visit, line, judged):
    client = visit("reviewer")
    form = a_form(client, line)
    client.post(own(line, "/decisions"), data=form)
    undo = {"bundle": form["bundle"], "undoes": form["key"]}
    assert visit("administrator").post(own(line, "/undo"), data=undo).status_code == 409
    assert client.post(own(line, "/undo"), data=undo).status_code == 303
    assert len(DecisionBook(judged.root).lines()) == 2


def test_every_decision_is_in_the_custody_log(visit, line, desk):
    client = visit("reviewer")
    client.post(own(line, "/decisions"), data=a_form(client, line))
    noted = [entry for entry in desk.custody.entries() if entry["action"].startswith("decision.")]
    assert [(entry["who"], entry["action"], entry["finding"]) for entry in noted] == [
        ("reviewer", "decision.confirm", line.fingerprint)
    ]


@pytest.mark.parametrize("path", ["/findings/" + "0" * 32 + "?of=x", "/findings/x?of=x"])
def test_a_finding_that_is_not_there(visit, judged, path):
    assert visit("viewer").get(path).status_code in (404, 422)


def test_a_run_that_was_judged_again_meanwhile_is_said(visit, line, judged):
    path = judged.root / "findings" / f"{line.policy}.json"
    content = json.loads(path.read_text())
    for rule in content["rules"]:
        rule["findings"] = []
    path.write_text(json.dumps(content))
    assert visit("reviewer").get(own(line)).status_code == 409
    assert visit("reviewer").get(own(line)).status_code == 404


def test_an_index_of_another_pantau_is_made_anew(visit, line, desk):
    desk.index.write_bytes(b"")
    assert line.fingerprint in visit("viewer").get("/queue").text


@pytest.mark.parametrize(
    "query", ["age=-1", "age=x", "night=never", "state=mood", "stage=roof", "outcome=no"]
)
def test_filters_that_are_none_are_told(visit, judged, query):
    assert visit("viewer").get(f"/queue?{query}").status_code == 422


def test_empty_fields_of_the_form_are_no_filter(visit, line):
    page = visit("viewer").get("/queue?target=&rule=&stage=&severity=&outcome=&age=&night=&reviewer=&state=")
    assert line.fingerprint in page.text


@pytest.mark.parametrize(
    "below",
    ["crop", "crop-before", "before", "rests-on", "evidence/1", "evidence/99"],
)
def test_what_belongs_to_a_finding_is_there_or_not_but_never_breaks(visit, line, below):
    at = f"/findings/at/{line.bundle}/{line.policy}/{line.number}/{below}"
    assert visit("viewer").get(at).status_code in (200, 404)
    assert visit("viewer").get(at.replace(f"/{line.number}/", "/9999/")).status_code == 404


def test_evidence_goes_out_as_a_download(visit, line):
    answer = visit("viewer").get(f"/findings/at/{line.bundle}/{line.policy}/{line.number}/evidence/1")
    assert answer.headers["content-disposition"].startswith("attachment")


def test_pictures_that_are_not_there(visit, desk, tmp_path):
    made = make_bundle(tmp_path, [a_visit("cart")])
    index.update(desk.snapshots)
    base = f"/pictures/test-shop/{made.root.name}"
    viewer = visit("viewer")
    told = viewer.get(f"{base}/1/1").json() if viewer.get(f"{base}/1/1").status_code == 200 else None
    assert told is None or told["strips"]
    for path in ("/9/1", "/1/9", "/1/1/99", "/1/1/1/30/0/0", "/1/1/99/original"):
        assert viewer.get(base + path).status_code == 404, path


def test_a_broken_file_of_decisions_is_told_and_takes_nothing(visit, line, judged):
    client = visit("reviewer")
    form = a_form(client, line)
    path = judged.root / "review" / "decisions.jsonl"
    path.parent.mkdir()
    path.write_text("mood\n")
    page = client.get(own(line)).text
    assert "cannot be used" in page
    assert 'id="decide"' not in page
    assert client.post(own(line, "/decisions"), data=form).status_code == 503
    assert path.read_text() == "mood\n"
