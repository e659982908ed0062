"""What a page can pour out does not blow memory: a gigabyte of traffic, an answer of ten."""

import json

import pytest

from crawler.store.bundle import Bundle
from tests.site import Reply, page

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(1500)]

MIB, GIB = 2**20, 2**30
BLOCK = bytes(8 * MIB)
ONE = """
with journey.stage(Stage.STOREFRONT):
    page.goto(journey.start_url)
    page.wait_for_function("document.title == 'selesai'", timeout=580_000)
"""
FETCH_ALL = """
(async () => {
  for (let n = 0; n < 128; n++) await (await fetch('/blok?' + n)).arrayBuffer();
  document.title = 'selesai';
})();
"""
READ_ON = """
(async () => {
  const reader = (await fetch('/besar')).body.getReader();
  for (;;) { const {done} = await reader.read(); if (done) break; }
  document.title = 'selesai';
})();
"""
KEEP_ALL = "fetch('/besar').then((answer) => answer.arrayBuffer());"


def pour(total_bytes):
    """Return a route that answers with so many bytes, in chunks, without a declared length."""

    def route(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/octet-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        head = f"{len(BLOCK):x}\r\n".encode()
        for _ in range(total_bytes // len(BLOCK)):
            handler.wfile.write(head + BLOCK + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    return route


def kept(bundle):
    return sum((bundle.root / path).stat().st_size for path in bundle.paths())


def bodies(bundle):
    lines = bundle.read("data/responses.jsonl").splitlines()
    return [json.loads(line)["body"] for line in lines]


def test_a_gigabyte_of_traffic(walk, site):
    site.routes["/"] = page("Awal", f"<h1>T</h1><script>{FETCH_ALL}</script>")
    site.routes["/blok"] = Reply(BLOCK, content_type="application/octet-stream")
    outcome = walk(
        ONE, stages="Stage.STOREFRONT", deadline_s=1_200, step_timeout_s=600, memory_limit_bytes=2 * GIB
    )
    assert (outcome.run.status, outcome.run.ended_by) == ("complete", "journey")
    bundle = Bundle(outcome.root)
    assert site.count("GET /blok") == 128
    assert kept(bundle) < 64 * MIB  # each body once, cut at its limit
    assert {body["state"] for body in bodies(bundle) if body["bytes"] == len(BLOCK)} <= {"truncated", "gone"}


def test_an_answer_of_ten_gigabytes_that_the_page_reads_through(walk, site):
    site.routes["/"] = page("Awal", f"<h1>T</h1><script>{READ_ON}</script>")
    site.routes["/besar"] = pour(10 * GIB)
    outcome = walk(
        ONE, stages="Stage.STOREFRONT", deadline_s=1_200, step_timeout_s=600, memory_limit_bytes=2 * GIB
    )
    assert (outcome.run.status, outcome.run.ended_by) == ("complete", "journey")
    bundle = Bundle(outcome.root)
    assert kept(bundle) < 64 * MIB
    assert "gone" in {body["state"] for body in bodies(bundle)}


def test_an_answer_of_ten_gigabytes_that_the_page_keeps_ends_the_run_and_is_sealed(walk, site):
    site.routes["/"] = page("Awal", f"<h1>T</h1><script>{KEEP_ALL}</script>")
    site.routes["/besar"] = pour(10 * GIB)
    outcome = walk(
        ONE, stages="Stage.STOREFRONT", deadline_s=1_200, step_timeout_s=600, memory_limit_bytes=GIB
    )
    assert (outcome.run.status, outcome.run.ended_by) == ("incomplete", "memory")
    assert kept(Bundle(outcome.root)) < 64 * MIB
