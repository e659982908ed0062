"""The shop's hosts stand in the policy table, so that a clean crawl meets no unknown operator."""

import csv
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import crawler
from crawler.demo import hosts, third_parties
from crawler.demo.states import load_state, state_ids
from tests.demo.conftest import CLEAN

TABLE = Path(crawler.__file__).parent / "policies" / "hosts.csv"
ADDRESSES = ("checkout_api", "payment_page_url", "payment_intent_url", "payment_frame_url", "order_url")


KNOWN = {"tokopedia_goto", "tiktok_bytedance", "payment_id", "third_party", "comparator"}


def operators(host):
    """Operators of the longest rows of the table that fit a host."""
    rows = [
        row
        for row in csv.DictReader(TABLE.read_text("utf-8").splitlines())
        if row["match"] in {"host", "suffix"}
    ]
    labels = host.split(".")
    for start in range(len(labels)):
        name, kinds = ".".join(labels[start:]), {"suffix"} if start else {"host", "suffix"}
        if found := {row["operator"] for row in rows if row["host"] == name and row["match"] in kinds}:
            return found
    return set()


@pytest.mark.parametrize("host", sorted(set(hosts.names()) - hosts.strangers()))
def test_every_host_has_one_known_operator(host):
    assert len(operators(host)) == 1
    assert operators(host) <= KNOWN


@pytest.mark.parametrize("host", sorted(hosts.strangers()))
def test_a_stranger_is_known_to_nobody(host):
    assert host in hosts.names()
    assert not operators(host) & KNOWN or "split" in operators(host)


def test_cart_checkout_and_payment_of_the_clean_state_are_tokopedia_s():
    switches = load_state(CLEAN).switches.model_dump()
    assert {name: operators(urlsplit(switches[name]).hostname) for name in ADDRESSES} == {
        name: {"tokopedia_goto"} for name in ADDRESSES
    }


@pytest.mark.parametrize("state_id", state_ids())
def test_every_address_that_a_page_uses_is_served(state_id):
    state = load_state(state_id)
    used = [str(getattr(state.switches, name)) for name in ADDRESSES]
    used += [
        str(ping["url"])
        for stage in ("storefront", "product")
        for ping in third_parties.pings(stage, state.switches)
    ]
    assert {urlsplit(url).hostname for url in (*used, *third_parties.scripts())} <= set(hosts.names())


def test_names_are_plain_lower_case_and_under_a_public_suffix():
    assert all(name == name.lower() and "." in name for name in hosts.names())
