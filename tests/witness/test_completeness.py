"""Nothing leaves unseen: every host that was contacted is in the ledger, and none that was not."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
from pathlib import Path

import pytest

from crawler.derive.network import ledger, netlog, traffic
from crawler.derive.operators import hosts, networks
from crawler.derive.operators.operator import Operators
from crawler.model.evidence import NameRecord
from crawler.store import layout
from crawler.store.bundle import Bundle
from tests.witness import namespace, table
from tests.witness.__main__ import main
from tests.witness.mechanisms import BY_HOST, CONTACTS, MECHANISMS, of
from tests.witness.truth import outcome_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def walked(tmp_path_factory, worker_id):
    """What arrived at the site when Pantau walked it, and where the bundle is: one walk for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "witness"
    folder.mkdir(exist_ok=True)
    done = folder / "walked.json"
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            done.write_text(json.dumps(namespace.walk(folder / "walk", "pantau")))
    return json.loads(done.read_text())


@pytest.fixture(scope="module")
def bundle(walked):
    return Bundle(Path(walked["bundle"]))


@pytest.fixture(scope="module")
def book(bundle):
    return ledger.ledger_of(bundle)


@pytest.fixture
def arrived(walked):
    """Hosts that something arrived at; look-ups count in a namespace only, where the site answers them."""
    return table.arrivals(walked)


def test_every_mechanism_did_what_it_is_there_for(walked):
    came = {}
    for kind, host, _ in walked["arrived"]:
        came.setdefault(host, set()).add(kind)
    there = [
        each
        for each in MECHANISMS
        if walked["isolated"] or not (each.only or each.arrives in ("dns", "stun"))
    ]
    wrong = {
        each.id: came.get(each.host, set())
        for each in there
        if (each.arrives not in ("none", "any") and each.arrives not in came.get(each.host, set()))
        or (each.arrives in ("none", "dns") and came.get(each.host, set()) & CONTACTS)
    }
    assert wrong == {}


def test_there_are_enough_mechanisms_each_with_a_host_of_its_own():
    assert len(MECHANISMS) == len(BY_HOST) >= 150


def test_what_may_come_or_not_is_named_with_its_reason():
    assert {each.id for each in MECHANISMS if each.arrives == "any"} == {e.id for e in MECHANISMS if e.race}


def test_every_contacted_host_is_in_the_ledger_and_in_every_export_and_no_other_is(walked):
    told = outcome_of(walked)
    assert (told.missed, told.false) == (set(), set())
    assert {name: hosts for name, hosts in told.exports.items() if hosts} == {}


def test_a_look_up_alone_is_told_as_one(walked, arrived, book):
    """What was looked up and not reached is a look-up, or a request that failed."""
    if not walked["isolated"]:
        pytest.skip("host-resolver rules answer before DNS")
    states = {entry.host: entry.state for entry in book.entries if entry.host in BY_HOST}
    alone = {each.host for each in MECHANISMS if each.arrives == "dns" and arrived.get(each.host) == "dns"}
    assert {host: states[host] for host in alone} == {
        of(each).host: "failed" for each in ("refused", "unresolved", "webtransport-closed")
    }


def test_by_udp_what_was_sent_and_what_was_answered_are_told_apart(walked, book):
    if not walked["isolated"]:
        pytest.skip("WebRTC asks nobody on loopback")
    states = {entry.host: (entry.type, entry.state) for entry in book.entries if entry.host in BY_HOST}
    told = {each: states[of(each).host] for each in (*namespace.SILENT, "stun", "webtransport")}
    assert told == {
        "stun": ("datagrams", "answered"),
        "stun-silent": ("datagrams", "sent"),
        "turn": ("datagrams", "sent"),
        "webtransport": ("webtransport", "answered"),
        "webtransport-silent": ("webtransport", "sent"),
    }


def test_what_memory_or_a_worker_answered_was_not_contacted(book):
    hosts = {of("sw-cached").host, of("csp-connect").host, of("csp-websocket").host, of("csp-blocked").host}
    assert [entry.url for entry in book.entries if entry.contacted and entry.host in hosts] == []


def test_http_3_that_is_offered_is_not_taken(walked, book):
    """The product starts Chromium without QUIC for requests: what it would send by UDP goes by TCP."""
    kinds = {kind for kind, host, _ in walked["arrived"] if host == of("alt-svc").host}
    assert kinds & CONTACTS == {"http", "tls"}
    assert {entry.protocol for entry in book.entries if entry.host == of("alt-svc").host} == {
        "TLS 1.3, http/1.1"
    }


def test_what_the_browser_does_for_itself_is_labelled(arrived, book):
    foreign = {host for host in arrived if not host.endswith(".test")}
    assert foreign <= {entry.host for entry in book.entries if entry.own}


def test_both_walks_are_a_whole_record(book):
    assert book.witnesses == ("playwright", "netlog")
    assert book.complete
    assert book.lost == 0


def test_every_host_is_at_its_stage(book):
    """The first contact counts: a service worker, for one, is looked for again at the next page."""
    first = {}
    sure = (entry for entry in book.entries if not entry.ambiguous or "netlog" in entry.seen_by[:1])
    for entry in sure:
        if entry.host in BY_HOST and (entry.contacted or entry.state == "looked-up"):
            first.setdefault(entry.host, entry.visit)
    assert first == {each.host: each.visit for each in MECHANISMS if each.host in first}


def test_what_two_stages_could_have_sent_is_marked(book):
    ambiguous = {entry.host for entry in book.entries if entry.ambiguous} & set(BY_HOST)
    pagehide = {of(f"pagehide-{kind}").host for kind in ("beacon", "keepalive", "image")}
    late = {of(each).host for each in ("fetch-later", "beacon-hidden", "beforeunload-fetch")}
    late |= {of("eventsource").host}  # asks again by itself every three seconds, on its way out as well
    tabs = {of(each).host for each in ("window-open", "blank", "popup-image")}  # sites that no stage has
    assert pagehide <= ambiguous <= pagehide | late | tabs
    assert of("fetch-later").host in ambiguous


def test_nothing_on_the_site_stays_unexplained(book):
    assert [entry.url for entry in book.entries if entry.cause == ledger.UNEXPLAINED] == []


@pytest.mark.parametrize(
    ("mechanism", "cause"),
    [
        ("shared-worker", "worker"),
        ("preflight-denied", "preflight"),
        ("reporting", "report"),
        ("pagehide-beacon", "page-closing"),
        ("close-keepalive", "page-closing"),
        ("audio-worklet", "worker"),
        ("link-search", "search-description"),
        ("early-hints", "preconnect"),
    ],
)
def test_what_the_log_alone_saw_has_a_cause(book, mechanism, cause):
    causes = {e.cause for e in book.entries if e.host == of(mechanism).host and e.seen_by == ("netlog",)}
    assert causes == {cause}


def test_an_initiator_is_known_where_a_witness_knows_it(book):
    missing = {
        entry.host
        for entry in book.entries
        if entry.contacted and entry.host in BY_HOST and not entry.own
        if not (entry.initiator or entry.top_site)
    }
    nobody = {of(each).host for each in ("stun", "stun-silent", "turn")}  # who called is in neither record
    assert missing <= nobody


@pytest.mark.parametrize(
    "mechanism", ["image", "http2", "close-beacon", "shared-worker", "websocket", "early-hints"]
)
def test_the_certificate_is_that_of_the_connection_it_went_over(book, mechanism):
    """Each name of the site has a certificate of its own, so a wrong join shows."""
    entries = [entry for entry in book.entries if entry.host == of(mechanism).host and entry.contacted]
    assert entries
    for entry in entries:
        assert book.certificates[entry.certificate].names == (entry.host,)
        assert book.certificates[entry.certificate].organisation == f"Owner of {entry.host}"
        assert entry.address.ip == "127.0.0.1"


@pytest.mark.skipif(not namespace.allowed(), reason="no network namespaces here: the fallback hides look-ups")
def test_the_names_behind_a_host_are_known_from_the_browser_and_from_the_resolver(book, bundle):
    host = of("image").host
    assert book.aliases[host] == ("edge-image.test",)
    asked = {record.host: record.aliases for record in bundle.records(layout.NAMES, NameRecord)}
    assert asked[host] == ("edge-image.test",)
    assert of("csp-blocked").host not in asked


@pytest.mark.skipif(not namespace.allowed(), reason="no network namespaces here: the fallback hides look-ups")
def test_the_ladder_climbs_on_what_the_browser_s_own_connections_show(book):
    """Both tables are declared here: loopback lies in nobody's network, and the edge is the site's own."""
    host = of("image").host
    rows = hosts.parse_hosts(
        "host,match,name_class,operator,owner,role,payment,valid_from,valid_to,sources,confidence,note\n"
        "edge-image.test,cname,tiktok_bytedance,tiktok_bytedance,X,cdn,no,,,public-code,low,\n",
        "t.csv",
    )
    numbers = networks.parse_networks(
        "prefix,as_number,as_name,operator,valid_from,valid_to,seen,sources\n"
        "127.0.0.0/8,396986,BYTEDANCE,tiktok_bytedance,,,2026-10-04,as-database\n",
        "n.csv",
    )
    operators = Operators(hosts.HostTable(rows), networks.NetworkTable(numbers))
    answer = operators.operator_of(host, evidence=book.evidence(None, host))
    rungs = {rung.name: rung for rung in answer.rungs}
    assert (answer.operator, answer.decided_by) == ("tiktok_bytedance", "cname")
    assert rungs["cname"].evidence == "edge-image.test"
    assert f"Owner of {host}" in rungs["certificate"].evidence
    assert "127.0.0.1 in 127.0.0.0/8, AS396986" in rungs["as-number"].evidence


def test_http2_requests_share_one_session(book):
    entries = [entry for entry in book.entries if entry.host == of("http2").host]
    assert len(entries) == 2
    assert {entry.protocol for entry in entries} == {"TLS 1.3, h2"}


@pytest.mark.skipif(not namespace.allowed(), reason="no network namespaces here: the fallback hides look-ups")
def test_the_documented_table_is_what_was_seen(tmp_path, walked, book, bundle, arrived):
    plain = namespace.walk(tmp_path / "plain", "plain")
    version = bundle.run.environment.browser
    text = table.page(walked, book.entries, plain, version)
    missed = {host for host in table.arrivals(plain) if host in BY_HOST} - set(plain["hosts"])
    assert {of("shared-worker").host, of("pagehide-beacon").host, of("stun").host} <= missed
    if os.environ.get("PANTAU_WRITE_DOCS"):
        table.PAGE.write_text(text, encoding="utf-8")
    assert table.lasting(table.PAGE.read_text(encoding="utf-8")) == table.lasting(text), (
        "run: PANTAU_WRITE_DOCS=1 pytest tests/witness"
    )


@pytest.mark.long
@pytest.mark.parametrize("device", ["desktop", "mobile"])
@pytest.mark.parametrize("load", [0, 8])
@pytest.mark.timeout(7_200)
def test_ten_walks_of_ten_tell_of_every_contacted_host_and_of_no_other(device, load):
    assert main(["--runs", "10", "--load", str(load), "--device", device]) == 0


def test_damage_to_a_real_log_costs_its_own_lines(bundle, book):
    """One line in forty is broken, each in another way; what the others tell is told, and the loss is."""
    lines = gzip.decompress(bundle.read(layout.NETLOG)).split(b"\n")
    breaks = (
        lambda line: line[: len(line) // 2],
        lambda line: line.replace(b'"time":"', b'"time":"999'),
        lambda line: line.replace(b'"params":{', b'"params":[{'),
        lambda line: b"\xff" + line,
        lambda line: line.replace(b'"id":', b'"id":-'),
    )
    wanted = 0
    for number in range(50, len(lines) - 5, 40):
        lines[number] = breaks[number // 40 % len(breaks)](lines[number])
        wanted += 1
    found = traffic.read(netlog.NetLog(gzip.compress(b"\n".join(lines)), (0, 4_102_444_800_000)))
    hosts = {flow.host for flow in found.flows}
    known = {entry.host for entry in book.entries if entry.contacted}
    assert 0 < found.dropped <= wanted * 3
    assert len(known & hosts) > 0.9 * len(known)
