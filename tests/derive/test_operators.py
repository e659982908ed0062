"""Who runs a host: the table, the ladder, and what is shown when they disagree."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.derive.hosts import HostTable, parse, rows
from crawler.derive.operators import NOT_LOOKED_AT, Operators
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
    answer = TODAY.of(host)
    assert (answer.name_class, answer.operator, answer.decided_by) == (name, operator, decided_by)


def test_name_against_operator_is_shown():
    assert TODAY.of("pay.tokopediax.com").conflicts == ("name",)
    assert TODAY.of("pay.tokopediax.com").conflict
    assert not TODAY.of("www.tokopedia.com").conflict


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
    answer = TODAY.of("h.test", **marks)
    assert (answer.operator, answer.decided_by, answer.confidence) == ("tiktok_bytedance", "stack", "medium")


def test_stack_marks_decide_a_split_domain():
    answer = TODAY.of("unlisted.tokopedia.com", headers={"x-tt-logid": "1"})
    assert (answer.operator, answer.conflicts) == ("tiktok_bytedance", ("name",))


def test_stack_marks_never_overrule_the_table_and_are_shown():
    answer = TODAY.of("www.tokopedia.com", headers={"x-tt-logid": "1"})
    assert (answer.operator, answer.conflicts) == ("tokopedia_goto", ("stack",))


def test_identifiers_sent_are_hints_only():
    answer = TODAY.of("h.test", url="https://h.test/?msToken=h:1", request_headers={"bd-device-id": "1"})
    assert answer.operator == "unknown"
    hint = next(rung for rung in answer.rungs if rung.name == "stack-hint")
    assert (hint.result, hint.evidence) == ("match", "bd-device-id, msToken")


def test_every_rung_is_reported():
    for host in ("www.tokopedia.com", "h.test"):
        rungs = {rung.name: rung.result for rung in TODAY.of(host).rungs}
        assert [*rungs][:5] == ["host", "pattern", "suffix", "stack", "stack-hint"]
        assert all(rungs[name] == "not looked at" for name in NOT_LOOKED_AT)


def test_rows_are_dated():
    assert Operators.on(date(2023, 12, 11)).of("x.tokopedia.com").operator == "tokopedia_goto"
    assert Operators.on(date(2023, 12, 12)).of("x.tokopedia.com").operator == "unknown"


def test_longest_suffix_wins():
    table = parse(
        HEADER + row("a.test", "suffix") + row("b.a.test", "suffix", operator="payment_id"), "t.csv"
    )
    answer = Operators(HostTable(table)).of("c.b.a.test")
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
        parse(HEADER + text, "t.csv")


def test_rows_one_after_the_other_are_fine():
    text = row("a.test", end="2024-01-30") + row("a.test", start="2024-01-31", operator="payment_id")
    table = parse(HEADER + text, "t.csv")
    assert Operators(HostTable(table, date(2024, 1, 30))).of("a.test").operator == "third_party"
    assert Operators(HostTable(table, date(2024, 1, 31))).of("a.test").operator == "payment_id"
    assert Operators(HostTable(table)).of("a.test").operator == "payment_id"


def test_every_shipped_row_finds_itself():
    for known in rows():
        if known.valid_to is None and known.match in ("host", "suffix", "cname"):
            answer = TODAY.of(known.host)
            found = next(rung for rung in answer.rungs if rung.result == "match")
            assert (found.evidence, found.operator) == (known.host, known.operator)
            assert answer.name_class == known.name_class


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text()))
def test_any_input_is_answered(host, url, headers):
    answer = TODAY.of(host, url=url, headers=headers, request_headers=headers)
    assert answer.model_validate_json(answer.model_dump_json()) == answer


def test_every_source_code_is_spelled_out():
    page = (Path(__file__).parents[2] / "docs" / "hosts.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`([a-z0-9-]+)`", page.partition("## Sources")[2]))
    assert {code for known in rows() for code in known.sources.split()} == listed
