"""A series over nights: what is open of it."""

import pytest

from crawler.model.trend import Series


def series(*states):
    return Series.model_construct(findings=tuple(type("Finding", (), {"state": state})() for state in states))


@pytest.mark.parametrize(
    ("states", "is_open"),
    [(("open",), 1), (("not-looked",), 1), (("remedied",), 0), (("excused",), 0), (("open", "remedied"), 1)],
)
def test_what_was_not_looked_at_again_stays_open(states, is_open):
    assert len(series(*states).open) == is_open
