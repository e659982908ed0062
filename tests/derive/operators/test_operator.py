"""Who runs a host: the table, the ladder, and what is shown when they disagree."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.derive.network.certificates import Certificate
from crawler.derive.operators.hosts import HostTable, parse_hosts, rows
from crawler.derive.operators.networks import NetworkTable, parse_networks
from crawler.derive.operators.operator import Evidence, Operators
from crawler.errors import PolicyError

TODAY = Operators.on()
HEADER = "host,match,name_class,operator,owner,role,payment,valid_from,valid_to,sources,confidence,note\n"


def row(host, match="host", *, start="", end="", operator="third_party"):
    return f"{host},{match},third_party,{operator},X,cdn,no,{start},{end},public-code,low,\n"


@pytest.mark.parametrize(
    ("host", "name", "operator", "decided_by"),
    [
        ("www.tokopedia.com", "tokopedia_goto", "tokopedia_goto", "host"),
        ("GQL.Tokopedia.com.", "tokopedia_goto", "tokopedia_goto", "host"),
        ("pay.tokopediax.com", "tokopedia_goto", "tiktok_bytedance", "host"),
        ("api.tokopediax.com", "tokopedia_goto", "tiktok_bytedance", "suffix"),
        ("oec31-normal-alisg.tokopediax.com", "tokopedia_goto", "tiktok_bytedance", "pattern"),
        ("cashier-sg1.pipopay.com", "tiktok_bytedance", "tiktok_bytedance", "pattern"),
        ("shop-id.tokopedia.com", "tokopedia_goto", "tiktok_bytedance", "host"),
        ("unlisted.tokopedia.com", "tokopedia_goto", "unknown", None),
        ("snap-assets.al-pc-id-b.cdn.gtflabs.io", "tokopedia_goto", "tokopedia_goto", "suffix"),
        ("oneunita.com", "tiktok_bytedance", "tiktok_bytedance", "suffix"),
        ("tiktokv.com.edgesuite.net", "third_party", "tiktok_bytedance", "suffix"),
        ("e1.a.akamaiedge.net", "third_party", "third_party", "suffix"),
        ("app.midtrans.com", "payment_id", "tokopedia_goto", "host"),
        ("tokopedia.com.evil.test", "unknown", "unknown", None),
        ("tokopedia-bayar.test", "tokopedia_goto", "unknown", None),
        ("127.0.0.1", "unknown", "unknown", None),
        ("gojek:", "tokopedia_goto", "tokopedia_goto", "host"),
        ("snssdk1233:", "tiktok_bytedance", "tiktok_bytedance", "host"),
        ("", "unknown", "unknown", None),
    ],
)
def test_ladder(host, name, operator, decided_by):
    answer = TODAY.operator_of(host)
    assert (answer.name_class, answer.operator, answer.decided_by) == (name, operator, decided_by)


def test_name_against_operator_is_shown():
    assert TODAY.operator_of("pay.tokopediax.com").conflicts == ("name",)
    assert TODAY.operator_of("pay.tokopediax.com").conflict
    assert not TODAY.operator_of("www.tokopedia.com").conflict


@pytest.mark.parametrize(
    "marks",
    [
        {"headers": {"X-Tt-LogId": "2024"}},
        {"headers": {"x-tt-trace-host": "1"}},
        {"url": "https://h.test/tos-alisg-i-x-sg/a.jpeg"},
        {"url": "https://h.test/a~tplv-x-300.webp"},
    ],
)
def test_stack_marks_decide_what_no_row_names(marks):
    answer = TODAY.operator_of("h.test", **marks)
    assert (answer.operator, answer.decided_by, answer.confidence) == ("tiktok_bytedance", "stack", "medium")


def test_stack_marks_decide_a_split_domain():
    answer = TODAY.operator_of("unlisted.tokopedia.com", headers={"x-tt-logid": "1"})
    assert (answer.operator, answer.conflicts) == ("tiktok_bytedance", ("name",))


def test_stack_marks_never_overrule_the_table_and_are_shown():
    answer = TODAY.operator_of("www.tokopedia.com", headers={"x-tt-logid": "1"})
    assert (answer.operator, answer.conflicts) == ("tokopedia_goto", ("stack",))


def test_identifiers_sent_are_hints_only():
    answer = TODAY.operator_of(
        "h.test", url="https://h.test/?msToken=h:1", request_headers={"bd-device-id": "1"}
    )
    assert answer.operator == "unknown"
    hint = next(rung for rung in answer.rungs if rung.name == "stack-hint")
    assert (hint.result, hint.evidence) == ("match", "bd-device-id, msToken")


def test_every_rung_is_reported():
    for host in ("www.tokopedia.com", "h.test"):
        rungs = {rung.name: rung.result for rung in TODAY.operator_of(host).rungs}
        assert [*rungs] == [
            "host", "pattern", "suffix", "stack", "stack-hint", "cname", "certificate", "as-number"
        ]  # fmt: skip
        assert all(rungs[name] == "not looked at" for name in ("cname", "certificate", "as-number"))


FIXTURE_NETWORKS = parse_networks(
    "prefix,as_number,as_name,operator,valid_from,valid_to,seen,sources\n"
    "198.51.100.0/24,396986,BYTEDANCE,tiktok_bytedance,,,2026-10-04,as-database\n"
    "2001:db8::/32,138699,TIKTOK-AS-AP,tiktok_bytedance,,,2026-10-04,as-database\n",
    "n.csv",
)  # addresses for documentation, declared here since loopback has no network number
CLIMBED = Operators(HostTable(rows()), NetworkTable(FIXTURE_NETWORKS))


def a_certificate(*names, organisation=""):
    return Certificate(
        sha256="ab" * 32, subject=names[0], organisation=organisation, issuer="Uji CA", names=names,
        valid_from="2026-01-01T00:00:00.000Z", valid_to="2027-01-01T00:00:00.000Z",
    )  # fmt: skip


def rung(answer, name):
    return next(each for each in answer.rungs if each.name == name)


@pytest.mark.parametrize(
    ("aliases", "operator", "decided_by"),
    [
        (("x.tiktokv.com.edgesuite.net", "a1.g.akamai.net"), "tiktok_bytedance", "cname"),
        (("a1.g.akamaiedge.net",), "unknown", None),
        ((), "unknown", None),
    ],
)
def test_names_behind_a_host_decide_where_nothing_before_does(aliases, operator, decided_by):
    answer = CLIMBED.operator_of("h.test", evidence=Evidence(aliases=aliases))
    assert (answer.operator, answer.decided_by) == (operator, decided_by)
    assert rung(answer, "cname").evidence == " → ".join(aliases)


def test_names_behind_a_host_against_the_table_are_a_conflict():
    answer = CLIMBED.operator_of(
        "www.tokopedia.com", evidence=Evidence(aliases=("www.tiktokv.com.edgesuite.net",))
    )
    assert (answer.operator, answer.conflicts) == ("tokopedia_goto", ("cname",))


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db8::7"])
def test_a_network_is_evidence_and_its_rung_says_which(address):
    answer = CLIMBED.operator_of("keranjang.tokopedia.com", evidence=Evidence(address=address))
    assert (answer.operator, answer.decided_by, answer.conflicts) == (
        "tiktok_bytedance",
        "as-number",
        ("name",),
    )
    assert address in rung(answer, "as-number").evidence
    assert rung(answer, "as-number").note == "seen 2026-10-04"


def test_a_network_that_is_not_listed_is_no_evidence():
    answer = CLIMBED.operator_of("h.test", evidence=Evidence(address="203.0.113.1"))
    assert (answer.operator, rung(answer, "as-number").result) == ("unknown", "none")


@pytest.mark.parametrize(
    ("certificate", "group"),
    [
        (a_certificate("h.test", organisation="TikTok Pte. Ltd."), "tiktok_bytedance"),
        (a_certificate("h.test", "*.tiktokv.com"), "tiktok_bytedance"),
        (a_certificate("h.test", "*.tiktokv.com", "www.tokopedia.com"), None),
        (a_certificate("h.test", "a.h.test", organisation="Uji"), None),
    ],
)
def test_a_certificate_is_a_hint_and_decides_nothing(certificate, group):
    answer = CLIMBED.operator_of("h.test", evidence=Evidence(certificate=certificate))
    assert (answer.operator, rung(answer, "certificate").operator) == ("unknown", group)
    assert certificate.names[0] in rung(answer, "certificate").evidence


def test_a_certificate_of_the_other_side_is_a_conflict():
    answer = CLIMBED.operator_of(
        "www.tokopedia.com", evidence=Evidence(certificate=a_certificate("x", organisation="Bytedance"))
    )
    assert answer.conflicts == ("certificate",)


def test_rows_are_dated():
    assert Operators.on(date(2023, 12, 11)).operator_of("x.tokopedia.com").operator == "tokopedia_goto"
    assert Operators.on(date(2023, 12, 12)).operator_of("x.tokopedia.com").operator == "unknown"


def test_longest_suffix_wins():
    table = parse_hosts(
        HEADER + row("a.test", "suffix") + row("b.a.test", "suffix", operator="payment_id"), "t.csv"
    )
    answer = Operators(HostTable(table)).operator_of("c.b.a.test")
    assert answer.operator == "payment_id"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (row("A.test"), 2),
        (row("a.test") + row("a.test"), 3),
        (row("a.test", end="2024-01-31") + row("a.test", start="2024-01-31"), 3),
        (row("a.test", "domain"), 2),
        (row("(", "pattern"), 2),
        (row("a.test", start="yesterday"), 2),
        ("a.test,host\n", 2),
    ],
)
def test_a_wrong_row_is_named(text, line):
    with pytest.raises(PolicyError, match=rf"t\.csv, line {line}:"):
        parse_hosts(HEADER + text, "t.csv")


def test_rows_one_after_the_other_are_fine():
    text = row("a.test", end="2024-01-30") + row("a.test", start="2024-01-31", operator="payment_id")
    table = parse_hosts(HEADER + text, "t.csv")
    assert Operators(HostTable(table, date(2024, 1, 30))).operator_of("a.test").operator == "third_party"
    assert Operators(HostTable(table, date(2024, 1, 31))).operator_of("a.test").operator == "payment_id"
    assert Operators(HostTable(table)).operator_of("a.test").operator == "payment_id"


def test_every_shipped_row_finds_itself():
    for known in rows():
        if known.valid_to is None and known.match in ("host", "suffix", "cname"):
            answer = TODAY.operator_of(known.host)
            found = next(rung for rung in answer.rungs if rung.result == "match")
            assert (found.evidence, found.operator) == (known.host, known.operator)
            assert answer.name_class == known.name_class


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text()))
def test_any_input_is_answered(host, url, headers):
    answer = TODAY.operator_of(host, url=url, headers=headers, request_headers=headers)
    assert answer.model_validate_json(answer.model_dump_json()) == answer


def test_every_source_code_is_spelled_out():
    page = (Path(__file__).parents[3] / "docs" / "hosts.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`([a-z0-9-]+)`", page.partition("## Sources")[2]))
    assert {code for known in rows() for code in known.sources.split()} == listed
