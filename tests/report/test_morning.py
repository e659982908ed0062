"""The morning page says what a night has to say, in both languages, and no text of a page runs in it."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest
from PIL import Image, ImageDraw

from crawler.checks.engine import judge
from crawler.history.judged import Judged
from crawler.lib.i18n import LANGUAGES
from crawler.model.finding import Message
from crawler.model.night import (
    CanaryResult,
    Job,
    JobOutcome,
    JourneyNight,
    Night,
    NightFinding,
    NotObserved,
    Sighting,
    StageStand,
)
from crawler.model.policy import load_brands, load_pack
from crawler.report import morning_pictures
from crawler.report.html import write_html
from crawler.report.morning import write_morning
from tests.bundles import a_visit, make_bundle, text_node

MOMENT = "2024-03-12T18:00:00.000Z"
BOX = (40.0, 600.0, 300.0, 40.0)
PACK = "permendag-31-2023"
GOOD = CanaryResult(state="2024-03-04", expected=7)


def picture(word, *, banner_px=0):
    image = Image.new("RGB", (1_000, 1_600 + banner_px), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 1_000, banner_px), fill="#0a7")
    for number in range(40):
        draw.text(
            (20 + number, banner_px + 40 * number), f"barang nomor {number**2}", fill="black", font_size=24
        )
    draw.rectangle((30, banner_px + 590, 400, banner_px + 650), fill="white")
    draw.text((40, banner_px + 600), word, fill="#a00", font_size=32)
    return image


class Shop:
    """The runs and nights of a test, made one after the other."""

    def __init__(self, tmp_path):
        self.tmp_path = tmp_path
        self.out, self.nights = tmp_path / "snapshots", tmp_path / "nights"
        self.runs = {}

    def walk(self, *visits, report=True):
        """Walk, judge and report a run; return its name."""
        run_id = f"20240312T0{len(self.runs)}0000Z-0000000{len(self.runs)}"
        bundle = make_bundle(self.tmp_path, visits, run_id=run_id)
        judged = Judged(bundle, judge(bundle, load_pack(PACK), load_brands()), load_brands())
        if report:
            for lang in LANGUAGES:
                write_html(bundle, judged.judgement, lang)
        name = f"test-shop/{run_id}"
        self.runs[name] = judged
        return name

    def outcome(self, name, target="toko"):
        judged = self.runs[name]
        stands = [StageStand(stage=v.kind, reached=v.reached) for v in judged.bundle.run.visits]
        return JobOutcome(
            job=Job(target=target, device="desktop"), state="complete", exit_code=1, bundle=name,
            stages=tuple(stands), policy=PACK, verdict=judged.judgement.verdict, index=judged.judgement.index,
            chain_head="c" * 64, seal=judged.bundle.seal, began=MOMENT, ended=MOMENT, duration_s=1,
        )  # fmt: skip

    def finding(self, name, state, on=date(2024, 3, 12), **facts):
        (found,) = [
            each for rule in self.runs[name].judgement.rules for each in rule.findings
            if each.rule == "foreign-brand-text"
        ]  # fmt: skip
        seen = Sighting(date=on, bundle=name)
        values = {
            "state": state, "rule": found.rule, "stage": found.stage, "fingerprint": found.fingerprint,
            "outcome": found.outcome, "severity": found.severity, "observed": found.observed,
            "url": found.url, "first_seen": seen, "last_seen": seen,
        }  # fmt: skip
        return NightFinding(**values | facts)

    def page(self, *journeys, lang="en", before=(), after=None, **facts):
        """Write the page of a night and return its text."""
        names = [(each.bundle, each.target) for each in journeys if each.bundle in self.runs]
        values = {
            "date": date(2024, 3, 12), "number": 2, "began": MOMENT, "ended": MOMENT, "ended_by": "finished",
            "planned": (), "outcomes": tuple(self.outcome(*name) for name in names), "canary": GOOD,
            "journeys": journeys, "exit_code": 0,
        }  # fmt: skip
        self.night = Night(**values | facts)
        path = write_morning(
            self.night, before, out=self.out, nights=self.nights, load=self.runs.get, lang=lang, after=after
        )
        assert path == self.nights / "2024-03-12" / f"morning-{lang}.html"
        return path.read_text()


def storefront(word, **facts):
    node = text_node(word, block=1, boxes=(BOX,))
    return a_visit("storefront", text=[node], picture=picture(word), **facts)


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "nights").mkdir()
    return Shop(tmp_path)


def journey(bundle, *findings, target="toko", **facts):
    return JourneyNight(target=target, device="desktop", bundle=bundle, findings=findings, **facts)


class Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.hrefs, self.srcs = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.hrefs += [found["href"]] if tag == "a" else []
        self.srcs += [found["src"]] if "src" in found else []


def plain(text):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text[text.index("<body") :]))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_new_finding_has_both_pictures_and_a_link_to_it_in_the_report(shop, lang):
    old, new = shop.walk(storefront("Shop Tokopedia")), shop.walk(storefront("TikTok Shop"))
    good = Sighting(date=date(2024, 3, 11), bundle=old)
    text = shop.page(journey(new, shop.finding(new, "new"), last_good=good), lang=lang)
    found = Links(text)
    assert len(found.srcs) == 2
    assert all(src.startswith("data:image/webp;base64,") for src in found.srcs)
    assert f"../../snapshots/{new}/report/report-{PACK}-{lang}.html#finding-1" in found.hrefs
    assert f"../../snapshots/{old}/report/report-{PACK}-{lang}.html" in found.hrefs
    assert text.count('<span class="box"') == 2
    assert not re.search(r"\b(morning|compare|stage|verdict|column)\.[a-z]", plain(text))


def test_every_link_leads_to_a_file_that_is_there(shop):
    new = shop.walk(storefront("TikTok Shop"))
    text = shop.page(journey(new, shop.finding(new, "new")))
    files = [href.partition("#")[0] for href in Links(text).hrefs if not href.startswith("#")]
    assert files
    assert all((shop.nights / "2024-03-12" / name).resolve().is_file() for name in files)
    unreported = shop.walk(storefront("TikTok Shop"), report=False)
    text = shop.page(journey(unreported, shop.finding(unreported, "new")))
    assert all(href.startswith("#") for href in Links(text).hrefs)


def test_what_was_remedied_shows_the_place_where_it_stood(shop):
    old, new = shop.walk(storefront("TikTok Shop")), shop.walk(storefront("Shop Tokopedia"))
    text = shop.page(journey(new, shop.finding(old, "gone", on=date(2024, 3, 11))))
    assert "1 remedied" in plain(text)
    assert len(Links(text).srcs) == 2
    assert "11 March 2024" in text


def test_a_void_night_says_so_and_remedies_nothing(shop):
    old, new = shop.walk(storefront("TikTok Shop")), shop.walk(storefront("Shop Tokopedia"))
    fell = CanaryResult(state="2024-03-04", expected=7, missed=("product-button: <b>",))
    text = plain(shop.page(journey(new, shop.finding(old, "gone")), canary=fell))
    assert "This night is void." in text
    assert "0 remedied" in text
    assert "6 of 7 planted places found" in text
    assert "product-button: &lt;b&gt;" in text
    assert "No canary was walked" in plain(shop.page(journey(new), canary=None))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_night_with_nothing_to_say_says_so_in_one_line(shop, lang):
    run = shop.walk(storefront("TikTok Shop"))
    text = shop.page(journey(run, shop.finding(run, "still-there")), lang=lang)
    assert text.count('class="quiet-night"') == 1
    assert "tallies" not in text[text.index("<body") :]
    assert not [name for name in ("new", "remedied", "unsure", "unseen") if f'<section id="{name}"' in text]


def test_what_was_not_observed_says_why_and_shows_how_it_was_before(shop):
    stopped = a_visit(
        "payment", reached=False, stopped_at=picture("captcha"), url="https://www.tokopedia.com/"
    )
    old, new = (
        shop.walk(storefront("x"), a_visit("payment", picture=picture("y"))),
        shop.walk(storefront("x"), stopped),
    )
    why = Message(id="compare.stage-missing", params={"stage": "payment"})
    entry = NotObserved(target="toko", device="desktop", stage="payment", why=why)
    good = Sighting(date=date(2024, 3, 11), bundle=old)
    text = shop.page(journey(new, last_good=good), not_observed=(entry,))
    assert "1 not observed" in plain(text)
    assert "The stage Payment was not reached" in plain(text).replace("Stage", "stage")
    assert len(Links(text).srcs) == 2


def test_a_journey_that_nobody_saw_comes_before_one_that_passes(shop):
    quiet, bad = shop.walk(storefront("Shop Tokopedia")), shop.walk(storefront("TikTok Shop"))
    gone = NotObserved(target="tutup", device="desktop", stage=None, why=Message(id="morning.no-bundle"))
    text = plain(
        shop.page(
            journey(quiet, target="baik"), journey(None, target="tutup"),
            journey(bad, shop.finding(bad, "new"), target="buruk"), not_observed=(gone,),
        )
    )  # fmt: skip
    assert text.index("buruk") < text.index("tutup") < text.index("baik")
    assert "the whole journey" in text


def test_the_trend_has_a_gap_where_nothing_was_seen(shop):
    run = shop.walk(storefront("TikTok Shop"))
    shop.page(journey(run))
    first = shop.night
    shop.page(journey(None))
    second = shop.night
    text = shop.page(journey(run), before=(first, second))
    assert "Conformity index over the last 3 nights" in text
    assert text.count('stroke="#8c97a5"') == 1


def test_the_chain_head_of_every_bundle_stands_there(shop):
    run = shop.walk(storefront("x"))
    canary = CanaryResult(state="2024-03-04", expected=7, bundle=run, outcome=shop.outcome(run))
    text = shop.page(journey(run), canary=canary)
    assert text.count("c" * 64) == 2
    assert shop.runs[run].bundle.seal in text


def test_a_bundle_that_is_gone_is_told(shop):
    run = shop.walk(storefront("TikTok Shop"))
    seen = shop.finding(
        run, "not-looked", why=(Message(id="compare.stage-missing", params={"stage": "cart"}),)
    )
    shop.runs.clear()
    text = plain(shop.page(journey(None, seen)))
    assert "Its bundle is gone or cannot be read." in text
    assert "TikTok Shop" in text


def test_pictures_that_do_not_fit_are_counted(shop, monkeypatch):
    monkeypatch.setattr(morning_pictures, "MAX_PAIRS", 0)
    run = shop.walk(storefront("TikTok Shop"))
    text = shop.page(journey(run, shop.finding(run, "new")))
    assert Links(text).srcs == []
    assert "The pictures of 1 entry do not fit on this page" in text


def test_nothing_that_others_wrote_runs_or_leads_out(shop):
    hostile = '</style><script>alert(1)</script><a href="https://x.test/">\x1b[2J\u202e'
    run = shop.walk(storefront(f"TikTok Shop {hostile}"))
    seen = shop.finding(
        run, "new", why=(Message(id=hostile), Message(id="compare.rule-failed", params={"error": hostile}))
    )
    note = Message(id="compare.rule-failed", params={"error": hostile})
    canary = CanaryResult(state="x", expected=1, error=hostile)
    text = shop.page(journey(run, seen), notes=(note,), canary=canary)
    assert "<script" not in text
    assert "\x1b" not in text
    assert all(not href.startswith(("http", "javascript")) for href in Links(text).hrefs)
    assert re.findall(r'(?:src|href)="(?!data:|#|\.\./)', text) == []
    assert "default-src 'none'" in text


def test_findings_at_one_place_share_their_pictures(shop):
    run = shop.walk(storefront("TikTok Shop"))
    twice = [
        shop.finding(run, "new"),
        shop.finding(run, "new", first_seen=Sighting(date=date(2024, 3, 1), bundle=run)),
    ]
    text = shop.page(journey(run, *twice))
    assert "2 new or changed" in plain(text)
    assert text.count('<article class="pair') == 1
