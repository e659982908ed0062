"""The server behind a connection is found by the port of the browser's end, at the time it was made."""

from __future__ import annotations

from datetime import datetime, timedelta

from crawler.derive.network.proxied import Proxied, proxied_of
from crawler.lib.clock import stamp
from crawler.model.evidence import ProxiedConnection
from tests.bundles import MOMENT, a_visit, make_bundle

START = datetime.fromisoformat(MOMENT)
START_MS = int(START.timestamp() * 1000)


def connection(port, after_s, decision="connected", ip="203.0.113.9", **facts):
    given = {
        "time": stamp(START + timedelta(seconds=after_s)),
        "host": "shop.test",
        "port": 443,
        "client_port": port,
        "decision": decision,
        "address": {"ip": ip, "port": 443} if ip else None,
    }
    return ProxiedConnection.model_validate(given | facts)


def test_each_connection_has_its_own_server_though_the_host_is_the_same():
    proxied = Proxied((connection(40_000, 1), connection(40_001, 2, ip="203.0.113.10")))
    assert proxied.server(40_000, START_MS + 900).ip == "203.0.113.9"
    assert proxied.server(40_001, START_MS + 1_900).ip == "203.0.113.10"
    assert proxied.server(40_002, START_MS) is None


def test_a_port_that_is_given_again_later_is_another_connection():
    proxied = Proxied((connection(40_000, 1), connection(40_000, 90, ip="203.0.113.11")))
    assert proxied.server(40_000, START_MS + 1_000).ip == "203.0.113.9"
    assert proxied.server(40_000, START_MS + 89_000).ip == "203.0.113.11"
    assert proxied.server(40_000, START_MS + 200_000) is None


def test_what_was_refused_or_failed_had_no_server():
    refused = connection(40_000, 1, "refused", ip="127.0.0.1", range="loopback")
    failed = connection(40_001, 1, "failed", ip=None, error="TimeoutError")
    proxied = Proxied((refused, failed))
    assert proxied.server(40_000, START_MS) is None
    assert proxied.server(40_001, START_MS) is None
    assert proxied.refused("https://shop.test/x") == "loopback"
    assert proxied.refused("https://shop.test:8443/x") == ""
    assert proxied.refused("http://shop.test/x") == ""


def test_a_bundle_without_a_proxy_has_none(tmp_path):
    assert proxied_of(make_bundle(tmp_path, visits=[a_visit("cart")])) is None
