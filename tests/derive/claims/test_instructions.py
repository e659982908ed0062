"""Texts that tell a person how to pay, told from texts that only speak of paying."""

import pytest

from crawler.derive.claims.instructions import _instruction_in, _kinds
from crawler.derive.claims.payments import claims
from crawler.derive.operators.operator import Operators
from tests.bundles import a_visit, make_bundle


def told(tmp_path, *text, stage="payment"):
    bundle = make_bundle(tmp_path, [a_visit(stage, url="https://kasir.test/bayar", text=list(text))])
    return [each for each in claims(bundle, Operators.on()) if each.via == "text"]


def test_a_number_to_pay_to_is_a_claim_of_the_page_that_says_it(tmp_path):
    (found,) = told(tmp_path, "Nomor Virtual Account: 8077 7081 2345 6789")
    assert (found.claim, found.host, found.contacted) == ("payment", "kasir.test", False)


@pytest.mark.parametrize(
    "text", ["Kami menerima virtual account", "Pesanan 8077708123456789", "Total Rp120.000", ""]
)
def test_other_numbers_and_words_are_none(tmp_path, text):
    assert told(tmp_path, text) == []


def test_elsewhere_than_at_payment_nothing_is_told(tmp_path):
    assert told(tmp_path, "Nomor Virtual Account: 8077 7081 2345 6789", stage="product") == []


def test_a_page_of_such_words_is_given_up_in_bounded_time():
    text = "virtual account " * 20_000
    assert [_instruction_in(kind, text) for kind in _kinds() if kind.number is not None] == [
        None for kind in _kinds() if kind.number is not None
    ]
