"""The report as a person meets it: opened from a file, at desk and phone width, with hostile contents."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from crawler.model.evidence import CollectorFailure, Refusal
from crawler.model.finding import Locus, Message, RuleResult, Verdict
from crawler.report.html import write_html
from tests.bundles import a_request, a_visit, make_bundle
from tests.report.samples import BANNER, HEADER, TEXT, a_finding, picture, sample_bundle, sample_judgement

pytestmark = pytest.mark.browser

HOSTILE = (
    "<script>document.title='owned'</script>"
    '"><img src=https://evil.example/x onerror="document.title=\'owned\'">'
    "{{ 7 * 7 }}{% raw %}\u202etxt.exe\u2066\n\r\x00\u200b"
)
SCRIPT_URL = "javascript:document.title='owned'//https://evil.example/<svg onload=alert(1)>"
LONG = "https://www.tokopedia.com/" + "sangatpanjang" * 400


class Watch:
    """Notes everything that a page must not do."""

    def __init__(self, page):
        self.requests, self.console, self.errors = [], [], []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: self.errors.append(dialog.message))

    def calm(self, report):
        """Say whether nothing but the file itself was asked for, and nothing was said."""
        asked = [url for url in self.requests if not url.startswith("data:") and url != report.as_uri()]
        return (asked, self.console, self.errors) == ([], [], [])


@pytest.fixture(scope="module", name="reports")
def made(tmp_path_factory):
    bundle = sample_bundle(tmp_path_factory.mktemp("sample"))
    return {lang: write_html(bundle, sample_judgement(), lang) for lang in ("id", "en")}


@pytest.fixture(scope="module", name="hostile")
def hostile_report(tmp_path_factory):
    """Everything that can come from a page or a machine is hostile in every field that takes text."""
    refusal = Refusal(
        time="2024-03-12T02:00:30.000Z",
        visit=1,
        what="request",
        page_url=SCRIPT_URL,
        control=HOSTILE,
        word=HOSTILE,
        rule=HOSTILE,
        method=HOSTILE,
        url=LONG,
        fields=(HOSTILE, LONG),
    )
    failure = CollectorFailure(collector=HOSTILE, page=1, error=HOSTILE, message=HOSTILE + LONG)
    bundle = make_bundle(
        tmp_path_factory.mktemp("hostile"),
        visits=[
            a_visit(
                "storefront",
                url=SCRIPT_URL,
                title=HOSTILE,
                picture=picture(900, {HEADER: ""}),
                unread=(HOSTILE, LONG),
                failures=(failure,),
                detail=HOSTILE,
            ),
            a_visit("payment", reached=False, reason="script error", detail=HOSTILE + LONG),
        ],
        requests=[a_request("https://" + "a" * 60 + ".example/" + "<b>" * 300, visit=1)],
        refusals=[refusal],
        target=HOSTILE,
        detail=HOSTILE,
        status="incomplete",
        ended_by="script error",
        case={"surat_tugas": HOSTILE, "officer": LONG},
        settings={"note": HOSTILE, "long": LONG},
    )
    finding = a_finding(
        observed=HOSTILE,
        expected=HOSTILE,
        url=SCRIPT_URL,
        locus=Locus(page=1, box=HEADER, channel=HOSTILE, element=HOSTILE, frame=LONG, request="r1"),
        message=Message(id="invoice-missing.social-issuer", params={"text": HOSTILE + LONG}),
        evidence=(HOSTILE, LONG),
    )
    rule = RuleResult(rule=TEXT, version=1, verdict=Verdict.FAIL, findings=(finding,), checked={HOSTILE: 1})
    judgement = sample_judgement(rules=(rule,), inputs={HOSTILE: LONG})
    return {lang: write_html(bundle, judgement, lang) for lang in ("id", "en")}


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("width", [1_366, 390])
def test_opens_from_a_file_without_network_or_complaint(page, reports, lang, width):
    watch = Watch(page)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(reports[lang].as_uri())
    assert watch.calm(reports[lang])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.lang") == lang
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    assert page.locator("img").count() > 5


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("width", [1_366, 390])
def test_hostile_contents_stay_text(page, hostile, lang, width):
    watch = Watch(page)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(hostile[lang].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    assert watch.calm(hostile[lang])
    assert "owned" not in page.title()
    assert (
        page.locator(
            "script, iframe, object, embed, form, svg:not(.map > svg, .fall-map > svg), [onerror], [onload]"
        ).count()
        == 0
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shown = page.locator("body").inner_text()
    assert "document.title='owned'" in shown
    assert "{{ 7 * 7 }}" in shown
    assert "U+202E" in shown
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00]", shown)


def test_no_link_leaves_the_report(page, hostile):
    page.goto(hostile["en"].as_uri())
    targets = page.eval_on_selector_all(
        "[href], [src], [action]",
        "nodes => nodes.map(node => \
        node.getAttribute('href') ?? node.getAttribute('src') ?? node.getAttribute('action'))",
    )
    assert targets
    assert {target[:5] for target in targets if not target.startswith("#")} <= {"data:"}


def test_a_script_that_got_in_would_not_run(page, reports, tmp_path):
    """The policy in the file is the second wall: prove that it stands without the first."""
    text = reports["en"].read_text(encoding="utf-8")
    holed = tmp_path / "holed.html"
    script = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    holed.write_text(text.replace("</main>", script + "</main>"), encoding="utf-8")
    page.goto(holed.as_uri())
    assert "owned" not in page.title()
    bare = tmp_path / "bare.html"
    bare.write_text(re.sub("<meta http-equiv[^>]*>", "", holed.read_text(encoding="utf-8")), encoding="utf-8")
    page.goto(bare.as_uri())
    assert page.title() == "owned"


@pytest.mark.parametrize("width", [1_366, 390])
def test_the_left_over_meter_says_where_nobody_looked(page, reports, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(reports["en"].as_uri())
    rows = [" ".join(text.split()) for text in page.locator("#leftovers tbody tr").all_inner_texts()]
    assert len(rows) == 3
    assert "names: 3, logos: 0; for review: 1" in rows[0]
    assert "1.23%" in rows[0]
    assert "measured in part" in rows[1]
    assert "not known" in rows[1]
    assert "not reached, not measured" in rows[2]
    assert "0" not in rows[2].replace("10", "")
    bars = page.locator(".gauge > span").evaluate_all(
        "bars => bars.map(bar => bar.getBoundingClientRect().width)"
    )
    assert bars[0] > 20
    assert bars[1] == 0


def test_a_finding_in_pixels_shows_both_readings_and_its_place(page, reports):
    page.goto(reports["en"].as_uri())
    said = " ".join(page.locator("#finding-2").inner_text().split())
    for part in (
        "PP-OCRv4",
        "Beli Lokal di TikTek",
        "tesseract 5.3.0: reads otherwise",
        "possibly misread",
        "main > img.banner",
        "https://images.tokopedia.net/b.png",
        "x 120, y 1,400, 500",
    ):
        assert part in said


@pytest.mark.parametrize("width", [1_366, 390])
def test_boxes_lie_over_what_they_name(page, reports, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(reports["id"].as_uri())
    for number, box in ((1, HEADER), (2, BANNER)):
        shot = page.locator(f".shot:has(#box-{number})").bounding_box()
        drawn = page.locator(f"#box-{number}").bounding_box()
        scale = shot["width"] / 1_366
        expected = [shot["x"] + box[0] * scale, shot["y"] + box[1] * scale, box[2] * scale, box[3] * scale]
        assert [drawn[key] for key in ("x", "y", "width", "height")] == pytest.approx(expected, abs=1.5)


def test_under_a_box_is_the_dark_thing_that_was_found(page, reports):
    page.set_viewport_size({"width": 1_366, "height": 900})
    page.goto(reports["id"].as_uri())
    page.locator("#box-2").scroll_into_view_if_needed()
    page.evaluate("document.querySelectorAll('.box').forEach(box => box.style.visibility = 'hidden')")
    place = page.locator("#box-2").bounding_box()
    seen = Image.open(io.BytesIO(page.screenshot())).convert("L")
    left, top = place["x"], place["y"]
    right, bottom = left + place["width"], top + place["height"]
    inside = seen.crop((round(left + 3), round(bottom - 20), round(right - 3), round(bottom - 3)))
    assert inside.getextrema()[1] < 90
    assert seen.getpixel((round(left) - 6, round(bottom) + 6)) > 150
    assert seen.getpixel((round(right) + 6, round(bottom) + 8)) > 150


def test_finding_and_box_lead_to_each_other(page, reports):
    page.set_viewport_size({"width": 1_366, "height": 900})
    page.goto(reports["id"].as_uri())
    page.locator("#finding-2 .back a").click()
    assert page.url.endswith("#box-2")
    frame = page.locator(".frame:has(#box-2)").bounding_box()
    box = page.locator("#box-2").bounding_box()
    assert frame["y"] <= box["y"] <= frame["y"] + frame["height"]
    page.locator("#box-2").click()
    assert page.url.endswith("#finding-2")
    assert page.locator("#finding-2").bounding_box()["y"] < 900


def test_finding_and_request_lead_to_each_other(page, reports):
    page.set_viewport_size({"width": 1_366, "height": 900})
    page.goto(reports["id"].as_uri())
    page.locator("#finding-4 .back a").click()
    assert page.url.endswith("#request-4-1")
    row = page.locator("#request-4-1")
    assert "pay.tiktokv.com/api/pay" in row.inner_text()
    row.locator("a.num").click()
    assert page.url.endswith("#finding-4")


def test_exhibits_stand_first_and_lead_to_their_findings(page, reports):
    page.set_viewport_size({"width": 1_366, "height": 900})
    page.goto(reports["en"].as_uri())
    cards = page.locator(".exhibit")
    assert cards.count() == 3
    assert page.locator("#exhibits").bounding_box()["y"] < 500
    assert "pay.tiktokv.com" in cards.nth(0).inner_text()
    assert cards.nth(1).locator("img").evaluate("image => image.naturalWidth") > 0
    cards.nth(1).locator(".go a").click()
    assert page.url.endswith("#finding-1")


@pytest.mark.parametrize("width", [1_366, 390])
def test_the_film_strip_shows_every_visit_with_its_mark(page, reports, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(reports["id"].as_uri())
    stills = page.locator(".film li")
    assert stills.count() == 5
    assert page.locator(".film li.missed").count() == 1
    assert "tidak tercapai" in stills.nth(4).inner_text()
    assert "2 temuan" in stills.nth(0).inner_text()
    assert stills.nth(0).locator("img").evaluate("image => image.naturalWidth") > 100
    stills.nth(3).locator("a").click()
    assert page.url.endswith("#visit-4")


def test_the_host_map_scrolls_in_its_own_box_and_leads_on(page, reports):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(reports["id"].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    inner = page.locator(".map").evaluate("box => box.scrollWidth - box.clientWidth")
    assert inner > 200
    page.locator(".map a", has_text="pay.tiktokv.com").click()
    assert page.url.endswith("#hosts-4")


def test_every_inner_link_has_its_place(page, reports):
    page.goto(reports["id"].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    lost = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href'))"
        ".filter(href => !document.getElementById(href.slice(1)))"
    )
    assert lost == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids))


def test_not_reached_is_never_compliant(page, reports):
    page.goto(reports["id"].as_uri())
    invoice = page.locator("#obligation-invoice").inner_text()
    assert "Tidak dapat diuji" in invoice
    assert "Sesuai" not in invoice
    assert "Tidak tercapai tidak berarti sesuai." in page.locator("#visit-5").inner_text()


def test_prints_without_cutting_a_line_at_the_side(page, reports):
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 1_000})  # A4 between the margins of the print style
    page.goto(reports["id"].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    assert page.locator("nav").is_hidden()


def test_on_paper_a_long_page_is_whole_and_nothing_stays_folded(page, reports):
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 1_000})
    page.goto(reports["id"].as_uri())
    frames = page.locator(".frame").evaluate_all(
        "frames => frames.map(frame => [frame.scrollHeight - frame.clientHeight, frame.clientHeight])"
    )
    a4_px = (297 - 34) / 25.4 * 96
    assert frames
    assert all(hidden <= 1 and height < a4_px for hidden, height in frames)
    assert page.locator("#excused").is_visible()
    assert page.locator("details.excused .finding").first.is_visible()


def test_on_paper_a_page_too_long_to_be_whole_says_so(page, tmp_path):
    bundle = make_bundle(tmp_path, visits=[a_visit("storefront", picture=picture(12_000, {}), tile_px=4_000)])
    page.emulate_media(media="print")
    page.goto(write_html(bundle, sample_judgement(rules=()), "en").as_uri())
    hidden = page.locator(".frame").first.evaluate("frame => frame.scrollHeight - frame.clientHeight")
    assert hidden > 100
    assert page.locator(".printed").first.inner_text().startswith("The top of the page")


def test_the_head_of_printed_pages_names_the_run_and_nothing_else(page, reports):
    page.goto(reports["id"].as_uri())
    style = page.locator("style").inner_text()
    assert style.count("@top-left{content:") == 1
    assert "counter(page) ' / ' counter(pages)" in style
    assert "<" not in style
