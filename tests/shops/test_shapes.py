"""The shops against the guard's rules alone: what advances, what orders, what one line opens."""

import json
from dataclasses import replace

import pytest

from crawler.browse.guard.advances import advance
from crawler.browse.guard.call import Call, without_ids
from crawler.browse.guard.gate import Gate, named
from crawler.browse.guard.orders import judge
from crawler.lib import words
from crawler.model.scenario import Stage
from tests.shops import ways
from tests.shops.server import Shop, hop_target
from tests.shops.shape import load, names

KNOWN, OUT = names(known=True), names(known=False)
KINDS = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


def call(shape, sent, method=""):
    return Call(
        method or sent.method,
        f"https://{shape.host}{sent.target}",
        "XHR",
        KINDS[sent.kind],
        sent.body.encode(),
    )


def test_there_are_enough_of_each():
    assert len({load(name).system for name in KNOWN}) >= 12
    assert len(OUT) == 4
    assert len(ways.every()) == len(set(ways.every())) >= 15


@pytest.mark.parametrize("name", KNOWN)
def test_every_step_of_a_known_shop_advances(name):
    shape = load(name)
    gate = Gate()
    gate.enter(Stage.CHECKOUT)
    held = [step.label for step in shape.steps if not gate.decide(call(shape, step.sent)).leaves]
    assert held == []


@pytest.mark.parametrize("name", KNOWN)
def test_the_order_of_a_known_shop_is_one_by_its_rule_from_the_start_and_no_advance(name):
    shape = load(name)
    for method in shape.order.methods:
        if method != "GET":
            assert judge(call(shape, shape.order.sent, method), "product").rule
        assert not advance(call(shape, shape.order.sent, method))


@pytest.mark.parametrize("name", KNOWN)
def test_a_redirect_to_the_order_leaves_only_where_the_shop_takes_what_it_carries_for_a_step(name, tmp_path):
    shape = load(name)
    shop, step = Shop(shape, tmp_path / "orders.db"), shape.steps[0].sent
    gate = Gate()
    gate.enter(Stage.PAYMENT)
    target = hop_target(shape)
    leaves = gate.decide(call(shape, replace(step, target=target))).leaves
    assert leaves is not shop.take(step.method, target, step.body)


@pytest.mark.parametrize("name", OUT)
def test_one_line_opens_a_shop_that_is_not_known_and_not_its_order(name):
    shape = load(name)
    gate = Gate()
    gate.enter(Stage.CART)
    (held,) = [
        asked for asked in (call(shape, step.sent) for step in shape.steps) if not gate.decide(asked).leaves
    ]
    gate.allow(
        named(held.effective, held.host, without_ids(held.parts.path), held.operation, "only fills the cart")
    )
    assert all(gate.decide(call(shape, step.sent)).leaves for step in shape.steps)
    assert not gate.decide(call(shape, shape.order.sent)).leaves


@pytest.mark.parametrize("name", OUT)
def test_a_shop_that_is_not_known_stays_out_of_the_data(name):
    """Labels of buttons are no requests: "tuntaskan" may well commit."""
    rows = {"advances": words.load("advances")["advance"], "guard": words.load("guard")["requests"]}
    for table, said in rows.items():
        text = json.dumps(said, default=str)
        strange = [word for word in ("wadah", "genggaman", "tuntas", "toko.aspx") if word in text]
        assert strange == [], (name, table)
