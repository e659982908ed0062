"""The waterfall of a stage: bounded, in order, and harmless."""

import pytest

from crawler.checks.engine import judge
from crawler.derive.network import ledger
from crawler.lib.i18n import translate
from crawler.model.policy import load_brands, load_pack
from crawler.report.html import write_html
from crawler.report.waterfall import MAX_ROWS, shown, waterfall
from crawler.store import layout
from tests.bundles import a_request, a_visit, make_bundle
from tests.netlogs import ALog


@pytest.fixture
def entries(tmp_path):
    def entries(*requests):
        return ledger.ledger_of(make_bundle(tmp_path, visits=[a_visit("cart")], requests=requests)).entries

    return entries


def drawn(found, marked=()):
    return waterfall(found, lambda entry: "unknown", frozenset(marked), translate("en"))


def test_it_draws_no_more_rows_than_fit_and_never_leaves_out_what_a_finding_rests_on(entries):
    many = entries(*(a_request(f"https://h{number}.test/", type="image") for number in range(200)))
    rows = shown(many, frozenset({"r199"}))
    assert len(rows) == MAX_ROWS
    assert "r199" in {row.id for row in rows}
    assert [row.time for row in rows] == sorted(row.time for row in rows)


def test_a_stage_without_requests_has_none(entries):
    assert drawn(entries()) is None


def test_a_host_of_any_kind_is_text(entries):
    text = drawn(entries(a_request("https://a.test/"), a_request("https://b.test/", method="<x>")), {"r1"})
    assert "<x>" not in text
    assert "a.test" in text


@pytest.mark.parametrize(("state", "outlined"), [("blocked", True), ("sent", False)])
def test_what_was_not_contacted_is_an_outline(entries, state, outlined):
    assert ("stroke-dasharray" in drawn(entries(a_request("https://a.test/", state=state)))) is outlined


def test_what_went_out_before_the_first_stage_is_in_the_report_too(tmp_path):
    log = ALog()
    log.request("https://awal.test/", at=-5)
    bundle = make_bundle(tmp_path, visits=[a_visit("cart")], files={layout.NETLOG: log.packed()})
    judgement = judge(bundle, load_pack("permendag-31-2023"), load_brands())
    assert "Before the first stage" in write_html(bundle, judgement, "en").read_text()
