"""Whose network an address lies in."""

import ipaddress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.derive.operators.networks import NetworkTable, parse_networks, rows
from crawler.errors import PolicyError

HEADER = "prefix,as_number,as_name,operator,valid_from,valid_to,seen,sources\n"


def row(prefix, number=1, start="", end=""):
    return f"{prefix},{number},X,tiktok_bytedance,{start},{end},2026-10-04,as-database\n"


def table(*lines, day=None):
    return NetworkTable(parse_networks(HEADER + "".join(lines), "n.csv"), day)


def test_the_longest_prefix_wins():
    found = table(row("10.0.0.0/8", 1), row("10.1.0.0/16", 2), row("2001:db8::/32", 3))
    assert [found.row_of(address).as_number for address in ("10.2.0.1", "10.1.9.9", "2001:db8::1")] == [
        1,
        2,
        3,
    ]


@pytest.mark.parametrize("address", ["11.0.0.1", "::1", "", "h.test", "10.0.0.1.2"])
def test_what_lies_in_none_has_none(address):
    assert table(row("10.0.0.0/8")).row_of(address) is None


def test_rows_are_dated():
    lines = row("10.0.0.0/8", 1, end="2024-01-30"), row("10.0.0.0/8", 2, start="2024-01-31")
    assert table(*lines, day=date(2024, 1, 30)).row_of("10.0.0.1").as_number == 1
    assert table(*lines).row_of("10.0.0.1").as_number == 2


@pytest.mark.parametrize("text", [row("10.0.0.0/33"), row("10.0.0.1/8"), row("10.0.0.0/8", "AS1"), "x\n"])
def test_a_wrong_row_is_named(text):
    with pytest.raises(PolicyError, match=r"n\.csv, line 3:"):
        parse_networks(HEADER + row("10.0.0.0/8") + text, "n.csv")


def test_the_shipped_table_has_the_five_networks_of_one_group_and_not_google_s():
    assert {known.as_number for known in rows()} == {396986, 138699, 150436, 137718, 11983}
    assert (
        NetworkTable(rows()).row_of("34.101.5.5") is None
    )  # Jakarta's Google cloud: AS139190 is not ByteDance's
    assert NetworkTable(rows()).row_of("202.52.240.1").as_name == "BYTEDANCE"


@given(st.ip_addresses())
def test_it_agrees_with_asking_every_row(address):
    prefixes = [ipaddress.ip_network(known.prefix) for known in rows()]
    slow = max((p for p in prefixes if address in p), key=lambda p: p.prefixlen, default=None)
    fast = NetworkTable(rows()).row_of(str(address))
    assert (fast.prefix if fast else None) == (str(slow) if slow else None)
