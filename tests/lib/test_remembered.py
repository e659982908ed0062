"""Results that live as long as what they follow from."""

import gc

import pytest

from crawler.lib.remembered import SHORT_CHARS, per_object, per_short_text


class Page:
    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        return True

    __hash__ = object.__hash__


def test_an_object_is_worked_on_once_and_its_equal_apart():
    asked = []

    @per_object
    def shouted(page):
        asked.append(page.text)
        return page.text.upper()

    one, other = Page("a"), Page("b")

    assert [shouted(one), shouted(other), shouted(one)] == ["A", "B", "A"]
    assert asked == ["a", "b"]


def test_nothing_is_kept_of_an_object_that_is_gone():
    asked = []

    @per_object
    def length(page):
        asked.append(page.text)
        return len(page.text)

    for number in range(50):
        assert length(Page("x" * number)) == number
        gc.collect()

    assert len(asked) == 50
    (cell,) = [cell for cell in length.__closure__ if isinstance(cell.cell_contents, dict)]
    assert cell.cell_contents == {}


def test_an_error_is_raised_each_time():
    @per_object
    def broken(page):
        raise ValueError(page.text)

    page = Page("torn")
    for _ in range(2):
        with pytest.raises(ValueError, match="torn"):
            broken(page)


def test_a_short_text_is_worked_on_once_and_a_long_one_each_time():
    asked = []

    @per_short_text
    def named(text, names):
        asked.append((text, names))
        return text in names

    long = "x" * (SHORT_CHARS + 1)
    assert [named("a", ("a",)), named("a", ("a",)), named("a", ("b",))] == [True, True, False]
    assert asked == [("a", ("a",)), ("a", ("b",))]
    assert [named(long, ()), named(long, ())] == [False, False]
    assert len(asked) == 4
