"""The left-over meter counts findings and nothing else, and a zero is one only where it was looked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.checks.leftovers import area, measure
from crawler.model.finding import Excuse, Gap, Locus, Message, RuleResult, Spot, Verdict
from crawler.model.scenario import Stage
from tests.bundles import a_visit, make_bundle
from tests.report.samples import a_finding

COUNTED = {"foreign-brand-text": "mention", "foreign-logo": "logo"}
SIZE = (1_000.0, 2_000.0)
EXCUSED = {"status": "excused", "excuse": Excuse(phrase="x", reason="clock")}
sides = st.integers(-20, 60).map(float)
boxes = st.tuples(sides, sides, st.integers(0, 50).map(float), st.integers(0, 50).map(float))


def result(*findings, rule="foreign-brand-text", gaps=(), error=None):
    return RuleResult(rule=rule, version=1, verdict=Verdict.FAIL, findings=findings, gaps=gaps, error=error)


def at(box=None, channel="text", page=1):
    return Locus(page=page, box=box, channel=channel)


@pytest.fixture(name="run")
def some_run(tmp_path):
    visits = [a_visit("storefront"), a_visit("cart"), a_visit("payment", reached=False)]
    return make_bundle(tmp_path, visits=visits).run


def meter(run, *results, size=SIZE):
    return measure(run, results, COUNTED, lambda _visit, _page: size)


def test_names_logos_channels_and_places_are_counted_by_stage(run):
    found = [
        a_finding(locus=at((0, 0, 100, 20)), times=3, also=(Spot(page=1, box=(0, 900, 100, 20)),) * 2),
        a_finding(locus=at(channel="meta"), hidden=True),
        a_finding(locus=at((0, 1_800, 100, 20)), outcome="needs_review"),
        a_finding(locus=at((0, 10, 9, 9)), **EXCUSED),
    ]
    logo = a_finding(rule="foreign-logo", locus=at((10, 1_000, 40, 40), "pixels"), visit=2, stage=Stage.CART)
    other = a_finding(rule="invoice-missing", locus=at((0, 0, 9, 9)))
    first, second, third = meter(
        run, result(*found), result(logo, rule="foreign-logo"), result(other, rule="invoice-missing")
    )
    assert (first.mentions, first.logos, first.in_review, first.excused) == (5, 0, 1, 1)
    assert (first.first_screen, first.below, first.unplaced) == (1, 3, 1)
    assert first.channels == {"meta": 1, "text": 4}
    assert first.area_share == round(3 * 100 * 20 / (1_000 * 2_000), 6)
    assert (second.mentions, second.logos, second.channels) == (0, 1, {"pixels": 1})
    assert [row.measured for row in (first, second, third)] == ["whole", "whole", "not"]
    assert third.area_share is None


def test_what_is_hidden_has_no_place_on_the_page_even_where_its_element_has(run):
    (first, *_) = meter(run, result(a_finding(locus=at((0, 0, 100, 20), "alt"), hidden=True)))
    assert (first.first_screen, first.below, first.unplaced, first.area_share) == (0, 0, 1, 0.0)


@pytest.mark.parametrize(
    "gap",
    [
        Gap(rule="foreign-brand-text", stage=Stage.CART, visit=2, message=Message(id="gap.frame-unread")),
        Gap(rule="foreign-brand-text", stage=None, visit=None, message=Message(id="gap.rule-error")),
    ],
)
def test_a_stage_that_was_not_read_whole_says_so(run, gap):
    assert meter(run, result(gaps=(gap,)))[1].measured == "partly"


def test_a_rule_that_broke_leaves_no_stage_whole(run):
    assert {row.measured for row in meter(run, result(error="KeyError"))} == {"partly", "not"}


def test_a_page_of_unknown_size_has_no_share(run):
    assert meter(run, result(a_finding(locus=at((0, 0, 9, 9)))), size=None)[0].area_share is None


@given(st.lists(boxes, max_size=8))
def test_the_area_is_that_of_every_pixel_once(listed):
    width, height = 40, 30
    covered = {
        (column, row)
        for x, y, w, h in listed
        for column in range(max(0, int(x)), min(width, int(x + w)))
        for row in range(max(0, int(y)), min(height, int(y + h)))
    }
    assert area(listed, (float(width), float(height))) == len(covered)


@given(st.lists(boxes, max_size=5), boxes)
def test_one_more_box_never_makes_it_less_and_never_more_than_the_page(listed, more):
    size = (40.0, 30.0)
    assert area(listed, size) <= area([*listed, more], size) <= 40 * 30
