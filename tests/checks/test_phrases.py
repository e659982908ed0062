"""Phrases of the policy data in text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.checks import phrases


@pytest.mark.parametrize(
    ("phrase", "text", "stands"),
    [
        ("Diproses oleh Tokopedia", "diproses\n  OLEH tokopedia.", True),
        ("Diproses oleh Tokopedia", "Diproses oleh Tokopediax", False),
        ("dikelola … oleh Tokopedia", "dikelola oleh Tokopedia", True),
        ("dikelola … oleh Tokopedia", "dikelola sepenuhnya oleh Tokopedia", True),
        ("dikelola … oleh Tokopedia", "dikelola " + "x " * 40 + "oleh Tokopedia", False),
        ("disediakan … oleh Tokopedia", "disediakan dan dikelola oleh Tokopedia", True),
        ("Shop | Tokopedia", "Beranda | Shop | Tokopedia", True),
        ("Shop | Tokopedia", "Shop I Tokopedia", False),
        ("a.b", "axb", False),
        ("TikTok Nusantara (SG)", "dimiliki TikTok Nusantara (SG).", True),
    ],
)
def test_a_phrase_stands_as_whole_words_in_any_case(phrase, text, stands):
    assert bool(phrases.first(text, [phrase])) == stands


def test_a_phrase_covers_the_mention_it_holds_and_no_other():
    text = "Ikuti kami di TikTok. TikTok Shop"
    first, second = text.index("TikTok"), text.rindex("TikTok")
    assert phrases.covers(text, "Ikuti kami di TikTok", first, first + 6)
    assert not phrases.covers(text, "Ikuti kami di TikTok", second, second + 6)


def test_all_that_a_text_says():
    assert phrases.is_all("  TikTok\n", "TikTok")
    assert not phrases.is_all("TikTok Shop", "TikTok")


@pytest.mark.parametrize(
    ("token", "fits"),
    [("@tiktok_id", "@*"), ("https://www.tiktok.com/@toko", "*tiktok.com/@*"), ("TikTok", None)],
)
def test_globs(token, fits):
    text = f"lihat {token} sekarang"
    start = text.lower().index("tiktok")
    assert phrases.token(text, start, start + 6) == token
    assert phrases.glob(token, ["@*", "*tiktok.com/@*"]) == fits


@given(st.text(alphabet="ab.*+(|…? ", min_size=1, max_size=12).filter(str.strip), st.text(max_size=40))
def test_no_phrase_breaks_the_search(phrase, text):
    phrases.first(text, [phrase])


@given(
    st.lists(st.text("abcxyz", min_size=1, max_size=6), min_size=1, max_size=4), st.text(" \n\t", min_size=1)
)
def test_a_phrase_is_found_with_any_white_space(words, blank):
    assert phrases.first(f"( {blank.join(words)} )", [" ".join(words)])
