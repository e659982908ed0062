"""HTML as it is told: elements, texts and their order, however damaged the source is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lib.html_events import read_html


class Told:
    def __init__(self):
        self.events = []

    def on_start(self, tag, attributes):
        self.events.append(("start", tag, dict(attributes)))

    def on_end(self, tag):
        self.events.append(("end", tag))

    def on_text(self, text):
        self.events.append(("text", text))


def told(source):
    reader = Told()
    read_html(source, reader)
    return [event for event in reader.events if event[1] not in ("html", "head", "body")]


def test_elements_with_their_attributes_and_texts_in_order():
    assert told('<P Class="a&amp;b">x<br>y</p>') == [
        ("start", "p", {"class": "a&b"}), ("text", "x"), ("start", "br", {}), ("end", "br"), ("text", "y"),
        ("end", "p"),
    ]  # fmt: skip


def test_what_is_not_closed_ends():
    assert told("<template><b>x") == [
        ("start", "template", {}), ("start", "b", {}), ("text", "x"), ("end", "b"), ("end", "template"),
    ]  # fmt: skip


def test_the_first_of_two_attributes_counts_as_in_a_browser():
    assert told('<i id="a" id="b"></i>')[0] == ("start", "i", {"id": "a"})


@pytest.mark.parametrize("tag", ["script", "style"])
def test_a_source_within_is_one_text_and_no_elements(tag):
    assert told(f"<{tag}>'<b>' &amp;</{tag}>")[1] == ("text", "'<b>' &amp;")


def test_comments_are_not_told():
    assert told("<!-- <b>x</b> --><i></i>") == [("start", "i", {}), ("end", "i")]


@given(st.text(), st.text(alphabet="<>/!-abp =\"'&;\x00\ud800"))
def test_any_text_is_read_and_every_element_ends(one, other):
    reader = Told()
    read_html(one + other, reader)
    started = [event[1] for event in reader.events if event[0] == "start"]
    ended = [event[1] for event in reader.events if event[0] == "end"]
    assert sorted(started) == sorted(ended)
