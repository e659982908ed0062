"""What a network log shows: requests joined to connections, and what is less than a request."""

import trustme

from crawler.derive.network import certificates, traffic
from crawler.derive.network.netlog import NetLog
from tests.netlogs import FAVICON, UPDATES, ALog


def read(log, **facts):
    return traffic.read(NetLog(log.packed(**facts)))


def pem(*names, organisation="PT Uji"):
    certificate = trustme.CA().issue_cert(*names, common_name=names[0], organization_name=organisation)
    return certificate.cert_chain_pems[0].bytes().decode()


def only(log):
    (flow,) = read(log).flows
    return flow


def test_a_request_has_the_address_and_certificate_of_its_own_connection():
    log = ALog()
    for host in ("a.test", "b.test"):
        socket = log.connection(f"203.0.113.{len(log.lines)}:443", pem(host))
        log.request(f"https://{host}/x", socket=socket)
    found = read(log)
    for flow in found.flows:
        assert found.certificates[flow.certificate].names == (flow.host,)
    assert len({flow.address.ip for flow in found.flows}) == 2


def test_over_http2_the_session_stands_between():
    log = ALog()
    session = log.session(log.connection("203.0.113.7:443", pem("h2.test")))
    log.request("https://h2.test/1", session=session)
    log.request("https://h2.test/2", session=session)
    found = read(log)
    assert {flow.address.ip for flow in found.flows} == {"203.0.113.7"}
    assert {found.certificates[flow.certificate].subject for flow in found.flows} == {"h2.test, PT Uji"}


def test_each_redirect_is_a_request_of_its_own():
    log = ALog()
    log.request("https://a.test/", redirects=("https://b.test/", "https://c.test/"))
    first, second, third = read(log).flows
    assert [flow.host for flow in (first, second, third)] == ["a.test", "b.test", "c.test"]
    assert (second.redirected_from, third.redirected_from) == (first.id, second.id)
    assert [flow.status for flow in (first, second, third)] == [302, 302, 200]


def test_what_never_got_a_connection_was_not_sent():
    log = ALog()
    log.request("https://nowhere.test/", sent=False, error=-105)
    flow = only(log)
    assert (flow.sent, flow.address, flow.error) == (False, None, "ERR_NAME_NOT_RESOLVED")


def test_a_connection_and_a_look_up_count_where_nothing_more_is_known_of_the_host():
    log = ALog()
    log.request("https://used.test/")
    log.preconnect("https://used.test")
    log.preconnect("https://warm.test")
    log.look_up("warm.test")
    log.look_up("named.test", site="https://shop.test")
    kinds = {flow.host: (flow.kind, flow.top_site) for flow in read(log).flows}
    assert kinds == {
        "used.test": ("request", "https://www.tokopedia.com"),
        "warm.test": ("connection", "https://www.tokopedia.com"),
        "named.test": ("look-up", "https://shop.test"),
    }


def test_a_preflight_names_the_request_it_was_made_for():
    log = ALog()
    asked = log.request("https://a.test/", method="PUT")
    log.request("https://a.test/", method="OPTIONS", created_by=asked)
    assert [flow.made_for for flow in read(log).flows] == [None, f"n{asked}"]


def test_the_names_behind_a_host_are_kept():
    log = ALog()
    log.look_up("pay.test", aliases=("pay.test.edgekey.net", "e1.akamaiedge.net"))
    assert read(log).aliases == {"pay.test": ("pay.test.edgekey.net", "e1.akamaiedge.net")}


def test_the_browser_s_own_business_is_told_by_what_made_it_and_not_by_the_host():
    log = ALog()
    log.request("https://update.googleapis.com/", annotation=UPDATES, site="")
    log.request("https://update.googleapis.com/", at=1)
    log.request("https://a.test/favicon.ico", annotation=FAVICON, at=2)
    assert [(flow.own, flow.annotation) for flow in read(log).flows] == [
        (True, "update_client"),
        (False, "blink_resource_loader"),
        (False, "favicon_loader"),
    ]


def test_a_page_cannot_hide_a_look_up_under_a_name_of_the_browser():
    log = ALog()
    log.look_up("update.googleapis.com", site="https://shop.test")
    log.look_up("accounts.google.com")
    assert {flow.host: flow.own for flow in read(log).flows} == {
        "update.googleapis.com": False,
        "accounts.google.com": True,
    }


def test_more_than_can_be_held_is_said(monkeypatch):
    monkeypatch.setattr(traffic, "MAX_FLOWS", 5)
    log = ALog()
    for number in range(9):
        log.request(f"https://h{number}.test/")
    found = read(log)
    assert (len(found.flows), found.truncated) == (5, True)


def test_a_certificate_that_is_none_is_left_out():
    log = ALog()
    log.request("https://a.test/", socket=log.connection(certificate="-----BEGIN CERTIFICATE-----\nnonsense"))
    assert (only(log).certificate, certificates.read_certificate("")) == ("", None)


def shown(log, **facts):
    return [(flow.kind, flow.host, flow.body_bytes, flow.received_bytes) for flow in read(log, **facts).flows]


def test_a_webtransport_session_is_told_with_what_was_sent_and_what_came_back():
    log = ALog()
    log.web_transport("https://live.test:4433/x", sent=1250, received=900)
    log.web_transport("https://silent.test/x", sent=5000, at=1)
    log.web_transport("https://unnamed.test/x", sent=0, error=-105, at=2)
    assert shown(log) == [
        ("webtransport", "live.test", 1250, 900),
        ("webtransport", "silent.test", 5000, 0),
        ("webtransport", "unnamed.test", None, 0),
    ]


def test_datagrams_bear_the_name_that_was_looked_up_for_them():
    log = ALog()
    log.datagram("198.51.100.1:3478", at=0.1)
    log.bare_look_up("stun.test", at=0.2)
    log.bare_look_up("turn.test", at=0.3)
    log.datagram("198.51.100.2:3478", at=0.4, received=32)
    log.datagram("198.51.100.3:3478", at=0.5)
    log.datagram("198.51.100.4:9", at=0.6)
    assert shown(log) == [
        ("datagrams", "198.51.100.1", 20, 0),
        ("datagrams", "stun.test", 20, 32),
        ("datagrams", "turn.test", 20, 0),
        ("datagrams", "198.51.100.4", 20, 0),
    ]


def test_what_the_resolver_said_decides_between_two_names():
    log = ALog()
    log.bare_look_up("one.test")
    log.bare_look_up("two.test")
    log.datagram("198.51.100.2:3478", at=0.1)
    found = traffic.read(NetLog(log.packed()), {"one.test": ("198.51.100.1",), "two.test": ("198.51.100.2",)})
    assert {flow.host: flow.kind for flow in found.flows} == {"two.test": "datagrams", "one.test": "look-up"}


def test_a_look_up_without_a_datagram_stays_one_and_the_name_server_is_no_contact():
    log = ALog()
    log.bare_look_up("stun.test")
    log.bare_look_up("nowhere.test", answers=0, at=0.1)
    log.datagram("198.51.100.2:3478", at=60)
    assert shown(log) == [
        ("look-up", "stun.test", None, 0),
        ("look-up", "nowhere.test", None, 0),
        ("datagrams", "198.51.100.2", 20, 0),
    ]


def test_a_connection_whose_tls_failed_is_a_connection():
    log = ALog()
    log.request("https://bad.test/", sent=False, error=-100)
    log.broken("https://bad.test")
    assert [(flow.kind, flow.host, flow.error) for flow in read(log).flows] == [
        ("connection", "bad.test", "ERR_CONNECTION_CLOSED"),
        ("request", "bad.test", "ERR_CONNECTION_CLOSED"),
    ]


def test_what_finds_local_names_is_the_browser_s_own():
    log = ALog()
    log.datagram("224.0.0.251:5353")
    assert only(log).own
