"""Text from a page is escaped, bounded, and shows what is invisible in it."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from crawler.report.visible import _pieces, plain, visible


class Reader(HTMLParser):
    """Reads what a browser would: tags, and the text between them."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data):
        self.text += data


def read(html):
    reader = Reader()
    reader.feed(str(html))
    reader.close()
    return reader


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ('"><img src=x onerror=alert(1)>', '"><img src=x onerror=alert(1)>'),
        ("pay\u202egnp.exe", "payU+202Egnp.exe"),
        ("Tik\u200bTok", "TikU+200BTok"),
        ("a\u2066b\u2069", "aU+2066bU+2069"),
        ("a\x00b\x1b[31m", "aU+0000bU+001B[31m"),
        ("judul\nkedua", "judul↵ kedua"),
        ("a\u2028b", "a↵ b"),
        ("\ue000", "U+E000"),
        ("مرحبا", "مرحبا"),
    ],
)
def test_what_a_reader_sees(text, shown):
    assert read(visible(text)).text == shown


def test_long_text_is_cut_and_says_by_how_much():
    shown = read(visible("x" * 5_000, 100)).text
    assert shown == "x" * 100 + "… +4900"


def test_stacked_marks_do_not_climb_over_the_page():
    shown = read(visible("a" + "\u0301" * 50)).text
    assert shown.count("\u0301") == 4
    assert shown.count("U+0301") == 46


@given(st.text())
def test_nothing_but_own_tags_and_nothing_hidden(text):
    reader = read(visible(text))
    assert {tag for tag, _ in reader.tags} <= {"bdi", "span"}
    assert {name for _, names in reader.tags for name in names} <= {"class", "title"}
    hidden = [
        char for char in reader.text if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
    ]
    assert hidden == []


@given(st.text())
def test_plain_is_one_line_without_hidden_characters(text):
    line = plain(text)
    assert len(line.splitlines()) <= 1
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp") for char in line)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_is_only_escaped_which_is_what_looking_at_each_sign_gives(text):
    assert Markup("<bdi>{}</bdi>").format(Markup().join(_pieces(text))) == visible(text, len(text))
