"""The guard on shops with the requests of real systems: a part of the table of `python -m tests.shops`."""

import pytest

from tests.shops import ways
from tests.shops.run import control
from tests.shops.shape import load
from tests.shops.table import walk_one

# Of ways that go one road through the browser, one: the whole is in tests/shops.
TRIED = (
    "button", "button-renamed", "onclick-div", "enter", "get-link", "link-ping", "fetch", "xhr",
    "beacon-pagehide", "worker-blob",
    "shared-worker", "service-worker", "frame-blank", "popup", "websocket", "websocket-worker",
    "redirect-307", "prerender", "delayed", *ways.EXPRESS, *ways.BESIDE,
)  # fmt: skip


def test_without_a_guard_these_ways_do_order(tmp_path):
    found = control(load("zen-cart"), tmp_path, TRIED)
    assert set(TRIED) - set(found.ordered) <= {"prerender"}, found.said


@pytest.mark.parametrize("name", ["zen-cart", pytest.param("evershop", marks=pytest.mark.long)])
def test_no_way_orders_and_the_payment_page_is_reached(name, tmp_path):
    row = walk_one(load(name), tmp_path / name, TRIED)
    assert (row.orders, row.broken, row.untrue) == ({}, (), ())
    assert row.allowed == (0 if row.shape.known else 1)
