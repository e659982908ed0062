"""Text of a page as it can be stored, and what a `noscript` says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.collect.plain import noscript, storable


@given(st.text(alphabet=st.characters()) | st.text(alphabet="a\ud800\udfff"), st.integers(0, 20))
def test_any_text_can_be_written_and_is_no_longer_than_asked(text, limit):
    cut = storable(text, limit)
    cut.encode()
    assert len(cut) == min(len(text), limit)


def test_a_lone_surrogate_is_marked_and_all_else_stays():
    assert storable("a\ud800b") == "a\ufffdb"
    assert storable("héllo") == "héllo"


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>Aktifkan  JavaScript</p>", "Aktifkan JavaScript"),
        ("<img alt='TikTok Shop' src=x><img title=Toko>", "TikTok Shop Toko"),
        ("<style>p{}</style><script>tiktok()</script>x", "x"),
        ("Tik<b>Tok</b>", "TikTok"),
        ("<script>never ends", ""),
        ("", ""),
    ],
)
def test_words_and_alternative_texts_and_no_programs(html, said):
    assert noscript(html) == said
