"""Findings over nights: one visit or two, what stood before, and what nobody could look for."""

from __future__ import annotations

from datetime import date

import pytest

from crawler.history.over_nights import night_findings, remedied_before, standing_before
from crawler.model.night import Sighting
from tests.bundles import a_visit
from tests.nights import a_finding, a_journey, a_night

TONIGHT, LAST = date(2024, 3, 12), date(2024, 3, 11)
NAMED, CLEAN = ["Selamat datang di TikTok Shop"], ["Selamat datang di Shop | Tokopedia"]
OLD = "test-shop/20240311T180000Z-0000000a"


@pytest.fixture
def visit(run):
    """Return what makes a judged visit of a product page, with the sighting that names it."""
    made = []

    def make(texts=CLEAN, **facts):
        judged = run([a_visit("product", text=texts, **facts)])
        made.append(judged)
        name = f"test-shop/20240312T18000{len(made)}Z-0000000{len(made)}"
        return Sighting(date=TONIGHT, bundle=name), judged

    return make


def brand(findings):
    return [each for each in findings if each.rule == "foreign-brand-text"]


def told(visits, standing=(), load=lambda _: None, *, void=False, remedied=None):
    found = night_findings(visits, standing, load, remedied=remedied or {}, void=void)
    return brand(found)


def stood(visits):
    """Return what a night leaves standing that saw these visits."""
    found = told(visits)
    seen = Sighting(date=LAST, bundle=OLD)
    return [each.model_copy(update={"first_seen": seen, "last_seen": seen}) for each in found]


def test_what_was_not_there_before_is_new(visit):
    (finding,) = told([visit(NAMED), visit(NAMED)])
    assert (finding.state, finding.first_seen.date, finding.returned) == ("new", TONIGHT, None)


def test_what_stood_is_still_there_since_its_first_night(visit):
    (finding,) = told([visit(NAMED)], stood([visit(NAMED)]))
    assert (finding.state, finding.first_seen.date, finding.last_seen.date) == ("still-there", LAST, TONIGHT)


def test_what_reads_otherwise_is_changed_and_says_in_what(visit):
    before = [each.model_copy(update={"severity": "low"}) for each in stood([visit(NAMED)])]
    (finding,) = told([visit(NAMED), visit(NAMED)], before)
    assert (finding.state, finding.differs) == ("changed", ("severity",))


def test_gone_takes_two_visits_that_looked(visit):
    old = visit(NAMED)
    before, load = stood([old]), lambda name: old[1] if name == OLD else None
    (once,) = told([visit()], before, load)
    assert (once.state, once.why[0].id) == ("not-looked", "night.seen-once")
    (twice,) = told([visit(), visit()], before, load)
    assert (twice.state, twice.last_seen.date) == ("gone", LAST)
    (void,) = told([visit(), visit()], before, load, void=True)
    assert (void.state, void.why[0].id) == ("not-looked", "night.void")


def test_a_visit_that_could_not_look_says_nothing_is_gone(visit):
    old = visit(NAMED)
    before, load = stood([old]), lambda name: old[1] if name == OLD else None
    (finding,) = told([visit(), visit(reached=False)], before, load)
    assert finding.state == "not-looked"
    assert finding.why


def test_where_the_old_bundle_is_gone_nothing_can_be_said(visit):
    (finding,) = told([visit(), visit()], stood([visit(NAMED)]))
    assert (finding.state, finding.why[0].id) == ("not-looked", "night.bundle-missing")


@pytest.mark.parametrize("order", [1, -1])
def test_what_one_of_two_visits_shows_is_unstable(visit, order):
    (finding,) = told([visit(NAMED), visit()][::order])
    assert finding.state == "unstable"


def test_what_one_visit_shows_and_the_other_could_not_look_for_is_new(visit):
    (finding,) = told([visit(NAMED), visit(reached=False)])
    assert (finding.state, bool(finding.why)) == ("new", True)


def test_without_a_visit_all_that_stood_is_not_looked_at_again(visit):
    (finding,) = told([], stood([visit(NAMED)]))
    assert (finding.state, finding.last_seen.date) == ("not-looked", LAST)


def test_what_comes_back_says_when_it_had_been_remedied(visit):
    (first,) = told([visit(NAMED)])
    remedied = {(first.rule, first.stage, first.fingerprint): LAST}
    (finding,) = told([visit(NAMED)], remedied=remedied)
    assert finding.returned == LAST


class TestStanding:
    """What a night leaves to the next."""

    @pytest.mark.parametrize("state", ["new", "changed", "still-there", "not-looked"])
    def test_these_stand(self, state):
        night = a_night(journeys=[a_journey(findings=[a_finding(state)])])
        assert len(standing_before([night], "toko-a", "desktop")) == 1

    def test_what_is_gone_stands_no_more_and_is_known_as_remedied(self):
        night = a_night(journeys=[a_journey(findings=[a_finding("gone")])])
        assert standing_before([night], "toko-a", "desktop") == ()
        assert list(remedied_before([night], "toko-a", "desktop").values()) == [night.date]

    def test_what_showed_once_and_for_the_first_time_does_not_stand(self):
        first = a_night(journeys=[a_journey(findings=[a_finding("unstable")])])
        assert standing_before([first], "toko-a", "desktop") == ()
        later = a_finding("unstable", seen=date(2026, 10, 1), last=first.date)
        second = a_night(journeys=[a_journey(findings=[later])])
        assert len(standing_before([second], "toko-a", "desktop")) == 1

    def test_void_nights_and_other_journeys_are_passed_over(self):
        good = a_night(journeys=[a_journey(findings=[a_finding("new")])])
        void = a_night(date(2026, 11, 3), journeys=[a_journey(findings=[a_finding("gone")])], canary="missed")
        other = a_night(date(2026, 11, 4), journeys=[a_journey("toko-b")])
        assert len(standing_before([good, void, other], "toko-a", "desktop")) == 1
        assert remedied_before([good, void, other], "toko-a", "desktop") == {}
        assert standing_before([good], "toko-a", "mobile") == ()
