"""Both witnesses in one record: who saw what, how it ended, and why one alone saw it."""

import gzip

import pytest

from crawler.derive.network import ledger
from crawler.model.evidence import Body, Initiator, Response
from crawler.store import layout
from tests.bundles import MOMENT, a_request, a_visit, make_bundle
from tests.netlogs import FAVICON, NAVIGATION, TOOL, ALog

CART = "https://www.tokopedia.com/cart"


@pytest.fixture
def book(tmp_path):
    """Return the ledger of a bundle of one cart visit with these requests and this log."""

    def book(log, *requests, **facts):
        files = {layout.NETLOG: log.packed(**facts)} if log else {}
        visits = [a_visit("cart", url=CART)]
        return ledger.ledger_of(make_bundle(tmp_path, visits=visits, requests=requests, files=files))

    return book


def shown(entry):
    return (entry.seen_by, entry.state, entry.cause)


def test_what_both_saw_is_one_entry_with_the_recorder_s_id(book):
    log = ALog()
    source = log.request("https://a.test/x?q=1", socket=log.connection("203.0.113.5:443"))
    (entry,) = book(log, a_request("https://a.test/x?q=1#part")).entries
    assert (entry.id, entry.netlog) == ("r1", f"n{source}")
    assert shown(entry) == (("context", "netlog"), "answered", "")
    assert entry.address.ip == "203.0.113.5"


def test_the_same_address_asked_twice_pairs_oldest_with_oldest(book):
    log = ALog()
    sources = [log.request("https://a.test/", at=at) for at in (1, 2, 3)]
    found = book(log, a_request("https://a.test/"), a_request("https://a.test/")).entries
    assert [(entry.id, entry.netlog) for entry in found] == [
        ("r1", f"n{sources[0]}"),
        ("r2", f"n{sources[1]}"),
        (f"n{sources[2]}", f"n{sources[2]}"),
    ]


def test_a_secret_that_only_one_of_them_hashed_keeps_no_pair_apart(book):
    log = ALog()
    log.request("https://a.test/x?token=h:0123456789abcdef&u=plain")
    log.request("https://b.test/p/plain-part/x")
    requests = (
        a_request("https://a.test/x?token=t&u=z"),
        a_request("https://b.test/p/plain-part/x?k=h:0123456789abcdef"),
    )
    assert {entry.seen_by for entry in book(log, *requests).entries} == {("context", "netlog")}


def test_what_the_log_alone_saw_becomes_a_request_like_any_other(book):
    log = ALog()
    log.request(
        "https://kirim.test/x?a=1", method="POST", body=12, at=0.1, headers={"sec-fetch-dest": "empty"}
    )
    found = book(log)
    (request,) = found.requests
    (entry,) = found.entries
    assert (request.id, request.method, request.type, request.visit) == (entry.id, "POST", "fetch", 1)
    assert (request.seen_by, request.fields, request.body.state, request.body.bytes) == (
        ("netlog",),
        ("a",),
        "gone",
        12,
    )
    assert (found.responses[request.id].contacted, found.responses[request.id].status) == (True, 200)


def test_the_browser_s_own_business_is_listed_and_is_no_request_of_a_page(book):
    log = ALog()
    log.look_up("accounts.google.com")
    found = book(log)
    assert [(entry.own, entry.cause) for entry in found.entries] == [(True, "browser")]
    assert found.requests == ()


def test_what_the_capture_itself_asked_for_is_listed_and_is_no_request_of_a_page(book):
    log = ALog()
    log.request("https://toko.test/favicon.ico", annotation=TOOL, headers={"sec-fetch-dest": "empty"})
    found = book(log)
    assert [(entry.own, entry.cause) for entry in found.entries] == [(True, "tool")]
    assert found.requests == ()


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({"annotation": FAVICON}, "favicon"),
        ({"created_by": 1, "method": "OPTIONS"}, "preflight"),
        ({"headers": {"sec-purpose": "prefetch"}}, "prefetch"),
        ({"headers": {"sec-fetch-dest": "report"}}, "report"),
        ({"headers": {"sec-ch-ua": ""}}, "worker"),
        ({"headers": {"ping-from": CART}}, "ping"),
        ({"main": True, "annotation": NAVIGATION}, "download"),
    ],
)
def test_the_likely_cause_of_what_the_log_alone_saw(book, facts, cause):
    log = ALog()
    log.request("https://a.test/x", **facts)
    assert [entry.cause for entry in book(log).entries] == [cause]


def test_what_a_page_sends_as_it_closes_is_told_by_the_document_asked_for_just_before(tmp_path):
    log = ALog()
    log.request(CART, at=0, main=True, annotation=NAVIGATION)
    log.request("https://late.test/", at=1)
    log.request("https://lone.test/", at=9)
    visits = [a_visit("cart", url=CART), a_visit("checkout", at=60)]
    files = {layout.NETLOG: log.packed()}
    found = ledger.ledger_of(
        make_bundle(tmp_path, visits=visits, requests=[a_request(CART, type="document")], files=files)
    )
    causes = {entry.host: entry.cause for entry in found.entries}
    assert (causes["late.test"], causes["lone.test"]) == ("page-closing", "unexplained")


@pytest.mark.parametrize(
    ("facts", "state", "cause"),
    [
        ({"state": "refused"}, "refused", "refused"),
        ({"state": "blocked"}, "blocked", "blocked"),
        ({"contacted": False, "failure": "net::ERR_ABORTED"}, "failed", "not-sent"),
        ({"address": None}, "cached", "memory-cache"),
        ({}, "answered", "unexplained"),
    ],
)
def test_the_likely_cause_of_what_the_log_does_not_show(book, facts, state, cause):
    (entry,) = book(ALog(), a_request("https://a.test/", **facts)).entries
    assert shown(entry) == (("context",), state, cause)


def test_after_a_log_that_was_cut_off_nothing_is_missing_from_it(book):
    (entry,) = book(ALog(), a_request("https://a.test/"), complete=False).entries
    assert entry.cause == "log-cut"


def test_a_request_that_the_page_gave_up_was_sent_all_the_same(book):
    """The recorder says `not contacted` of a beacon whose page is gone; the log saw it go."""
    log = ALog()
    log.request("https://a.test/", method="POST", body=3)
    gone = a_request("https://a.test/", method="POST", contacted=False, failure="net::ERR_ABORTED")
    found = book(log, gone)
    assert [entry.state for entry in found.entries] == ["answered"]
    assert found.responses["r1"].contacted


def test_a_request_without_an_end_on_record_has_one_in_the_log(book):
    log = ALog()
    log.request("https://a.test/", status=204)
    found = book(log, a_request("https://a.test/", answered=False))
    assert (found.responses["r1"].contacted, found.responses["r1"].status) == (True, 204)


def test_a_name_that_did_not_resolve_was_not_contacted(book):
    log = ALog()
    log.request("https://a.test/", sent=False, error=-105)
    found = book(log, a_request("https://a.test/"))
    assert [entry.state for entry in found.entries] == ["failed"]
    assert not found.responses["r1"].contacted


def test_an_attempt_at_the_cache_alone_is_no_request(book):
    log = ALog()
    log.request("https://a.test/", sent=False, error=-400)
    assert book(log).entries == ()


def test_what_stays_in_the_browser_is_no_entry(book):
    assert book(ALog(), a_request("data:text/html,x"), a_request("blob:https://a.test/1")).entries == ()


def test_a_bundle_without_a_log_has_one_witness_and_no_causes(book):
    found = book(None, a_request("https://a.test/"))
    assert (found.witnesses, found.complete, found.problem) == (("playwright",), False, "")
    assert [shown(entry) for entry in found.entries] == [(("context",), "answered", "")]


def test_a_log_that_is_none_is_said(tmp_path):
    files = {layout.NETLOG: gzip.compress(b"no log")}
    found = ledger.ledger_of(make_bundle(tmp_path, requests=[a_request("https://a.test/")], files=files))
    assert found.witnesses == ("playwright",)
    assert "constants" in found.problem


def test_the_recorder_s_own_words_are_kept_where_the_log_adds_nothing(book):
    log = ALog()
    log.request("https://a.test/")
    found = book(log, a_request("https://a.test/", response_headers={"x-a": "1"}, status=404))
    expected = Response(
        id="r1", time=MOMENT, contacted=True, status=404, headers={"x-a": "1"}, body=Body(state="none"),
        address=found.responses["r1"].address,
    )  # fmt: skip
    assert found.responses["r1"] == expected
    assert found.responses["r1"].address.ip == "127.0.0.1"


def test_a_picture_shown_again_is_taken_from_memory_and_nobody_is_contacted(book):
    log = ALog()
    log.request("https://a.test/logo.png", at=-1)
    again = [a_request("https://a.test/logo.png", type="image") for _ in range(2)]
    found = book(log, *again)
    assert [entry.cause for entry in found.entries if entry.netlog is None] == ["memory-cache"]
    assert [found.responses[name].contacted for name in ("r1", "r2")] == [True, False]


def test_by_udp_an_answer_is_what_came_back(book):
    log = ALog()
    log.web_transport("https://live.test/x", received=900)
    log.web_transport("https://silent.test/x", at=0.1)
    log.web_transport("https://closed.test/x", refused=True, at=0.2)
    log.web_transport("https://unnamed.test/x", sent=0, error=-105, at=0.3)
    entries = {entry.host: entry for entry in book(log).entries}
    assert {host: (entry.state, entry.contacted) for host, entry in entries.items()} == {
        "live.test": ("answered", True),
        "silent.test": ("sent", True),
        "closed.test": ("failed", False),
        "unnamed.test": ("failed", False),
    }
    assert {entry.cause for entry in entries.values()} == {"webtransport"}
    assert {entry.initiator for entry in entries.values()} == {"https://www.tokopedia.com"}


def test_webtransport_is_a_request_like_any_other_and_datagrams_are_none(book):
    log = ALog()
    log.web_transport("https://live.test/x?k=1", sent=1250)
    log.bare_look_up("stun.test")
    log.datagram("198.51.100.2:3478", at=0.1)
    found = book(log)
    assert [(each.method, each.type, each.fields) for each in found.requests] == [
        ("CONNECT", "webtransport", ("k",))
    ]
    assert [(entry.host, entry.bare, entry.cause) for entry in found.entries if entry.bare] == [
        ("stun.test", True, "webrtc")
    ]


def test_a_connection_made_for_a_request_that_took_another_is_not_told_and_a_bare_one_once(book):
    log = ALog()
    log.request("https://asked.test/", at=1)
    log.preconnect("https://asked.test", at=0.5)
    for at in (1, 2, 3):
        log.preconnect("https://warm.test", at=at)
        log.broken("https://bad.test", at=at)
    told = [(entry.host, entry.cause) for entry in book(log).entries if entry.bare]
    assert sorted(told) == [("bad.test", "broken"), ("warm.test", "preconnect")]


def test_a_connection_to_a_host_that_only_memory_answered_for_is_told(book):
    log = ALog()
    log.request("https://icon.test/i.png", sent=False)
    log.preconnect("https://icon.test", at=0.1)
    assert [entry.host for entry in book(log).entries if entry.contacted] == ["icon.test"]


def test_the_initiator_is_from_whichever_witness_knows(book):
    log = ALog()
    log.request("https://a.test/1", site="https://shop.test")
    log.request("https://a.test/2", site="https://shop.test", at=0.1)
    log.preconnect("https://warm.test", site="https://shop.test", at=0.2)
    log.request("https://shop.test/", main=True, site="", at=0.3)
    found = book(
        log, a_request("https://a.test/1", initiator=Initiator(type="script", url="https://shop.test/app.js"))
    )
    assert [(entry.url, entry.initiator) for entry in found.entries] == [
        ("https://a.test/1", "https://shop.test/app.js"),
        ("https://a.test/2", "https://shop.test"),
        ("https://warm.test", "https://shop.test"),
        ("https://shop.test/", ""),
    ]


def test_a_worklet_is_a_script(book):
    log = ALog()
    for at, kind in enumerate(("audioworklet", "paintworklet")):
        log.request(f"https://{kind}.test/w.js", headers={"sec-fetch-dest": kind}, at=at / 10)
    requests = [a_request("https://audioworklet.test/w.js", type="other")]
    assert {entry.type for entry in book(log, *requests).entries} == {"script"}


def test_an_id_that_the_recorder_took_is_not_taken_again(book):
    log = ALog()
    for at in range(3):
        log.request(f"https://b{at}.test/", at=at / 10)
    found = book(log, a_request("https://a.test/", id="n1"))
    ids = [entry.id for entry in found.entries]
    assert len(ids) == len(set(ids)) == 4
    assert len({request.id for request in found.requests}) == 4


def test_an_entry_comes_with_its_request_and_how_that_ended(book):
    urls = ("https://a.test/", "data:text/plain,x", "https://b.test/x")
    found = book(None, *(a_request(url, visit=1) for url in urls))

    assert [each.entry for each in found.exchanges] == list(found.entries)
    for entry, request, response in found.exchanges:
        assert request is not None
        assert (request.id, response.id if response else entry.id) == (entry.id, entry.id)
        assert found.entry(request.id) is entry
    (inline,) = [request for request in found.requests if request.url.startswith("data:")]
    assert found.request(inline.id) is inline
    assert found.entry(inline.id) is None
