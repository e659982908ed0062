"""At which visit something is judged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.derive.network.places import place
from crawler.model.evidence import Visit
from crawler.model.scenario import Stage


def visits(*ordinals):
    return [Visit(ordinal=ordinal, kind=Stage.CART, reached=True) for ordinal in ordinals]


@pytest.mark.parametrize(("recorded", "judged"), [(-3, 2), (0, 2), (2, 2), (3, 5), (5, 5), (6, 5), (99, 5)])
def test_the_visit_itself_the_nearest_later_one_or_the_last(recorded, judged):
    assert place(visits(5, 2), recorded).ordinal == judged


def test_without_visits():
    assert place((), 1) is None


@given(st.sets(st.integers(), min_size=1), st.integers())
def test_nothing_is_left_out(ordinals, recorded):
    assert place(visits(*ordinals), recorded) is not None
