"""The names behind hosts, asked of a real DNS server on loopback."""

import dns.resolver
import pytest

from crawler.collect.run import names
from crawler.collect.run.names import look_up
from tests.witness.server import Log, Names

ALIASES = {"pay.test": "pay.test.edgekey.net", "pay.test.edgekey.net": "e1.akamaiedge.net"}


@pytest.fixture
def resolver():
    log = Log()
    server = Names(log, lambda name: name != "nowhere.test", ALIASES, {}, 0)
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.port
    resolver.log = log
    yield resolver
    server.close()


def test_the_whole_chain_of_names_is_kept(resolver):
    (record,) = look_up(["pay.test"], resolver)
    assert record.aliases == ("pay.test.edgekey.net", "e1.akamaiedge.net")
    assert (record.addresses, record.error) == (("127.0.0.1",), "")


def test_a_name_without_others_behind_it_has_none(resolver):
    assert [record.aliases for record in look_up(["plain.test"], resolver)] == [()]


def test_a_name_that_is_not_there_is_an_error_and_no_empty_answer(resolver):
    assert [record.error for record in look_up(["nowhere.test"], resolver)] == ["NXDOMAIN"]


def test_each_host_is_asked_for_once_and_addresses_never(resolver):
    found = look_up(["a.test", "127.0.0.1", "a.test", "::1", "localhost", "b.test"], resolver)
    assert [record.host for record in found] == ["a.test", "b.test"]
    assert resolver.log.hosts("dns") == {"a.test", "b.test"}


def test_a_server_that_does_not_answer_costs_a_bounded_time(monkeypatch):
    monkeypatch.setattr(names, "EACH_S", 0.3)
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], 9
    assert {record.error for record in look_up([f"h{n}.test" for n in range(20)], resolver)} == {
        "LifetimeTimeout"
    }


def test_a_host_beyond_the_bound_is_not_asked_for_and_says_so(resolver, monkeypatch):
    monkeypatch.setattr(names, "MAX_HOSTS", 2)
    records = look_up(["a.test", "b.test", "c.test"], resolver)
    assert [(record.host, record.error == names.TOO_MANY) for record in records] == [
        ("a.test", False),
        ("b.test", False),
        ("c.test", True),
    ]
