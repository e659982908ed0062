"""Marks of payment on one request or form; and what only looks like them."""

import pytest

from crawler.derive.claims import signals
from crawler.derive.network.request_parts import take_apart
from crawler.derive.operators.operator import Operators
from crawler.model.evidence import FormField, FormRecord

TODAY = Operators.on()


def operator(host):
    return TODAY.operator_of(host)


def test_fields_of_a_card_are_strong_however_they_are_written():
    for name in ("card_number", "cardNumber", "card[number]"):
        assert ("card-field", "cardnumber") in signals.strong(take_apart("https://a.test/", [name]))


def test_the_headers_of_snap_are_strong_together_only():
    every = ["X-SIGNATURE", "X-TIMESTAMP", "X-PARTNER-ID", "X-EXTERNAL-ID", "CHANNEL-ID"]
    assert signals.strong(take_apart("https://a.test/", headers=every))
    assert not signals.strong(take_apart("https://a.test/", headers=every[:1]))


def test_a_known_gateway_by_host_and_path():
    found = signals.strong(take_apart("https://app.midtrans.com/snap/v1/transactions"))
    assert {mark for mark, _ in found} & {"gateway", "snap-path"}


@pytest.mark.parametrize(("kind", "why"), [("image", "type image"), ("ping", "type ping"), ("xhr", "")])
def test_pictures_and_beacons_are_something_else(kind, why):
    assert signals.trapped(take_apart("https://a.test/pay"), operator("a.test"), kind) == why


def test_two_words_of_an_order_make_one():
    assert signals.creates_order(take_apart("https://a.test/api/create-order"))
    assert not signals.creates_order(take_apart("https://a.test/api/order"))


def field(name, **facts):
    return FormField(name=name, **{"type": "text"} | facts)


class TestForms:
    @staticmethod
    def of(*fields):
        record = FormRecord(frame=0, action="https://a.test/", method="post", fields=tuple(fields))
        return {mark for mark, _ in signals.card_form(record)}

    def test_a_card_by_autocomplete_or_name(self):
        assert self.of(field(name="x", type="text", autocomplete="cc-number")) == {"form-card-field"}
        assert self.of(field(name="card_number", type="text")) == {"form-card-field"}

    def test_a_card_by_two_labels_and_not_by_one(self):
        number = field(name="number", type="text", label="Nomor kartu kredit")
        code = field(name="code", type="text", label="CVV")
        assert self.of(number, code) == {"form-card-field"}
        assert self.of(code) == set()

    def test_a_form_of_names_and_addresses_is_none(self):
        assert self.of(field(name="email", type="email"), field(name="alamat", type="text")) == set()


@pytest.mark.parametrize("label", ["Bayar sekarang", "Pay Rp120.000", " BAYAR > "])
def test_labels_that_lead_to_payment(label):
    assert signals.is_control(label)


@pytest.mark.parametrize("label", ["", "Cara bayar", "Payments team", "Bayar " + "x" * 300])
def test_labels_that_do_not(label):
    assert not signals.is_control(label)


def test_a_link_that_calls_or_writes_takes_no_payment():
    assert signals.is_contact(take_apart("mailto:ani@a.test"))
    assert signals.is_contact(take_apart("tel:+62211234"))
    assert not signals.is_contact(take_apart("gojek://gopay/merchanttransfer"))
