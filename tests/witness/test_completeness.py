"""Nothing leaves unseen: every host that was contacted is in the ledger, and none that was not."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

import pytest

from crawler.derive import hosts, ledger, networks
from crawler.derive.operators import Operators
from crawler.store.bundle import Bundle
from tests.witness import namespace, table
from tests.witness.mechanisms import BY_HOST, MECHANISMS, of

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
    return ledger.of(bundle)


@pytest.fixture
def arrived(walked):
    """Hosts that something arrived at; look-ups count in a namespace only, where the site answers them."""
    return table.arrivals(walked)


def told(book, *, look_ups):
    """Hosts that the ledger says were contacted, or looked up where the site answers look-ups."""
    states = {"looked-up"} if look_ups else set()
    return {e.host for e in book.entries if (e.contacted or e.state in states) and not e.own}


def test_every_mechanism_did_what_it_is_there_for(walked):
    came = {}
    for kind, host, _ in walked["arrived"]:
        came.setdefault(host, set()).add(kind)
    isolated = [each for each in MECHANISMS if walked["isolated"] or each.arrives not in ("dns", "stun")]
    wrong = {
        each.id: came.get(each.host, set())
        for each in isolated
        if (each.arrives == "none") != (each.host not in came)
        or (each.arrives != "none" and each.arrives not in came[each.host])
    }
    assert wrong == {}


def test_every_contacted_host_is_in_the_ledger_and_no_other(walked, arrived, book):
    known = {host for host in arrived if host.endswith(".test")}
    seen = told(book, look_ups=walked["isolated"])
    assert seen - known == set()
    assert known - seen == set()


def test_what_the_browser_does_for_itself_is_labelled(arrived, book):
    foreign = {host for host in arrived if not host.endswith(".test")}
    assert foreign <= {entry.host for entry in book.entries if entry.own}


def test_both_walks_are_a_whole_record(book):
    assert book.witnesses == ("playwright", "netlog")
    assert book.complete


def test_every_host_is_at_its_stage(book):
    """The first contact counts: a service worker, for one, is looked for again at the next page."""
    first = {}
    for entry in book.entries:
        if entry.host in BY_HOST and (entry.contacted or entry.state == "looked-up"):
            first.setdefault(entry.host, entry.visit)
    assert first == {each.host: each.visit for each in MECHANISMS if each.host in first}


def test_what_two_stages_could_have_sent_is_marked(book):
    ambiguous = {entry.host for entry in book.entries if entry.ambiguous} & set(BY_HOST)
    assert ambiguous == {of(f"pagehide-{kind}").host for kind in ("beacon", "keepalive", "image")}


def test_nothing_on_the_site_stays_unexplained(book):
    assert [entry.url for entry in book.entries if entry.cause == ledger.UNEXPLAINED] == []


@pytest.mark.parametrize(
    ("mechanism", "cause"),
    [
        ("shared-worker", "worker"),
        ("preflight-denied", "preflight"),
        ("reporting", "report"),
        ("preconnect", "preconnect"),
        ("pagehide-beacon", "page-closing"),
        ("close-keepalive", "page-closing"),
    ],
)
def test_what_the_log_alone_saw_has_a_cause(book, mechanism, cause):
    causes = {e.cause for e in book.entries if e.host == of(mechanism).host and e.seen_by == ("netlog",)}
    assert causes == {cause}


def test_an_initiator_is_known_where_a_witness_knows_it(book):
    missing = {
        entry.host
        for entry in book.entries
        if entry.contacted and entry.host in BY_HOST and not (entry.initiator or entry.top_site)
    }
    assert missing == set()


@pytest.mark.parametrize(
    "mechanism", ["image", "http2", "close-beacon", "shared-worker", "websocket", "preconnect"]
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
    asked = {record.host: record.aliases for record in bundle.record("data/names.json", ledger.Names).root}
    assert asked[host] == ("edge-image.test",)
    assert of("csp-blocked").host not in asked


@pytest.mark.skipif(not namespace.allowed(), reason="no network namespaces here: the fallback hides look-ups")
def test_the_ladder_climbs_on_what_the_browser_s_own_connections_show(book):
    """Both tables are declared here: loopback lies in nobody's network, and the edge is the site's own."""
    host = of("image").host
    rows = hosts.parse(
        "host,match,name_class,operator,owner,role,payment,valid_from,valid_to,sources,confidence,note\n"
        "edge-image.test,cname,tiktok_bytedance,tiktok_bytedance,X,cdn,no,,,public-code,low,\n",
        "t.csv",
    )
    numbers = networks.parse(
        "prefix,as_number,as_name,operator,valid_from,valid_to,seen,sources\n"
        "127.0.0.0/8,396986,BYTEDANCE,tiktok_bytedance,,,2026-10-04,as-database\n",
        "n.csv",
    )
    operators = Operators(hosts.HostTable(rows), networks.NetworkTable(numbers))
    answer = operators.of(host, evidence=book.evidence(None, host))
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
