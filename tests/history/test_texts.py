"""Blocks of visible text that are there in one run only."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.history.texts import MAX_BLOCKS, text_change
from crawler.model.evidence import TextRecord
from tests.bundles import text_node


def record(*blocks, **facts):
    nodes = tuple(text_node(text, block=number, **facts) for number, text in enumerate(blocks))
    return TextRecord(frames=("https://www.tokopedia.com/",), nodes=nodes, media=())


def test_the_same_text_is_no_change():
    assert text_change(record("a", "b"), record("a", "b")) is None


def test_a_list_in_another_order_is_no_change():
    assert text_change(record("a", "b", "c"), record("c", "a", "b")) is None


def test_amounts_and_clocks_that_moved_are_no_change():
    before = record("Kopi Rp45.000", "Berakhir dalam 02:13:55", "Terjual 1,2rb")
    after = record("Kopi Rp47.500", "Berakhir dalam 01:00:02", "Terjual 1,3rb")
    assert text_change(before, after) is None


def test_what_came_and_what_went():
    change = text_change(record("TikTok Shop", "Kopi"), record("Shop | Tokopedia", "Kopi"))
    assert change is not None
    assert (change.removed, change.added, change.same) == (("TikTok Shop",), ("Shop | Tokopedia",), 1)


def test_one_of_two_that_are_alike_is_a_change():
    change = text_change(record("TikTok", "TikTok"), record("TikTok"))
    assert change is not None
    assert change.removed == ("TikTok",)


def test_hidden_text_is_not_compared():
    assert text_change(record("a", visible=False), record("b", visible=False)) is None


def test_parts_of_one_block_are_one_text():
    split = TextRecord(frames=("https://a.test/",), nodes=(text_node("Tik"), text_node("Tok")), media=())
    assert text_change(split, record("TikTok")) is None


def test_what_is_not_listed_is_counted():
    blocks = [f"barang {chr(97 + number % 26)}{'x' * number}" for number in range(MAX_BLOCKS + 7)]
    change = text_change(record(), record(*blocks))
    assert change is not None
    assert (len(change.added), change.left_out) == (MAX_BLOCKS, 7)


@given(st.lists(st.text(max_size=20), max_size=20), st.lists(st.text(max_size=20), max_size=20))
def test_a_comparison_is_its_own_mirror(before, after):
    there, back = text_change(record(*before), record(*after)), text_change(record(*after), record(*before))
    assert (there is None) == (back is None)
    if there and back:
        assert (there.removed, there.added, there.same) == (back.added, back.removed, back.same)
