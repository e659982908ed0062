"""Known values are found wherever they stand, in every way they are written, in linear time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lib.learned import MAX_CHARS, MAX_SHAPES, Learned, spellings


def learned(*values):
    known = Learned()
    for value in values:
        known.add(value, f"<{len(value)}>")
    return known


@pytest.mark.parametrize(
    "written",
    ["ab-12/x y", "ab-12%2Fx%20y", "ab-12%2Fx+y", r"ab-12\/x y"],
)
def test_a_value_is_found_however_it_is_written(written):
    assert learned("ab-12/x y").replace(f"before {written} after") == "before <9> after"


@pytest.mark.parametrize("text", ["id%3Dabc123def", r"\nabc123def", r"\u003dabc123def"])
def test_an_escape_before_it_hides_nothing(text):
    assert learned("abc123def").replace(text).endswith("<9>")


def test_a_part_of_a_longer_run_is_not_it():
    assert learned("abc123").replace("xabc123 abc1234") == "xabc123 abc1234"


def test_the_longest_of_those_that_begin_together_is_taken():
    assert learned("user.1", "user.12").replace("user.12 user.1") == "<7> <6>"


def test_what_cannot_be_taken_in_is_said():
    known = learned("one1")
    known.add("two2", "<>", limit=1)
    assert known.full
    known = Learned()
    known.add("x" * (MAX_CHARS + 1), "<>")
    assert known.full
    assert len(known) == 0


def test_too_many_values_of_one_run_are_said():
    known = learned(*(f"{'.' * number}run1234" for number in range(MAX_SHAPES + 1)))
    assert known.full


def test_a_value_that_stands_alone():
    assert learned("a").get("a") == "<1>"
    assert learned("a").get("b") is None


def test_many_values_cost_no_more_than_one():
    known = learned(*(f"value{number:06}" for number in range(20_000)))
    text = "other0 " * 50_000 + "value000007"
    began = time.process_time()
    assert known.replace(text).endswith("<11>")
    assert time.process_time() - began < 5


@given(st.text(min_size=1, max_size=20), st.text(max_size=50))
def test_any_value_and_text(value, text):
    known = learned(value)
    known.replace(text)
    assert value in spellings(value)
