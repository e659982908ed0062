"""A worse reading never weighs more than a better one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.checks import misread
from crawler.model.policy import load_brands, pack_in_force

ON = date(2026, 7, 1)
BRANDS = load_brands()
NAMES = [*BRANDS.names("social-commerce", "in-question", ON), *BRANDS.names("social-commerce", "current", ON)]
INVITATIONS = [
    phrase
    for allowance in pack_in_force(ON).allowed
    if allowance.reason in ("follow-link", "share-link") and not allowance.channels
    for phrase in allowance.phrases
]


def at(text):
    start = text.index("TikTok")
    return text, start, start + 6, "TikTok"


@pytest.mark.parametrize(
    "text", ["TikTok Shc", "TikTok S", "TikTok 5h0p", "Beli di TikTok Snop", "TikTok Sho by"]
)
def test_a_poor_reading_of_a_name_in_question(text):
    assert misread.may_name(*at(text), NAMES)


@pytest.mark.parametrize(
    "text", ["TikTok", "TikTok Live", "TikTok Mall", "Beli di TikTok", "Toko TikTok", "TikTok Promo"]
)
def test_other_words_beside_the_brand(text):
    assert misread.may_name(*at(text), NAMES) is None
    assert misread.may_invite(*at(text), INVITATIONS) is None


@pytest.mark.parametrize("text", ["lkuti kani di TikTok", "Ikutl kami dl TikTok", "Foiiow us cn TikTok"])
def test_a_poor_reading_of_an_invitation(text):
    assert misread.may_invite(*at(text), INVITATIONS)


@st.composite
def misreadings(draw, words):
    """Return words with one or two letters lost or read as others."""
    said = draw(st.sampled_from(words))
    for _ in range(draw(st.integers(0, 2 if len(said) > 6 else 1))):
        place = draw(st.integers(0, len(said) - 1))
        said = said[:place] + draw(st.sampled_from(["", "c", "n", "1", "o", "e"])) + said[place + 1 :]
    return said


@given(misreadings(["Shop"]), st.sampled_from(["", "Beli di ", "Promo "]))
def test_no_misreading_of_the_shop_is_taken_for_another_word(rest, before):
    assert misread.may_name(*at(f"{before}TikTok {rest}"), NAMES)


@given(misreadings(["Ikuti kami di", "Follow us on", "Temukan kami di"]))
def test_no_misreading_of_an_invitation_is_taken_for_a_label(before):
    assert misread.may_invite(*at(f"{before} TikTok"), INVITATIONS)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_words_around_are_compared(before, behind):
    text = f"{before} TikTok {behind}"
    place = (text, len(before) + 1, len(before) + 7, "TikTok")
    misread.may_name(*place, NAMES)
    misread.may_invite(*place, INVITATIONS)
    misread.name_read(*place, NAMES)
