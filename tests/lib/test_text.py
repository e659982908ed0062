"""Brand names as whole words, however they are disguised."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lib.text import find_words, fold, plain

BRANDS = ["TikTok", "TikTok Shop"]


def kinds(text, *, confusable=False):
    return [(match.kind, match.text) for match in find_words(text, BRANDS, confusable=confusable)]


@pytest.mark.parametrize(
    "text",
    [
        "TikTok",
        "tiktok",
        "TIKTOK",
        "Tik Tok",
        "TIK TOK",
        "Tik-Tok",
        "Tik\u00a0Tok",
        "tik_tok",
        "@tiktok",
        "#TikTok!",
        "(TikTok)",
        "TikTok2024",
        "TikTok\n  Shop",
        "TikTokShop",
        "TIKTOK|Tokopedia",
        "olehTikTok",
    ],
)
def test_as_written(text):
    assert [kind for kind, _ in kinds(text)] == ["exact"]


@pytest.mark.parametrize(
    "text",
    [
        "T i k T o k",
        "T I K T O K",
        "T.i.k.T.o.k",
        "T\u0131kTok",
        "Tik\u00adTok",
        "T\u200bikTok",
        "Tik\u2060Tok",
        "T\u0456k\u0422\u043ek",
        "T1kT0k",
        "TlkTok",
        "T|kTok",
        "T!kTok",
        "\uff34\uff49\uff4b\uff34\uff4f\uff4b",
        "\U0001d413\U0001d422\U0001d424\U0001d413\U0001d428\U0001d424",
        "\u24c9\u24d8\u24da\u24c9\u24de\u24da",
        "T\u0301ik\u0323Tok",
        "\u03a4\u03b9\u03ba\u03a4\u03bf\u03ba",
        "T i k   T o k",
    ],
)
def test_disguised(text):
    assert [kind for kind, _ in kinds(text)] == ["folded"]


@pytest.mark.parametrize(
    "text",
    [
        "kosmetik toko",
        "KOSMETIK TOKO",
        "batik toko",
        "Batik Tokoh",
        "taktiktoko",
        "bintiktokek",
        "Itik Tok",
        "ButikToko",
        "plastik tokyo",
        "b a t i k t o k o",
        "B A T I K   T O K O",
        "statiktok",
        "detik tokonya",
        "titik tokok",
        "tik, tok",
        "tik; tok",
        "antik-toko",
        "artistik_token",
        "Romantik Toko",
        "tokopedia",
        "toko tik",
        "estetik tok",
        "TikTokan",
        "",
    ],
)
def test_other_words(text):
    assert kinds(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "TkTok",
        "Tikiok",
        "TikT ok",
        "Ti kTok",
        "TikTck",
        "Tiklok",
        "TjkTok",
        "rikTok",
        "Tikfok",
        "Tik Toh",
        "TikTok5hop",
    ],
)
def test_misread(text):
    found = kinds(text, confusable=True)
    assert found
    assert "TikTok" in text or [kind for kind, _ in found] == ["confusable"]
    assert all(kind != "confusable" for kind, _ in kinds(text))


@pytest.mark.parametrize(
    "text",
    [
        "TicTok",
        "tic tac",
        "Tik Tak",
        "tik tek",
        "Tip Top",
        "Titik",
        "Tikto",
        "Toktok",
        "kosmetik toko",
        "batik lok",
        "optik toh",
        "Tekotok",
        "Ketok",
        "klik tombol",
        "TikTik",
        "Tiket Toko",
        "Stiker Tok",
        "fiktok",
        "PikTok",
    ],
)
def test_near_words_are_no_misreading(text):
    assert kinds(text, confusable=True) == []


def test_longest_name_wins():
    assert kinds("Beli di TikTok Shop") == [("exact", "TikTok Shop")]


def test_in_order_with_the_spelling():
    found = find_words("Tokopedia dan Tik Tok, lalu TikTok Shop", [*BRANDS, "Tokopedia"])
    assert [match.spelling for match in found] == ["Tokopedia", "TikTok", "TikTok Shop"]


def test_a_bar_belongs_to_the_name():
    found = find_words("Shop | Tokopedia, Shop Tokopedia", ["Shop | Tokopedia"])
    assert [match.text for match in found] == ["Shop | Tokopedia"]


def test_plain_keeps_i_and_l_apart():
    assert plain("  Café\u00ad LAIN\n1 ") == "cafe lain 1"
    assert fold("lain 1O") == "iain io"


@given(st.text())
def test_folding_is_stable(text):
    assert fold(fold(text)) == fold(text)
    assert plain(plain(text)) == plain(text)


@given(st.text(), st.text())
def test_offsets_are_of_the_original(before, after):
    text = before + " Tik\u00adT\u03bfk " + after
    found = find_words(text, BRANDS, confusable=True)
    assert all(text[match.start : match.end] == match.text for match in found)
    assert any(match.start <= len(before) + 1 < match.end for match in found)
    assert all(one.end <= two.start for one, two in pairwise(found))


@given(st.text(alphabet="tikok TIKOK1l|0-\u00ad\u0131", max_size=30))
def test_only_whole_words(text):
    for match in find_words(f"a{text}a", ["TikTok"]):
        assert match.start > 0
        assert match.end < len(text) + 2


@given(st.lists(st.sampled_from(["", " ", "\u200b", "\u00ad", "\u2060"]), min_size=6, max_size=6))
def test_split_by_anything_invisible(gaps):
    invisible = "".join(letter + gap.replace(" ", "") for letter, gap in zip("TikTok", gaps, strict=True))
    assert find_words(invisible, ["TikTok"])
