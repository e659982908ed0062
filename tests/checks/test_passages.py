"""Passages: sentences put together from where their words lie."""

from __future__ import annotations

from crawler.checks import passages
from crawler.checks.statements import BREAK
from crawler.model.evidence import TextRecord
from tests.bundles import text_node


def a_record(*words, frame=0):
    """Return a page of words, each a block of its own: (text, x, y, width)."""
    nodes = tuple(
        text_node(text, block=number, frame=frame, boxes=((x, y, width, 20.0),))
        for number, (text, x, y, width) in enumerate(words)
    )
    return TextRecord(frames=("https://a.test/", "https://b.test/"), nodes=nodes, media=())


def said(record):
    return [run.text for run in passages.lines(record)]


def test_items_of_a_row_are_one_line():
    row = a_record(
        ("Disediakan", 0.0, 0.0, 90.0), ("oleh", 96.0, 0.0, 40.0), ("PT Tokopedia", 140.0, 2.0, 110.0)
    )
    assert said(row) == ["Disediakan oleh PT Tokopedia"]


def test_a_row_is_read_as_it_lies_and_not_as_it_stands_in_the_source():
    row = a_record(
        ("PT Tokopedia", 140.0, 0.0, 110.0), ("oleh", 96.0, 0.0, 40.0), ("Disediakan", 0.0, 0.0, 90.0)
    )
    assert said(row) == ["Disediakan oleh PT Tokopedia"]


def test_what_lies_far_apart_stays_apart():
    row = a_record(("Beranda", 0.0, 0.0, 70.0), ("Masuk", 300.0, 0.0, 60.0), ("Kaki", 0.0, 200.0, 60.0))
    assert sorted(said(row)) == ["Beranda", "Kaki", "Masuk"]


def test_lines_below_each_other_are_a_paragraph():
    stack = a_record(("Disediakan oleh", 0.0, 0.0, 130.0), ("PT Tokopedia", 0.0, 24.0, 110.0))
    assert [run.text for run in passages.paragraphs(stack)] == ["Disediakan oleh PT Tokopedia"]
    assert sorted(said(stack)) == ["Disediakan oleh", "PT Tokopedia"]


def test_words_of_two_columns_are_no_paragraph():
    columns = a_record(("Disediakan oleh", 0.0, 0.0, 130.0), ("PT Tokopedia", 400.0, 24.0, 110.0))
    assert passages.paragraphs(columns) == ()


def test_what_is_hidden_or_too_small_is_not_read():
    nodes = (
        text_node("Diproses oleh Tokopedia", visible=False, block=1),
        text_node("oleh Tokopedia", block=2, boxes=((0.0, 0.0, 9.0, 1.5),)),
        text_node("alt", channel="alt", block=3),
    )
    record = TextRecord(frames=("https://a.test/",), nodes=nodes, media=())
    assert passages.lines(record) == ()
    assert len(passages.unseen(record)) == 3


def test_a_break_of_an_element_is_told_from_a_blank():
    (run,) = passages.visible(
        TextRecord(
            frames=("https://a.test/",),
            nodes=(text_node("tidak\n"), text_node("\n"), text_node("oleh")),
            media=(),
        )
    )
    assert passages.spoken(run) == f"tidak\n{BREAK}oleh"


def test_a_page_of_many_words_is_read():
    many = a_record(*((f"kata{at}", 50.0 * (at % 20), 24.0 * (at // 20), 44.0) for at in range(3_000)))
    assert "kata0" in "".join(said(many))
