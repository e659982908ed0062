"""A page that is served in two variants: neither is a change of the other, and nothing is remedied by it."""

from __future__ import annotations

import pytest

from crawler.history.comparison import compare
from tests.bundles import a_visit

A = [f"Ragam pertama {letter}" for letter in "abcdefgh"]
B = [f"Tata letak lain {letter}" for letter in "abcdefgh"]
NAMED = "Selamat datang di TikTok Shop"


def served(run, texts):
    return run([a_visit("product", text=list(texts))])


def findings(found):
    return {
        (each.state, *(why.id for why in each.why))
        for each in found.findings
        if each.rule == "foreign-brand-text"
    }


def test_another_page_is_a_change_where_nothing_says_that_both_are_served(run):
    old, new = served(run, [*A, NAMED]), served(run, B)
    found = compare(old, new)
    assert findings(found) == {("gone",)}
    assert [change.variant for change in found.stages] == [""]


def test_a_variant_that_an_earlier_run_was_served_is_known(run):
    old, new, earlier = served(run, [*A, NAMED]), served(run, B), served(run, B)
    found = compare(old, new, known=[served(run, A), earlier])
    assert findings(found) == {("not-looked", "compare.other-variant")}
    (change,) = found.stages
    assert (change.variant, change.against) == ("known", earlier.bundle.run.run_id)
    assert change.text is None


def test_within_a_known_variant_changes_are_told(run):
    old, new, earlier = served(run, A), served(run, [*B, NAMED]), served(run, B)
    found = compare(old, new, known=[earlier])
    assert findings(found) == {("new",)}
    (change,) = found.stages
    assert change.text
    assert change.text.added == (NAMED,)


def test_what_a_known_variant_showed_before_is_not_new(run):
    old, new, earlier = served(run, A), served(run, [*B, NAMED]), served(run, [*B, NAMED])
    assert findings(compare(old, new, known=[earlier])) == {("still-there",)}


def test_what_a_known_variant_showed_before_and_shows_no_more_is_gone(run):
    old, new, earlier = served(run, A), served(run, B), served(run, [*B, NAMED])
    assert findings(compare(old, new, known=[earlier])) == {("gone",)}


def test_the_second_visit_of_a_night_shows_that_both_are_served(run):
    old, new, repeat = served(run, [*A, NAMED]), served(run, B), served(run, [*A, NAMED])
    found = compare(old, new, repeat=repeat)
    assert findings(found) == {("not-looked", "compare.other-variant")}
    (change,) = found.stages
    assert (change.variant, change.moving) == ("beside", ())


@pytest.mark.parametrize("known", [(), ("known",)])
def test_a_page_that_changed_here_and_there_is_no_variant(run, known):
    old, new = served(run, [*A, NAMED]), served(run, A)
    earlier = [served(run, A) for _ in known]
    assert findings(compare(old, new, known=earlier)) == {("gone",)}
