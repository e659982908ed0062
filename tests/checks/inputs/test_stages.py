"""Which stages a rule looks at, and what a pass of it would rest on."""

import pytest

from crawler.checks.base import Need, RuleMeta
from crawler.checks.inputs.stages import StageViews
from crawler.model.evidence import CollectorFailure
from crawler.model.scenario import Stage
from tests.bundles import a_visit

META = RuleMeta(
    "seer", 1, frozenset({Need.TEXT}), (Stage.CART, Stage.PAYMENT), {}, rests_on=(Stage.CART,), shopping=True
)


def test_only_the_stages_of_the_rule_are_looked_at(reading, told):
    read = reading(a_visit("search"), a_visit("cart"), a_visit("payment", reached=False, reason="timeout"))
    stages = StageViews(read, META)
    assert [visit.kind for visit in stages.all_visits] == [Stage.CART, Stage.PAYMENT]
    assert [visit.kind for visit in stages.visits] == [Stage.CART]
    assert stages.last.kind is Stage.PAYMENT
    assert told(stages.unread()) == [(3, "gap.unreached")]


def test_what_concerns_the_run_is_told_at_its_last_visit_where_the_rule_has_none(reading):
    assert StageViews(reading(a_visit("search")), META).last.kind is Stage.SEARCH


def test_a_wall_is_told(reading, told):
    wall = CollectorFailure(collector="wall", page=1, error="challenge", message="a door")
    assert told(StageViews(reading(a_visit("cart", failures=[wall])), META).unread()) == [(1, "gap.wall")]


@pytest.mark.parametrize("text", [["Selamat datang"], ["Keranjang Belanja", "Subtotal Rp10.000", "Checkout"]])
def test_a_stage_without_its_marks_gives_a_gap_for_each_thing_a_pass_rests_on(reading, text):
    stages = StageViews(reading(a_visit("cart", text=text, url="https://shop.test/x")), META)
    confirmed = stages.confirmed(stages.visits[0])
    ids = [gap.message.id for gap in stages.unconfirmed()]
    assert ("gap.unconfirmed" in ids) is not confirmed
    assert stages.rests()["stages-confirmed"] == int(confirmed)
    assert ("gap.no-shopping-page" in ids) is (stages.rests()["shopping-pages"] == 0)
