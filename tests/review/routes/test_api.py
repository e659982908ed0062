"""The JSON API: what the pages show, a part at a time; and every error a problem document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.checks.engine import write
from crawler.model.account import Role
from crawler.report.summary import summary_of
from crawler.review.app import create_app
from crawler.store import index
from tests.report.samples import sample_bundle, sample_judgement

RUN = "/api/runs/test-shop/20240312T020000Z-0000abcd"


@pytest.fixture
def judged(desk, tmp_path):
    """A judged run in the folder of the desk, and in its index."""
    bundle = sample_bundle(tmp_path)
    write(bundle, sample_judgement(inputs={"seal": bundle.seal}))
    index.update(desk.snapshots)
    return bundle


@pytest.fixture
def client(judged, desk, visit, tmp_path):
    """A program that reads, on a desk with one run."""
    app = create_app(replace(desk, nights=tmp_path / "nights"))
    return visit(Role.VIEWER, to=app, Accept="application/json")


def test_runs_and_findings_come_in_parts(client):
    runs = client.get("/api/runs").json()
    assert (runs["total"], runs["items"][0]["verdict"]) == (1, "fail")
    first = client.get("/api/findings?limit=2").json()
    rest = client.get("/api/findings?limit=2&offset=2").json()
    assert first["total"] == rest["total"] == len(first["items"]) + len(rest["items"])
    open_ones = client.get("/api/findings?status=open&outcome=fail&stage=payment").json()
    assert [each["rule"] for each in open_ones["items"]] == ["foreign-payment-endpoint"]


def test_a_run_is_the_report_s_own_summary(client, judged):
    said = client.get(RUN).json()
    judgement = sample_judgement(inputs={"seal": judged.seal})
    assert said == summary_of(judged, judgement).model_dump(mode="json")


def test_integrity_is_checked_when_it_is_asked_for(client, judged):
    assert client.get(f"{RUN}/integrity").json()["is_whole"] is True
    (judged.root / "data" / "chain.jsonl").write_text("")
    said = client.get(f"{RUN}/integrity").json()
    assert said["is_whole"] is False
    assert said["problems"]
    assert client.get(RUN).status_code == 409


def test_requests_are_narrowed_and_have_no_words_of_a_page(client):
    said = client.get(f"{RUN}/requests?words=tiktokv&limit=1").json()
    assert (said["found"], said["total"], len(said["items"])) == (1, 6, 1)
    assert said["items"][0]["host"] == "pay.tiktokv.com"
    assert not any(name.endswith("_label") for name in said["items"][0])


def test_hosts_targets_trend_and_search(client):
    assert client.get("/api/hosts?words=midtrans").json()["items"][0]["host"] == "app.midtrans.com"
    (target,) = client.get("/api/targets").json()
    asked = {name: target[name] for name in ("target", "scenario", "device")}
    assert len(client.get("/api/trend", params=asked).json()["points"]) == 1
    assert {hit["what"] for hit in client.get("/api/search?q=tiktok").json()} == {"finding", "page"}
    assert client.get("/api/nights").json() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/runs/none/none", 404),
        ("/api/runs?limit=0", 422),
        ("/api/runs?limit=100000", 422),
        ("/api/findings?stage=moon", 422),
        ("/api/nights/2020-01-01", 404),
        ("/api/compare?old=a&new=b", 404),
        ("/api/trend?target=x", 404),
        ("/api/none", 404),
    ],
)
def test_an_error_is_a_problem_document(client, path, status):
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert (said["status"], set(said)) == (status, {"type", "title", "status", "detail", "error", "do"})
    assert said["detail"]


def test_nobody_reads_it_without_a_role(judged, visit):
    answer = visit(Accept="application/json").get("/api/runs")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_all_of_it_stands_in_the_schema(client):
    schema = client.get("/api/openapi.json").json()
    for path in (
        "/api/runs",
        "/api/findings",
        "/api/hosts",
        "/api/nights/{date}",
        "/api/trend",
        "/api/search",
    ):
        operation = schema["paths"][path]["get"]
        assert "application/problem+json" in operation["responses"]["422"]["content"]
        assert operation["responses"]["200"]["content"]["application/json"]["schema"]
