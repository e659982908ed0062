"""The data that ships: both packs load, follow each other without gap or overlap, and cite something."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from crawler.checks import engine
from crawler.model.policy import PACKS, load_brands, load_pack
from crawler.model.scenario import Stage

CORE = ["naming", "identity", "payment", "checkout", "separation", "complaints", "listing", "invoice"]
packs = pytest.mark.parametrize("pack_id", PACKS)


@packs
def test_the_pack_lists_the_eight_core_obligations(pack_id):
    assert [obligation.id for obligation in load_pack(pack_id).obligations] == CORE


@packs
def test_its_rules_are_known_and_their_parameters_fit(pack_id):
    pack = engine.read_pack(pack_id)
    assert set(engine.parameters(pack)) == {rule for each in pack.obligations for rule in each.rules}


def test_the_packs_follow_each_other_without_overlap_or_gap():
    listed = sorted((load_pack(pack_id) for pack_id in PACKS), key=lambda pack: pack.in_force_from)
    for earlier, later in pairwise(listed):
        assert earlier.in_force_to + timedelta(days=1) == later.in_force_from
    assert listed[0].in_force_from == date(2023, 9, 26)
    assert listed[-1].in_force_to is None


@pytest.mark.parametrize(
    ("obligation", "old", "new"),
    [
        ("naming", "13(3)a", "18(4)a"),
        ("payment", "21(3)", "25(3)"),
        ("separation", "13(3)", "18(4)"),
        ("complaints", "9; 10", "12; 13"),
        ("listing", "16(2)", "20(2)"),
        ("invoice", "", ""),
    ],
)
def test_articles_are_those_of_each_regulation(obligation, old, new):
    found = [
        next(each.article for each in load_pack(pack_id).obligations if each.id == obligation)
        for pack_id in PACKS
    ]
    assert found == [old, new]


@packs
def test_an_obligation_without_article_is_a_request_only(pack_id):
    for obligation in load_pack(pack_id).obligations:
        assert bool(obligation.article) == (obligation.kind != "request")


@packs
def test_payment_and_invoice_can_not_be_judged_without_their_stage(pack_id):
    stages = {each.id: each.stages for each in load_pack(pack_id).obligations}
    assert Stage.PAYMENT in stages["payment"]
    assert Stage.INVOICE in stages["invoice"]
    assert stages["complaints"] == (Stage.INFO,)


def test_both_packs_allow_the_same_mentions():
    older, newer = (load_pack(pack_id).allowed for pack_id in PACKS)
    assert older == newer
    assert older


def test_the_three_businesses_have_names():
    brands = load_brands()
    assert [each.id for each in brands.businesses] == ["social", "social-commerce", "e-commerce"]
    assert brands.names("social", "brand") == ("TikTok", "TikTok Shop", "ByteDance")
