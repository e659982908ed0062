"""Hosts and ways of payment that came or went; what changes from order to order is no change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.history.network import hand_over_move, host_moves, path_template, payment_moves
from tests.bundles import a_request, a_visit

PAGE = "https://www.tokopedia.com/pay"


def paid(run, *urls, **facts):
    requests = [a_request(url, method="POST", type="fetch", frame=PAGE, body='{"cardNumber": "4"}',
                          content_type="application/json") for url in urls]  # fmt: skip
    return run([a_visit("payment", url=PAGE, text=["Metode pembayaran"])], requests, **facts)


def test_a_host_that_came_and_one_that_went(run):
    old = paid(run, "https://pay.tokopedia.com/v2/payment")
    new = paid(run, "https://cashier-my4a.pipopay.com/v2/payment")
    moves = {move.host: move for move in host_moves(old, new)}
    assert moves["pay.tokopedia.com"].move == "went"
    assert moves["cashier-my4a.pipopay.com"].move == "came"
    assert moves["cashier-my4a.pipopay.com"].new_operator == "tiktok_bytedance"
    assert moves["cashier-my4a.pipopay.com"].old_operator is None
    assert not host_moves(old, old)


def test_a_host_that_was_not_contacted_did_not_come(run):
    old = run([a_visit("payment")])
    new = run([a_visit("payment")], [a_request("https://pay.tokopedia.com/x", contacted=False)])
    assert not host_moves(old, new)


def test_ways_of_payment_by_host_and_path(run):
    old = paid(run, "https://pay.tokopedia.com/v2/payment/1001")
    new = paid(run, "https://pay.tokopedia.com/v2/payment/2002", "https://pay.asing.test/charge")
    (move,) = payment_moves(old, new)
    assert (move.move, move.host, move.path) == ("came", "pay.asing.test", "/charge")


def test_the_hand_over_point(run):
    page = a_visit("cart", url="https://www.tokopedia.com/cart", text=["Keranjang"])
    own = a_request("https://www.tokopedia.com/cart", type="document")
    there = a_request("https://oec-api.tiktokv.com/cart", frame="https://www.tokopedia.com/cart")
    old, new = run([page], [own]), run([page], [own, there])
    move = hand_over_move(old, new)
    assert move is not None
    assert move.old is None
    assert move.new is not None
    assert move.new.host == "oec-api.tiktokv.com"
    assert hand_over_move(new, new) is None


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://a.test/v2/payment/98213", "/v2/payment/*"),
        ("https://a.test/order/0d8f3a5c1b2e/pay", "/order/*/pay"),
        ("https://a.test/order/h:0123456789abcdef", "/order/*"),
        ("https://a.test/pay/INV20231210MPL38", "/pay/*"),
        ("https://a.test/checkout/payment-methods", "/checkout/payment-methods"),
        ("https://a.test/v2/payment?x=1", "/v2/payment"),
        ("https://[bad", ""),
    ],
)
def test_path_templates(url, path):
    assert path_template(url) == path


@given(st.text(max_size=200))
def test_any_text_has_a_path_template(text):
    assert isinstance(path_template(text), str)
