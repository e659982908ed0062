"""The strongest come first, one for an obligation, and what was excused is never an exhibit."""

from __future__ import annotations

import pytest

from crawler.model.finding import Locus
from crawler.report.exhibits import strongest
from crawler.report.summary import summary_of
from crawler.report.views import FindingView, ObligationView
from tests.report.samples import HEADER, a_finding, sample_bundle, sample_judgement


def an_obligation(name, kind="indication"):
    return ObligationView(
        obligation=name,
        article="",
        kind=kind,
        severity="medium",
        verdict="fail",
        rules=(),
        stages=(),
        stages_missing=(),
        unread=0,
        why=(),
        findings=(),
    )


def found(number, *obligations, **facts):
    finding = a_finding(**({"locus": Locus(page=1, box=HEADER)} | facts))
    return FindingView(number=number, obligations=obligations, finding=finding, request=None, evidence=())


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        ({"severity": "high", "confidence": 0.6}, {"severity": "medium", "confidence": 0.99}),
        ({"confidence": 0.9}, {"confidence": 0.8}),
        ({"severity": "low"}, {"severity": "high", "outcome": "needs_review"}),
        ({"confidence": 0.7}, {"confidence": 0.99, "locus": Locus(page=1)}),
    ],
)
def test_what_comes_first(stronger, weaker):
    obligations = [an_obligation("naming"), an_obligation("identity")]
    views = [found(1, "naming", **weaker), found(2, "identity", **stronger)]
    assert strongest(obligations, views) == (2, 1)


def test_a_breach_comes_before_an_indication():
    obligations = [an_obligation("naming"), an_obligation("payment", "breach")]
    assert strongest(obligations, [found(1, "naming"), found(2, "payment")]) == (2, 1)


def test_one_for_an_obligation_before_a_second_and_another_rule_before_the_same():
    obligations = [an_obligation("naming"), an_obligation("identity")]
    views = [
        found(1, "naming", confidence=0.99),
        found(2, "naming", confidence=0.98),
        found(3, "naming", confidence=0.9, rule="foreign-brand-pixels"),
        found(4, "identity", confidence=0.5, rule="operator-identity-missing"),
    ]
    assert strongest(obligations, views) == (1, 3, 4)


def test_few_or_no_findings():
    obligations = [an_obligation("naming")]
    assert strongest(obligations, [found(1, "naming"), found(2, "naming")]) == (1, 2)
    assert strongest(obligations, [found(1, "naming", status="excused")]) == ()


def test_of_a_whole_judgement(tmp_path):
    summary = summary_of(sample_bundle(tmp_path), sample_judgement())
    assert summary.exhibits == (4, 1, 2)
