"""Whatever a text holds, it is one line that steers nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lib.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Toko Ibu & kafé 日本 🛒", "Toko Ibu & kafé 日本 🛒"),
        ("\x1b[31mEVIL", "⟨U+001B⟩[31mEVIL"),
        ("\x1b]0;title\x07", "⟨U+001B⟩]0;title⟨U+0007⟩"),
        ("\x9b2J", "⟨U+009B⟩2J"),
        ("a\u202eb\u2066c", "a⟨U+202E⟩b⟨U+2066⟩c"),
        ("one\nOK: sealed", "one⟨U+000A⟩OK: sealed"),
        ("\u2028", "⟨U+2028⟩"),
        ("\udcff", "⟨U+DCFF⟩"),
    ],
)
def test_what_is_not_seen_is_marked(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_hidden_is_left(text: str) -> None:
    left = {unicodedata.category(char) for char in printable(text)}
    assert left & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} == set()


def test_a_thing_that_is_no_text_is_shown_as_its_text() -> None:
    assert printable(ValueError("a\tb")) == "a⟨U+0009⟩b"
