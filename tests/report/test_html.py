"""The report file: says what it must, is the same every time, and is written whole or not at all."""

from __future__ import annotations

import html
import re

import pytest

from crawler.checks.engine import judge
from crawler.errors import ReportError
from crawler.model.evidence import Trust
from crawler.model.finding import Index
from crawler.model.policy import load_brands, load_pack
from crawler.report.html import write_html
from crawler.store.bundle import Bundle
from tests.bundles import a_request, a_visit, make_bundle
from tests.report.samples import sample_bundle, sample_judgement


@pytest.fixture(name="bundle")
def made(tmp_path):
    return sample_bundle(tmp_path)


def words(path):
    """Return what the file says, without markup and pictures."""
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(html.unescape(text).split())


def test_where_it_is_and_that_it_repeats_byte_for_byte(bundle):
    path = write_html(bundle, sample_judgement(), "id")
    assert path == bundle.root / "report" / "report-permendag-31-2023-id.html"
    first = path.read_bytes()
    assert write_html(Bundle(bundle.root), sample_judgement(), "id").read_bytes() == first
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_says_what_an_official_needs(bundle):
    said = words(write_html(bundle, sample_judgement(), "id"))
    for expected in (
        "12 Maret 2024 09.00.00 WIB",
        "12 Maret 2024 02.00.00 UTC",
        "Permendag 31/2023",
        "Pasal 13 ayat (3) huruf a",
        "25% 1/4",
        "tindakan yang membuat atau dapat membuat pesanan",
        "Tahap Invoice tidak tercapai: tidak ada invoice yang ditunjuk untuk diperiksa.",
        "sha256sum -c manifest-sha256.txt",
        "Chromium 156.0.1.2",
        bundle.seal,
        bundle.sha256("data/stages/01-storefront/fullpage-003.png"),
        "POST pay.tiktokv.com /api/pay",
    ):
        assert expected in said or expected.replace(" /", "/") in said.replace(" /", "/"), expected


def test_no_id_is_left_without_its_sentence(bundle):
    for lang in ("id", "en"):
        said = words(write_html(bundle, sample_judgement(), lang))
        ids = r"\b(verdict|stage|reason|gap|why|channel|role|group|rung|section|column|fact|finding)\.[a-z-]+"
        assert re.findall(ids, said) == []
        assert not re.search(r"\{\w+(\|[\w.*-]+)?\}", said)


def test_marks_what_was_not_as_usual(tmp_path):
    bundle = make_bundle(
        tmp_path,
        status="incomplete",
        ended_by="deadline",
        trust=Trust(sandbox=False, resolve=("www.tokopedia.com=127.0.0.1:4321",), extra_ca_sha256="ab" * 32),
        guard=None,
    )
    nothing = Index(passed=0, judged=0, percent=None)
    said = words(write_html(bundle, sample_judgement(simulated=True, index=nothing, rules=()), "en"))
    assert "The observation is incomplete: it ran out of time." in said
    assert "Simulated: judged as if on 12 March 2024" in said
    assert "www.tokopedia.com=127.0.0.1:4321" in said
    assert "The browser's sandbox was off" in said
    assert "It is not on record that the guard stood" in said
    assert "No obligation could be judged." in said


def test_an_unknown_pack_is_named_by_its_id(bundle):
    path = write_html(bundle, sample_judgement(policy="our-own-pack"), "en")
    assert path.name == "report-our-own-pack-en.html"
    assert "our-own-pack" in words(path)


def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_left(bundle):
    (bundle.root / "report").write_text("a file stands in the way")
    with pytest.raises(ReportError) as caught:
        write_html(bundle, sample_judgement(), "id")
    assert caught.value.hint
    assert (bundle.root / "report").read_text() == "a file stands in the way"


def test_an_unread_obligation_is_never_said_to_be_read(bundle):
    said = words(write_html(bundle, sample_judgement(), "en"))
    scope = said[said.index("What was examined The absence") : said.index("The following could not")]
    assert "Invoice: not reached" in scope
    assert "Text in pictures was not read for this judgement." in scope
    assert "Nothing was read" in scope


def test_the_first_screen_says_what_stays_open_and_what_stood_in_the_way(tmp_path):
    stages = ("storefront", "product", "cart", "checkout", "payment")
    visits = [a_visit(stage, text=["Ups! Kami perlu waktu sejenak."], bare=True) for stage in stages]
    requests = [a_request("https://www.tokopedia.com/", visit=n, type="document") for n in range(1, 6)]
    bundle = make_bundle(tmp_path, visits=visits, requests=requests)
    judgement = judge(bundle, load_pack("permendag-31-2023"), load_brands())
    for lang, way, none in (
        ("id", "Keranjang, Checkout, dan Pembayaran terbuka, tetapi lamannya tidak memuat ciri", "8 dari 8"),
        ("en", "Cart, Checkout, and Payment opened, but the pages do not bear the marks", "8 of 8"),
    ):
        page = write_html(bundle, judgement, lang).read_text(encoding="utf-8")
        first = page[: page.index('id="exhibits"')]
        assert way in first
        assert none in first
        assert "0/0" in first
        assert "%" not in first[first.index('class="verdict-index"') :].partition("segments")[0]
