"""Statements and what takes them back: denials, open questions, other clauses."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.checks import statements
from crawler.checks.statements import BREAK
from crawler.model.policy import load_brands

SENTENCES = load_brands().stated("e-commerce", date(2026, 7, 1))


def grade(text):
    said = statements.best(text, SENTENCES)
    return said.grade if said else None


@pytest.mark.parametrize(
    "text",
    [
        "Layanan ini disediakan oleh PT. Tokopedia",
        "Disediakan oleh P.T. Tokopedia Tbk.",
        "DISEDIAKAN OLEH PT TOKOPEDIA",
        "Disediakan oleh Perseroan Terbatas Tokopedia",
        "Layanan ini dise\u00addiakan oleh PT Toko\u200bpedia",
        "disediakan\u00a0oleh\u00a0PT\u00a0Tokopedia",
        "\uff24\uff29\uff33\uff25\uff24\uff29\uff21\uff2b\uff21\uff2e oleh \uff30\uff34 Tokopedia",
        "\u1d05\u026as\u1d07\u1d05\u026a\u1d00\u1d0b\u1d00\u0274 \u1d0f\u029f\u1d07\u029c PT Tokopedia",
        "Layanan ini\n   disediakan\n   oleh PT\n Tokopedia",
        f"Disediakan{BREAK}oleh PT Tokopedia",
        "Disediakan oleh “PT Tokopedia”",
        "Pesanan tidak dapat dibatalkan. Layanan ini disediakan oleh PT Tokopedia.",
        "Barang yang sudah dibeli tidak dapat ditukar, layanan ini disediakan oleh PT Tokopedia",
        "Pesanan tidak dapat dibatalkan dan layanan ini disediakan oleh PT Tokopedia",
        f"Ongkir tidak termasuk{BREAK}Layanan disediakan oleh PT Tokopedia",
        "Bukan TikTok, melainkan layanan yang disediakan oleh PT Tokopedia",
        "Jika ada pertanyaan, hubungi kami. Layanan disediakan oleh PT Tokopedia",
        "Layanan disediakan oleh PT. Tokopedia dan tidak terkait TikTok",
        "Tidak ada biaya! Diproses oleh Tokopedia",
        "Shop tidak lagi dikelola TikTok, tetapi dikelola oleh PT Tokopedia",
        "disediakan oleh PT Tokopedia yang tidak bertanggung jawab atas isi",
        "No refunds. Operated by PT Tokopedia.",
    ],
)
def test_stated(text):
    assert grade(text) == "stated"


@pytest.mark.parametrize(
    "text",
    [
        "Layanan ini tidak disediakan oleh PT Tokopedia",
        "Bukan dikelola oleh PT Tokopedia",
        "tidak lagi dikelola oleh Tokopedia",
        "Layanan belum diproses oleh Tokopedia",
        "This service is not operated by PT Tokopedia",
        "No longer provided by Tokopedia",
        "It isn't managed by PT Tokopedia",
        "It isn\u2019t managed by PT Tokopedia",
        "tidak disediakan dan dikelola oleh PT Tokopedia",
        "Ini bukan layanan yang disediakan oleh PT Tokopedia",
        f"Layanan ini tidak{BREAK}disediakan oleh PT Tokopedia",
        "Layanan disediakan oleh PT Tokopedia adalah tidak benar",
        "disediakan bukan lagi oleh PT Tokopedia",
        "TI\u00adDAK disediakan oleh P.T. Tokopedia",
    ],
)
def test_denied(text):
    assert grade(text) == "denied"


@pytest.mark.parametrize(
    "text",
    [
        "Tidak hanya disediakan oleh PT Tokopedia",
        "bukan tidak disediakan oleh PT Tokopedia",
        "Kami tidak menjamin bahwa layanan ini disediakan oleh PT Tokopedia",
        "Apakah layanan ini disediakan oleh PT Tokopedia?",
        "Jika layanan ini disediakan oleh PT Tokopedia, maka bebas ongkir",
        "Contoh: “Disediakan oleh PT Tokopedia” tertulis di sana",
        "akan disediakan oleh PT Tokopedia",
        "dulu dikelola oleh PT Tokopedia",
        "may be managed by PT Tokopedia",
        "seolah-olah disediakan oleh PT Tokopedia",
    ],
)
def test_left_open(text):
    assert grade(text) == "open"


@pytest.mark.parametrize(
    "text",
    [
        "Layanan ini disediakan oleh PT Sinar Dagang Sejahtera",
        "disediakan oleh PT Tokopediax",
        "disediakan oleh mitra. Tokopedia",
        "disediakan oleh penjual, bukan oleh toko. oleh Tokopedia",
        "Tokopedia",
        "",
    ],
)
def test_no_such_sentence(text):
    assert grade(text) is None


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("Tidak disediakan oleh PT Tokopedia. Disediakan oleh PT Tokopedia.", "stated"),
        ("Akan disediakan oleh PT Tokopedia. Tidak disediakan oleh PT Tokopedia.", "open"),
    ],
)
def test_the_clearest_of_two_places_counts(text, want):
    assert grade(text) == want


CALM = st.sampled_from(
    ["Harga termasuk pajak.", "Pesanan tidak dapat dibatalkan.", "Aman!", "Tidak ada biaya;", ""]
)
DENIALS = st.sampled_from(
    ["tidak", "bukan", "belum", "TIDAK", "tidak lagi", "not", "no longer", "never", "tak"]
)
BLANKS = st.sampled_from([" ", "\u00a0", "\n  ", " \u200b", "\u00ad "])
WHO = st.sampled_from(
    ["PT Tokopedia", "PT. Tokopedia", "P.T. TOKOPEDIA", "Perseroan Terbatas Tokopedia", "Tokopedia"]
)
VERBS = st.sampled_from(["disediakan oleh", "dikelola oleh", "Diproses oleh", "DISEDIAKAN dan dikelola oleh"])


@given(CALM, VERBS, WHO, BLANKS, CALM)
def test_other_sentences_spoil_no_statement(before, verb, who, blank, behind):
    said = blank.join([*verb.split(), *who.split()])
    assert grade(f"{before} Layanan ini {said}. {behind}") == "stated"


@given(CALM, DENIALS, VERBS, WHO, BLANKS)
def test_a_denial_is_never_a_statement(before, denial, verb, who, blank):
    said = blank.join([*denial.split(), *verb.split(), *who.split()])
    assert grade(f"{before} Layanan ini {said}.") in ("denied", "open")


@given(st.text(max_size=80), VERBS, WHO, st.text(max_size=80))
def test_any_text_around_is_judged(before, verb, who, behind):
    for said in statements.find_sentences(f"{before} {verb} {who} {behind}", SENTENCES):
        assert 0 <= said.start < said.end <= len(f"{before} {verb} {who} {behind}")
