"""The search: findings, pages and hosts; and nothing that is typed breaks it."""

from __future__ import annotations

import pytest

from crawler.checks.engine import judge, write
from crawler.model.account import Role
from crawler.model.policy import load_brands, load_pack
from crawler.store import index
from tests.bundles import a_request, a_visit, make_bundle

HOSTILE = [
    '"', '""', "'", "*", "a*", "NEAR(a b)", "a AND", "OR", "NOT a", "(", ")", "title:x", "^a", "-a", "a + b",
    "{x}: y", "\x00", "\ue000", "'; DROP TABLE runs; --", "<script>", "%", "_", "\\", "\u202e", "ab" * 250,
    "\U0001f600", "a\nb",
]  # fmt: skip


@pytest.fixture
def client(desk, visit, tmp_path):
    """A viewer of a desk with one run that says something."""
    visits = [a_visit("storefront", text=["Belanja di TikTok Shop <b>sekarang</b>", "Kopi Gayo"])]
    bundle = make_bundle(tmp_path, visits, [a_request("https://kopi.test/x"), a_request("https://a_b.test/")])
    write(bundle, judge(bundle, load_pack("permendag-31-2023"), load_brands()))
    index.update(desk.snapshots)
    return visit(Role.VIEWER)


def test_it_finds_findings_pages_and_hosts(client):
    page = client.get("/search?q=tiktok").text
    assert "<mark><bdi>TikTok</bdi></mark>" in page
    assert page.count("/stages/1") >= 2
    assert "kopi.test" in client.get("/search?q=KOPI").text


def test_what_is_excused_accuses_nobody(desk, visit, tmp_path):
    bundle = make_bundle(tmp_path, [a_visit("storefront", text=["Ikuti kami di TikTok"])])
    judgement = judge(bundle, load_pack("permendag-31-2023"), load_brands())
    write(bundle, judgement)
    index.update(desk.snapshots)
    page = visit(Role.VIEWER).get("/search?q=ikuti").text
    assert 'class="chip excused"' in page
    assert 'class="chip fail"' not in page


def test_words_of_a_page_stay_text(client):
    page = client.get("/search?q=sekarang").text
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


def test_htmx_gets_the_hits_alone(client):
    assert "<html" not in client.get("/search?q=kopi", headers={"HX-Request": "true"}).text


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_that_is_typed_breaks_it(client, words):
    answer = client.get("/search", params={"q": words})
    assert answer.status_code == 200
    assert "<script>" not in answer.text.split('<div id="hits"')[1]


def test_nothing_asked_finds_nothing_and_too_much_is_refused(client):
    assert "found-findings" not in client.get("/search?q=%20%20").text
    assert client.get("/search", params={"q": "a" * 501}).status_code == 422
