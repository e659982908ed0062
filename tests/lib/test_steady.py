"""Text as it stays from night to night."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.lib.steady import normal


@given(st.text())
def test_what_is_normal_stays_so(text):
    assert normal(normal(text)) == normal(text)


def test_numbers_and_case_do_not_count():
    assert normal("Invoice 3808 TikTok\n Shop") == normal("INVOICE 12 TIKTOK SHOP")
