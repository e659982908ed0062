"""The text of pages, and what of it is missing."""

from crawler.checks.inputs.texts import page_texts
from tests.bundles import a_visit


def test_each_page_has_its_text(reading):
    read = reading(a_visit("cart", text=["Keranjang"]))
    pages, unread = page_texts(read, read.run.visits[0])
    assert "Keranjang" in [node.text for node in pages[0].record.nodes]
    assert unread == ()


def test_frames_that_kept_silent_are_told(reading, told):
    read = reading(a_visit("cart", unread=["https://f.test/"]))
    seen = page_texts(read, read.run.visits[0])
    assert len(seen.value) == 1
    assert told(seen.unread) == [(1, "gap.frame-unread")]


def test_a_page_without_text_is_told(reading, told):
    read = reading(a_visit("cart", without=["text"]))
    seen = page_texts(read, read.run.visits[0])
    assert (seen.value, told(seen.unread)) == ((), [(1, "gap.artifact-missing")])
