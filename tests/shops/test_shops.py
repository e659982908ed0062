"""Every shop, every way: nothing is ordered, the payment page is reached, the statement is true."""

import pytest

from tests.shops import ways
from tests.shops.run import control
from tests.shops.shape import load, names
from tests.shops.table import walk_one

pytestmark = [pytest.mark.browser, pytest.mark.long]

# Chromium does not speculate as Playwright starts it; in a crawl it is switched off besides.
IDLE = {"prefetch-rules", "prerender"}


@pytest.mark.parametrize("name", ["zen-cart", "woocommerce"])
def test_without_a_guard_the_ways_do_order(name, tmp_path):
    """The table can fail: these shops take their order by GET too, so that each way is one."""
    found = control(load(name), tmp_path, ways.every())
    assert set(ways.every()) - set(found.ordered) <= IDLE, found.said


@pytest.mark.parametrize("name", names())
def test_no_way_orders(name, tmp_path):
    row = walk_one(load(name), tmp_path / name, ways.every())
    assert (row.orders, row.broken, row.untrue) == ({}, (), ())
    assert row.allowed == (0 if row.shape.known else 1)
