"""A finding is gone only where the newer run looked as the older did."""

from __future__ import annotations

import dataclasses

import pytest

from crawler.history.findings import finding_changes, verdict_moves
from crawler.model.finding import Verdict
from tests.bundles import a_visit

NAMED, CLEAN = (
    ["Selamat datang di TikTok Shop", "Kopi Gayo"],
    ["Selamat datang di Shop | Tokopedia", "Kopi Gayo"],
)


def states(old, new, rule="foreign-brand-text"):
    return [change.state for change in finding_changes(old, new) if change.rule == rule]


def the_change(old, new, rule="foreign-brand-text"):
    (change,) = [each for each in finding_changes(old, new) if each.rule == rule]
    return change


def test_what_stays_is_still_there(run):
    old, new = (run([a_visit("product", text=NAMED)]) for _ in range(2))
    assert states(old, new) == ["still-there"]


def test_what_came_is_new_and_what_went_is_gone(run):
    named, clean = run([a_visit("product", text=NAMED)]), run([a_visit("product", text=CLEAN)])
    assert states(clean, named) == ["new"]
    assert the_change(named, clean).state == "gone"


def test_a_stage_that_was_not_reached_leaves_nothing_gone(run):
    old, new = run([a_visit("product", text=NAMED)]), run([a_visit("product", reached=False)])
    change = the_change(old, new)
    assert change.state == "not-looked"
    assert [why.id for why in change.why] == ["compare.stage-missing"]


def test_a_stage_that_is_not_there_leaves_nothing_gone(run):
    old, new = run([a_visit("product", text=NAMED)]), run([a_visit("storefront", text=CLEAN)])
    assert the_change(old, new).state == "not-looked"


@pytest.mark.parametrize("without", [("text",), ("text", "html")])
def test_a_reader_that_could_not_look_leaves_nothing_gone(run, without):
    old, new = run([a_visit("product", text=NAMED)]), run([a_visit("product", text=CLEAN, without=without)])
    change = the_change(old, new)
    assert change.state == "not-looked"
    assert any(why.id.startswith("gap.") for why in change.why)


def test_a_frame_that_was_not_read_leaves_nothing_gone(run):
    old = run([a_visit("product", text=NAMED)])
    new = run([a_visit("product", text=CLEAN, unread=["https://iklan.test/"])])
    assert the_change(old, new).state == "not-looked"


def test_a_second_visit_of_a_kind_stands_for_no_first(run):
    """Terms and complaints are both `info`: one that was not reached is not covered by the other."""
    old = run([a_visit("info", text=NAMED), a_visit("info", text=CLEAN)])
    new = run([a_visit("info", reached=False), a_visit("info", text=CLEAN)])
    assert the_change(old, new).state == "not-looked"


def test_a_page_of_another_business_leaves_nothing_gone(run):
    old = run([a_visit("entry", url="https://www.tokopedia.com/", text=NAMED)])
    new = run([a_visit("entry", url="https://www.tiktok.com/", text=["Untuk Anda"])])
    change = the_change(old, new)
    assert change.state == "not-looked"
    assert "compare.other-business" in [why.id for why in change.why]


def test_another_version_of_the_rule_leaves_nothing_gone(run):
    old, new = run([a_visit("product", text=NAMED)]), run([a_visit("product", text=CLEAN)])
    rules = tuple(rule.model_copy(update={"version": rule.version + 1}) for rule in new.judgement.rules)
    newer = dataclasses.replace(new, judgement=new.judgement.model_copy(update={"rules": rules}))
    assert the_change(old, newer).state == "not-looked"


def test_a_finding_that_weighs_otherwise_is_changed(run):
    old, new = (run([a_visit("product", text=NAMED)]) for _ in range(2))
    rules = tuple(
        rule.model_copy(
            update={
                "findings": tuple(
                    each.model_copy(update={"outcome": "needs_review"}) for each in rule.findings
                )
            }
        )
        for rule in new.judgement.rules
    )
    newer = dataclasses.replace(new, judgement=new.judgement.model_copy(update={"rules": rules}))
    change = the_change(old, newer)
    assert (change.state, change.differs) == ("changed", ("outcome",))


def test_what_a_person_has_to_look_at_comes_first(run):
    old = run([a_visit("product", text=NAMED), a_visit("cart", text=["TikTok Mall"])])
    new = run([a_visit("product", text=NAMED), a_visit("cart", reached=False), a_visit("search", text=NAMED)])
    assert states(old, new) == ["new", "not-looked", "still-there"]


def test_verdicts_that_moved(run):
    old, new = run([a_visit("product", text=NAMED)]), run([a_visit("product", text=CLEAN)])
    moved = {move.obligation: (move.old, move.new) for move in verdict_moves(old, new)}
    assert moved["naming"][0] == Verdict.FAIL
    assert moved["naming"][1] != Verdict.FAIL
    assert not verdict_moves(old, old)
