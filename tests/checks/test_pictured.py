"""Sentences in the pictures of a page: held also where OCR left some letters in doubt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.checks.pictured import holds_any_sentence

NOTICE = "Layanan Pengaduan Konsumen Kementerian Perdagangan"


@pytest.mark.parametrize(
    "text",
    [
        NOTICE,
        f"Hubungi {NOTICE} di sini",
        "Layanan Pengaduan Konsurnen Kementerian Perdagangan",
        "LayananPengaduan Konsumen Kementerlan Perdagangan",
        NOTICE.upper(),
    ],
)
def test_a_poor_reading_holds_it(text):
    assert holds_any_sentence(text, [NOTICE])


@pytest.mark.parametrize(
    "text", ["", "Layanan Konsumen", "Layanan Pengiriman Kementerian", "Pengaduan", "x " * 50]
)
def test_other_words_do_not(text):
    assert not holds_any_sentence(text, [NOTICE])


def test_a_place_for_a_name_in_a_sentence_may_hold_little():
    assert holds_any_sentence("Hubungi kami di 021", ["Hubungi kami di …"])


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=20), max_size=3))
def test_any_text_is_read(text, sentences):
    holds_any_sentence(text, sentences)
