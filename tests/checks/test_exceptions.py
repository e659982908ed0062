"""An exception of a reviewer lets a mention pass at its place until its day, and is said where it does."""

from __future__ import annotations

from datetime import date

import pytest

from crawler.checks.engine import judge
from crawler.lib.i18n import LANGUAGES
from crawler.model.excepted import Exceptions
from crawler.model.policy import load_brands, pack_in_force
from crawler.report.html import write_html
from crawler.report.tables import write_csv
from tests.bundles import a_visit, make_bundle
from tests.decided import an_exception

DAY = date(2024, 3, 12)
PHRASE = "Pindahan dari TikTok Shop"
TEXT = (f"{PHRASE} sejak Maret", "Belanja di TikTok Shop sekarang")


@pytest.fixture
def bundle(tmp_path):
    return make_bundle(
        tmp_path,
        [a_visit("cart", text=TEXT), a_visit("payment", text=TEXT[:1])],
        target="toko-a",
        as_of=DAY,
    )


def over(**facts):
    place = {"phrase": PHRASE, "stage": "cart", "channel": "text"}
    dates = {"since": date(2024, 3, 10), "until": date(2024, 3, 20)}
    made = an_exception(**(place | dates | facts))
    return Exceptions(listed=(made,), sha256="ab" * 32)


def judged(bundle, exceptions, on=DAY):
    return judge(bundle, pack_in_force(DAY), load_brands(), as_of=on, exceptions=exceptions)


def mentions(judgement):
    found = (finding for rule in judgement.rules for finding in rule.findings)
    return {(f.stage.value, f.observed): f for f in found if f.rule == "foreign-brand-text"}


def open_ones(judgement):
    return {place for place, finding in mentions(judgement).items() if finding.status == "open"}


def test_the_mention_is_excused_at_its_place_and_nowhere_else(bundle):
    without, under = judged(bundle, Exceptions()), judged(bundle, over())
    (gone,) = open_ones(without) - open_ones(under)
    assert gone == ("cart", TEXT[0])
    assert len(open_ones(under)) == 2
    excuse = mentions(under)[gone].excuse
    assert (excuse.reason, excuse.phrase) == ("exception", PHRASE)
    assert "ani, 2024-03-20" in excuse.source


def test_it_ends_by_itself(bundle):
    days = {day: judged(bundle, over(), date(2024, 3, day)) for day in (9, 10, 20, 21)}
    excused = {day: ("cart", TEXT[0]) not in open_ones(found) for day, found in days.items()}
    assert excused == {9: False, 10: True, 20: True, 21: False}
    assert days[21].exceptions == ()


@pytest.mark.parametrize("elsewhere", [{"target": "toko-b"}, {"stage": "payment"}, {"channel": "title"}])
def test_another_place_is_another_matter(bundle, elsewhere):
    assert ("cart", TEXT[0]) in open_ones(judged(bundle, over(**elsewhere)))


def test_without_a_stage_it_holds_at_all_of_the_target(bundle):
    assert open_ones(judged(bundle, over(stage=None))) == {("cart", TEXT[1])}


def test_the_judgement_records_the_overlay_and_the_exceptions_that_touched_it(bundle):
    plain, under = judged(bundle, Exceptions()), judged(bundle, over())
    assert "exceptions" not in plain.inputs
    assert plain.exceptions is None
    assert under.inputs["exceptions"] == "ab" * 32
    assert under.inputs["pack"] == plain.inputs["pack"]
    assert [each.phrase for each in under.exceptions] == [PHRASE]
    assert judged(bundle, over(target="toko-b")).exceptions == ()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_lists_what_it_used(bundle, lang):
    text = write_html(bundle, judged(bundle, over()), lang).read_text()
    section = text[text.index('id="exceptions"') :]
    assert PHRASE in section
    assert "ani" in section
    assert "20 Maret 2024" in section or "20 March 2024" in section
    assert 'id="exceptions"' not in write_html(bundle, judged(bundle, Exceptions()), lang).read_text()


def test_the_table_of_findings_names_it_too(bundle):
    written = write_csv(bundle, judged(bundle, over()), "en")
    text = next(path for path in written if "findings" in path.name).read_text(encoding="utf-8-sig")
    assert "exception (exceptions.jsonl, 1: ani, 2024-03-20)" in text
