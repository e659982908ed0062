"""The collector looks less often meanwhile, and as before afterwards."""

import gc

import pytest

from crawler.lib.collector import SELDOM, seldom_collected


def test_the_collector_is_as_before_afterwards_after_an_error_too():
    usual = gc.get_threshold()
    with seldom_collected():
        assert gc.get_threshold() == (SELDOM, *usual[1:])
        assert gc.isenabled()
    assert gc.get_threshold() == usual

    @seldom_collected()
    def broken():
        raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        broken()
    assert gc.get_threshold() == usual


def test_one_inside_another_leaves_the_outer_ones_threshold():
    with seldom_collected():
        with seldom_collected():
            pass
        assert gc.get_threshold()[0] == SELDOM
