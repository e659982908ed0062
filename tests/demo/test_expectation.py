"""Expectations notice what is missing, what is too much, and what is judged otherwise."""

import pytest

from crawler.demo.expectation import surprises
from crawler.demo.states import load_state
from crawler.model.finding import (
    Finding,
    Index,
    Judgement,
    Locus,
    Message,
    ObligationResult,
    RuleResult,
    Verdict,
)
from tests.demo.conftest import CLEAN

OBLIGATIONS = {"payment": "foreign-payment-endpoint", "identity": "operator-identity-missing"}


def finding(rule, stage, observed, status="open"):
    return Finding(
        rule=rule, rule_version=1, outcome="fail", severity="high", confidence=1, status=status, visit=1,
        stage=stage,
        url="https://x/", locus=Locus(), observed=observed, expected="", message=Message(id="m"), evidence=(),
        fingerprint="f",
    )  # fmt: skip


def judgement(*findings, verdicts=None):
    """A judgement by a pack with two obligations; a rule fails when it has a finding."""
    failed = {f.rule for f in findings if f.status == "open"}
    said = {name: Verdict.FAIL if rule in failed else Verdict.PASS for name, rule in OBLIGATIONS.items()}
    said |= verdicts or {}
    judged = [verdict for verdict in said.values() if verdict != Verdict.NOT_TESTABLE]
    return Judgement(
        schema_version=1,
        run_id="r",
        policy="p",
        as_of="2024-03-12",
        simulated=True,
        inputs={},
        verdict=Verdict.PASS,
        index=Index(passed=judged.count(Verdict.PASS), judged=len(judged), percent=None),
        obligations=tuple(
            ObligationResult(
                obligation=name, article="", severity="high", verdict=verdict, rules=(OBLIGATIONS[name],)
            )
            for name, verdict in said.items()
        ),
        rules=tuple(
            RuleResult(
                rule=rule, version=1, verdict=Verdict.PASS, findings=[f for f in findings if f.rule == rule]
            )
            for rule in OBLIGATIONS.values()
        ),
    )


PIPO = finding("foreign-payment-endpoint", "payment", "https://fp-sg.pipopay.com/payment/v1/intent")
CLEAN_STATE = load_state(CLEAN)
PLANTED = CLEAN_STATE.planted(["payment-intent"])


def test_a_clean_crawl_of_the_clean_state_surprises_nobody():
    assert surprises(CLEAN_STATE, judgement(), orders_gained=0) == ()


def test_a_finding_that_nobody_planted_is_told():
    said = surprises(CLEAN_STATE, judgement(PIPO), orders_gained=0)
    assert any("not planted: foreign-payment-endpoint at payment" in each for each in said)


def test_a_plant_that_was_found_is_no_surprise_of_its_own():
    said = surprises(PLANTED, judgement(PIPO), orders_gained=0)
    assert not [each for each in said if "planted" in each or "not found" in each]


def test_a_plant_that_was_missed_is_told():
    assert surprises(PLANTED, judgement(), orders_gained=0) == (
        "not found: payment-intent: foreign-payment-endpoint at payment",
    )


def test_an_excused_finding_neither_surprises_nor_counts_as_found():
    excused = PIPO.model_copy(update={"status": "excused"})
    assert surprises(CLEAN_STATE, judgement(excused), orders_gained=0) == ()
    assert surprises(PLANTED, judgement(excused), orders_gained=0)


def test_a_fail_where_only_a_review_was_planted_is_told():
    state = CLEAN_STATE.planted(["notice-identity-missing"])
    review = finding("operator-identity-missing", "storefront", "").model_copy(
        update={"outcome": "needs_review"}
    )
    found = judgement(review, verdicts={"identity": Verdict.PASS})
    assert not surprises(state, found, orders_gained=0)
    said = surprises(state, judgement(review.model_copy(update={"outcome": "fail"})), orders_gained=0)
    assert any("not planted" in each for each in said)


def test_a_plant_of_a_rule_that_the_pack_lacks_is_not_asked_for():
    assert surprises(CLEAN_STATE.planted(["header-brand"]), judgement(), orders_gained=0) == ()


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.NEEDS_REVIEW, Verdict.NOT_TESTABLE])
def test_another_verdict_and_index_are_told(verdict):
    said = surprises(CLEAN_STATE, judgement(verdicts={"payment": verdict}), orders_gained=0)
    assert f"payment: {verdict}, expected pass" in said
    assert any(each.startswith("index 1/") for each in said)


def test_an_order_is_told():
    assert surprises(CLEAN_STATE, judgement(), orders_gained=1) == ("the shop gained 1 order(s)",)
