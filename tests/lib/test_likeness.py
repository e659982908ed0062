"""How alike two readings are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lib.likeness import letters_of, likeness


def test_letters_alone_are_compared():
    assert letters_of("Ikuti  kami, di: X_7!") == "ikutikamidix7"


@pytest.mark.parametrize(
    ("read", "meant", "alike"),
    [
        ("shop", "shop", 1),
        ("shc", "shop", 4 / 7),
        ("live", "shop", 0),
        ("", "shop", 0),
        ("abcd", "abdc", 6 / 8),
    ],
)
def test_letters_in_the_same_order_over_all(read, meant, alike):
    assert likeness(read, meant) == pytest.approx(alike)


def test_what_is_less_alike_than_asked_is_none_of_it():
    assert likeness("shc", "shop", at_least=0.6) == 0
    assert likeness("shc", "shop", at_least=0.5) > 0.5


@given(st.text(max_size=30), st.text(max_size=30))
def test_it_is_one_where_equal_and_the_same_both_ways(one, other):
    assert likeness(one, other) == likeness(other, one)
    assert (likeness(one, other) == 1) == (one == other)
