"""A spreadsheet reads what was written, and runs none of it."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.checks.engine import judge
from crawler.model.policy import load_brands, load_pack
from crawler.report.summary import summary_of
from crawler.report.tables import (
    BOM,
    FINDINGS,
    FORMULA_STARTS,
    HOSTS,
    LEFTOVERS,
    OBLIGATIONS,
    REQUESTS,
    STAGES,
    harmless,
    to_csv,
    write_csv,
)
from crawler.store import layout
from crawler.store.bundle import Bundle
from tests.bundles import a_request, a_visit, make_bundle
from tests.netlogs import TOOL, ALog
from tests.report.samples import a_finding, sample_bundle, sample_judgement

ANY = st.text(alphabet=st.characters())  # lone surrogates and controls too


@pytest.fixture(name="bundle")
def made(tmp_path):
    return sample_bundle(tmp_path)


def read(path):
    """Read a table the way a program does that follows RFC 4180."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@given(ANY)
@example("=cmd|' /C calc'!A0")
@example(" =1+1")
@example("\ufeff@SUM(A1)")
@example("\uff1d1")
@example("\t=1")
@example("\ud800")
def test_no_text_is_a_formula(text):
    safe = harmless(text)
    assert safe[:1] not in FORMULA_STARTS or not safe
    assert safe.lstrip(" \u00a0\ufeff")[:1] not in FORMULA_STARTS or not safe.lstrip(" \u00a0\ufeff")
    safe.encode("utf-8")


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc"))))
def test_harmless_text_is_kept_whole(text):
    """Apostrophes alone are added, and each stands before a sign that begins a formula."""
    safe = harmless(text)
    left = iter(safe)
    assert all(any(sign == each for each in left) for sign in text)
    assert len(safe) - len(text) <= sum(sign in FORMULA_STARTS for sign in text)


@given(st.lists(ANY, min_size=1, max_size=4), st.sampled_from([";", "\t", "; ", ";\u00a0"]))
@example(["/y", "=1+1"], ";")
@example(["a", "@SUM(A1)", "-2"], "; ")
def test_no_cell_of_a_spreadsheet_that_separates_otherwise_is_a_formula(texts, separator):
    """On an Indonesian Windows the list separator is a semicolon."""
    for cell in re.split(r"[;\t]", harmless(separator.join(texts)))[1:]:
        assert cell.lstrip(" \u00a0\ufeff")[:1] not in {
            "=",
            "+",
            "-",
            "@",
            "\uff1d",
            "\uff0b",
            "\uff0d",
            "\uff20",
        }


@given(st.lists(st.tuples(ANY, st.integers(), ANY), max_size=6))
def test_a_table_reads_back_as_it_was_made_harmless(rows):
    text = to_csv(("a", "b", "c"), rows)
    assert text.startswith(BOM)
    assert text.endswith("\r\n")
    back = list(csv.reader(io.StringIO(text.removeprefix(BOM), newline=""), strict=True))
    assert back == [["a", "b", "c"], *([harmless(a), str(b), harmless(c)] for a, b, c in rows)]


def test_numbers_stay_numbers():
    assert to_csv(("x",), [[-12.5]]) == f"{BOM}x\r\n-12.5\r\n"


def test_findings_carry_the_numbers_of_the_report_and_titles_of_its_language(bundle):
    judgement = sample_judgement()
    for lang, stage in (("id", "Etalase"), ("en", "Storefront")):
        paths = {path.name.split("-")[0]: path for path in write_csv(bundle, judgement, lang)}
        rows = read(paths["findings"])
        assert tuple(rows[0]) == FINDINGS
        views = summary_of(bundle, judgement).findings
        assert [int(row["number"]) for row in rows] == [view.number for view in views]
        assert (rows[0]["stage"], rows[0]["stage_title"]) == ("storefront", stage)
        assert [row["box_x_px"] for row in rows] == ["24.0", "120.0", "400.0", ""]
        assert rows[3]["request_host"] == "pay.tiktokv.com"
        assert rows[2]["excuse"] == "follow-link"


def test_requests_and_hosts_say_the_same_and_no_query(bundle):
    _, requests, hosts, *_ = (read(path) for path in write_csv(bundle, sample_judgement(), "id"))
    assert (tuple(requests[0]), tuple(hosts[0])) == (REQUESTS, HOSTS)
    assert len(requests) == sum(int(row["requests"]) for row in hosts) == 6
    pay = next(row for row in requests if row["host"] == "pay.tiktokv.com")
    assert (pay["path"], pay["findings"], pay["operator"]) == ("/api/pay", "4", "tiktok_bytedance")
    refused = next(row for row in requests if row["state"] == "refused")
    assert refused["contacted"] == "no"
    assert "token=abc" not in str(requests)
    assert "?" not in pay["path"]


def test_a_finding_in_pixels_carries_both_readings_and_its_place_in_the_file(bundle):
    rows = read(write_csv(bundle, sample_judgement(), "id")[0])
    seen = next(row for row in rows if row["rule"] == "foreign-brand-pixels")
    assert (seen["grade"], seen["read_first"], seen["read_again"]) == (
        "confusable", "Beli Lokal di TikTok", "Beli Lokal di TikTek; Beli")  # fmt: skip
    assert seen["pixels"] == "data/stages/01-storefront/fullpage-001.png#xywh=120,1400,500,160"
    assert (seen["element"], seen["element_src"]) == (
        "main > img.banner",
        "https://images.tokopedia.net/b.png",
    )
    assert seen["readers"] == "PP-OCRv4; tesseract 5.3.0"


def test_the_meter_has_a_row_for_each_stage_and_none_is_zero_where_nobody_looked(bundle):
    rows = read(write_csv(bundle, sample_judgement(), "id")[3])
    assert tuple(rows[0]) == LEFTOVERS
    assert [row["measured"] for row in rows] == ["whole", "partly", "not"]
    assert (rows[0]["mentions"], rows[0]["channels"]) == ("3", "pixels: 1; text: 2")
    assert rows[2]["mentions"] == ""


def test_a_judgement_without_a_meter_has_no_table_of_it(bundle):
    assert len(write_csv(bundle, sample_judgement(leftovers=None), "id")) == 5


def test_what_a_page_says_cannot_run(bundle):
    judgement = sample_judgement()
    first = judgement.rules[0]
    evil = a_finding(observed='=HYPERLINK("https://evil.example","klik")', url="@SUM(1)")
    changed = judgement.model_copy(update={"rules": (first.model_copy(update={"findings": (evil,)}),)})
    (row,) = read(write_csv(bundle, changed, "id")[0])
    assert row["observed"] == '\'=HYPERLINK("https://evil.example","klik")'
    assert row["url"] == "'@SUM(1)"


def test_the_seal_stays_whole(bundle):
    paths = write_csv(bundle, sample_judgement(), "id")
    assert {path.parent for path in paths} == {bundle.root / "report"}
    assert Bundle(bundle.root).seal == bundle.seal


def test_stages_say_whether_they_were_confirmed_and_obligations_what_they_rest_on(tmp_path):
    bundle = make_bundle(
        tmp_path,
        visits=[a_visit("cart"), a_visit("payment", bare=True), a_visit("info", reached=False)],
        requests=[a_request("https://www.tokopedia.com/", visit=1, type="document")],
    )
    judgement = judge(bundle, load_pack("permendag-31-2023"), load_brands())
    *_, stages, obligations = (read(path) for path in write_csv(bundle, judgement, "id"))
    assert tuple(stages[0]) == STAGES
    assert [row["confirmed"] for row in stages] == ["confirmed", "not confirmed", "not reached"]
    payment = next(row for row in obligations if row["obligation"] == "payment")
    assert tuple(payment) == OBLIGATIONS
    assert payment["stages_unconfirmed"] == "payment"
    assert "claims 0" in payment["rests_on"]


def test_a_connection_without_a_request_is_a_row_of_both_tables(tmp_path):
    log = ALog()
    log.preconnect("https://warm.test")
    log.bare_look_up("stun.test", at=0.1)
    log.datagram("198.51.100.7:3478", at=0.2)
    log.request("https://early.test/", at=-3_000)
    log.request("https://icons.test/i.png", annotation=TOOL, site="", at=0.3)
    bundle = make_bundle(tmp_path, visits=[a_visit("cart")], files={layout.NETLOG: log.packed()})
    paths = write_csv(bundle, sample_judgement(bundle.run.run_id, rules=(), obligations=()), "en")
    tables = {path.name.split("-")[0]: read(path) for path in paths}
    bare = [row for row in tables["requests"] if row["state"] == "connection without request"]
    assert {(row["host"], row["type"], row["contacted"], row["address"]) for row in bare} == {
        ("warm.test", "connection", "yes", "203.0.113.9"),
        ("stun.test", "datagrams", "yes", "198.51.100.7"),
    }
    asked = [row["host"] for row in tables["requests"] if row["state"] == "asked by the capture"]
    assert asked == ["icons.test"]
    hosts = {row["host"]: (row["stage"], row["requests"], row["without_request"]) for row in tables["hosts"]}
    assert hosts == {
        "warm.test": ("cart", "0", "connection without request"),
        "stun.test": ("cart", "0", "datagrams without request, no answer on record (UDP)"),
        "early.test": ("", "1", ""),
        "icons.test": ("cart", "0", "asked by the capture, by no page"),
    }
