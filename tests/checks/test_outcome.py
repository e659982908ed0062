"""The exit code of every combination of verdicts and ends."""

import pytest

from crawler.checks.outcome import exit_code
from crawler.model.finding import Index, Judgement, ObligationResult, Verdict
from tests.bundles import a_visit, make_bundle

V = Verdict


def a_judgement(*verdicts):
    obligations = tuple(
        ObligationResult(obligation=f"o{n}", article="", severity="low", verdict=verdict, rules=("r",))
        for n, verdict in enumerate(verdicts)
    )
    return Judgement(
        schema_version=1, run_id="r", policy="p", as_of="2024-03-12", simulated=False, inputs={},
        verdict=verdicts[0], index=Index(passed=0, judged=0, percent=None), obligations=obligations, rules=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdicts", "status", "reached", "code"),
    [
        ([V.PASS, V.PASS], "complete", True, 0),
        ([V.PASS, V.NOT_APPLICABLE], "complete", True, 0),
        ([V.PASS, V.FAIL], "complete", True, 1),
        ([V.NEEDS_REVIEW, V.FAIL], "incomplete", True, 1),
        ([V.PASS, V.NEEDS_REVIEW], "complete", True, 3),
        ([V.PASS, V.NOT_TESTABLE], "complete", True, 3),
        ([V.PASS, V.PASS], "incomplete", True, 3),
        ([V.NOT_TESTABLE], "complete", False, 4),
        ([V.NOT_TESTABLE], "incomplete", False, 4),
        ([V.FAIL], "incomplete", False, 1),
    ],
)
def test_exit_code(tmp_path, verdicts, status, reached, code):
    ended_by = "journey" if status == "complete" else "deadline"
    bundle = make_bundle(
        tmp_path, visits=[a_visit("cart", reached=reached)], status=status, ended_by=ended_by
    )
    assert exit_code(a_judgement(*verdicts), bundle.run) == code
