"""Datagrams get the name that was looked up for them, and no other."""

import pytest

from crawler.derive.network.links import LATE_MS, SOON_MS, Datagrams, LookUp, Naming
from crawler.model.evidence import Address


def sent(time_ms, ip="192.0.2.1", port=443):
    return Datagrams(time_ms, Address(ip=ip, port=port))


def name(naming, datagrams):
    found = naming.name_for(datagrams)
    return found and found.origin


def test_the_look_up_that_gave_the_address_is_it():
    look_ups = [LookUp("other.test", "", 100), LookUp("a.test", "", 100)]
    naming = Naming(look_ups, {"a.test": ("192.0.2.1",), "other.test": ("192.0.2.9",)})
    assert name(naming, sent(200)) == "udp://a.test:443"


def test_a_look_up_whose_answer_is_not_known_may_be_it():
    assert name(Naming([LookUp("a.test", "", 100)], {}), sent(200)) == "udp://a.test:443"


@pytest.mark.parametrize("time_ms", [100 - LATE_MS - 1, 100 + SOON_MS + 1])
def test_one_before_or_long_after_is_not(time_ms):
    assert name(Naming([LookUp("a.test", "", 100)], {}), sent(time_ms)) is None


def test_a_look_up_names_one_address_and_that_keeps_its_name():
    naming = Naming([LookUp("a.test", "", 100)], {})
    assert name(naming, sent(150)) == "udp://a.test:443"
    assert name(naming, sent(50_000)) == "udp://a.test:443"
    assert name(naming, sent(160, ip="192.0.2.2")) is None
