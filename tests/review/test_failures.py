"""Whatever goes wrong is answered with what happened and what to do, as a page or as a problem document."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("path", ["/", "/nowhere", "/upload", "/api/me"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_broken_accounts_are_told_everywhere(visit, desk, path, method):
    client = visit("administrator")
    for each in desk.folder.glob("accounts.db*"):
        each.write_bytes(b"not a database" * 100)
    answer = client.request(method, path)
    assert answer.status_code in (404, 405, 503)
    assert "frame-ancestors" in answer.headers["content-security-policy"]
    assert "Traceback" not in answer.text


def test_a_program_is_told_in_json_and_a_person_on_a_page(visit):
    page = visit().get("/nowhere")
    assert page.headers["content-type"].startswith("text/html")
    assert "There is nothing at this address" in page.text
    told = visit(Accept="application/json").get("/nowhere").json()
    assert told["error"] == "not-found"
    assert told["detail"]
    assert told["do"]


def test_a_part_of_a_page_is_told_what_went_wrong(visit):
    answer = visit(**{"HX-Request": "true"}).get("/accounts")
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/log-in"
    assert "desk:refused" in answer.headers["hx-trigger"]
