"""The table of all requests: what it holds, that it filters, and that nothing of a page runs in it."""

import pytest

from crawler.checks.engine import judge
from crawler.lib.i18n import translate
from crawler.model.policy import load_brands, load_pack
from crawler.report.request_table import choices_of, narrowed, operator_groups, rows_of, write_requests
from crawler.report.summary import summary_of, wire_of
from crawler.store import layout
from tests.bundles import a_request, a_visit, make_bundle
from tests.netlogs import ALog

SCRIPT = "https://evil.test/<script>document.title='x'</script>"


def judged(tmp_path, count):
    log = ALog()
    log.request("https://kirim.test/keluar", method="POST", body=4, at=1)
    requests = [a_request(f"https://h{number % 50}.test/p{number}?q=1") for number in range(count)]
    for request in requests:
        log.request(request.url)
    requests += [a_request(SCRIPT), a_request("https://www.tokopedia.com/cart", type="document")]
    bundle = make_bundle(
        tmp_path, visits=[a_visit("cart")], requests=requests, files={layout.NETLOG: log.packed()}
    )
    return bundle, judge(bundle, load_pack("permendag-31-2023"), load_brands())


def written(tmp_path, count, lang="en"):
    return write_requests(*judged(tmp_path, count), lang)


@pytest.mark.browser
def test_it_filters_five_thousand_rows_by_words_and_choices(page, tmp_path):
    path = written(tmp_path, 5_000)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    shown = page.locator("#shown")
    assert shown.text_content() == "5003"
    page.get_by_label("Words").fill("h7.test p57")
    rows = page.locator("tbody tr:visible")
    assert int(shown.text_content()) == rows.count() > 0
    assert all("h7.test" in text for text in rows.all_text_contents())
    page.get_by_label("Words").fill("")
    page.get_by_label("Seen by").select_option("log")
    assert shown.text_content() == "1"
    assert "kirim.test" in page.locator("tbody tr:visible").text_content()
    page.get_by_label("Seen by").select_option("")
    page.get_by_label("Operator").select_option("tokopedia_goto")
    assert shown.text_content() == "1"
    assert complaints == []


@pytest.mark.browser
def test_nothing_of_a_page_runs_in_it(page, tmp_path):
    page.goto(written(tmp_path, 3).as_uri())
    assert page.title() != "x"
    assert page.locator("tbody script").count() == 0
    assert (
        "<script>" in page.locator("tbody").text_content()
        or "%3Cscript" in page.locator("tbody").text_content()
    )


@pytest.mark.parametrize(("lang", "word"), [("id", "kedua saksi"), ("en", "both witnesses")])
def test_it_speaks_both_languages(tmp_path, lang, word):
    text = written(tmp_path, 2, lang).read_text()
    assert word in text
    assert "?q=1" not in text


def test_rows_are_narrowed_without_a_browser_as_the_page_does_it(tmp_path):
    bundle, judgement = judged(tmp_path, 200)
    wire = wire_of(bundle, judgement)
    rows = rows_of(summary_of(bundle, judgement), operator_groups(wire), translate("en"))
    assert narrowed(rows, "", {}) == rows
    assert {row.host for row in narrowed(rows, "H7.test /P57", {})} == {"h7.test"}
    assert narrowed(rows, "h7.test", {"witness": "log"}) == []
    (alone,) = narrowed(rows, "", {"witness": "log", "state": ""})
    assert alone.host == "kirim.test"
    offered = dict(choices_of(rows, translate("en")))
    assert {value for value, _ in offered["witness"]} == {row.witness for row in rows}
    assert [value for value, _ in offered["operator"]] == ["unknown", "tokopedia_goto"]
