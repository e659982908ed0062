"""What a bound keeps, and that what it leaves out is told."""

from hypothesis import given
from hypothesis import strategies as st

from crawler.lib.kept import Keeping, Kept, keep_first


def items(kept: Kept) -> tuple[tuple, list[int]]:
    told: list[int] = []
    return kept.items(told.append), told


@given(st.lists(st.integers()), st.integers(0, 20))
def test_kept_and_left_out_make_the_whole(given_items, limit):
    kept, told = items(keep_first(given_items, limit))
    assert list(kept) == given_items[:limit]
    assert sum(told) == len(given_items) - len(kept)


def test_where_nothing_was_left_out_nobody_is_told():
    assert items(keep_first("abc", 3)) == (("a", "b", "c"), [])


@given(st.lists(st.integers()), st.integers(0, 10), st.integers(0, 30))
def test_what_came_one_by_one_is_told_from_any_moment_on(given_items, limit, came):
    came = min(came, len(given_items))
    keeping = Keeping(limit)
    for item in given_items:
        keeping.add(item)
    kept, told = items(keeping.since(came))
    assert len(keeping) == len(given_items)
    assert list(kept) == given_items[:limit][came:]
    assert sum(told) == max(0, len(given_items) - max(limit, came))
