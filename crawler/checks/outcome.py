"""The exit code that a judgement amounts to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.model.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.model.evidence import RunRecord
    from crawler.model.finding import Judgement


WORST_FIRST = (6, 5, 2, 1, 4, 3, 0)


def worst_code(codes: Iterable[int]) -> int:
    """Return the exit code that outweighs the others: damage and errors, then what was found; 0 for none."""
    return min(codes, key=WORST_FIRST.index, default=0)


def exit_code(judgement: Judgement, run: RunRecord) -> int:
    """Return the exit code of a run with this judgement.

    Returns:
        1 if anything fails, also in a partial run; 4 if no stage was captured; 3 if something needs review,
        could not be tested, or the run was cut short; else 0.
    """
    verdicts = {obligation.verdict for obligation in judgement.obligations}
    if Verdict.FAIL in verdicts:
        return 1
    if not any(visit.reached for visit in run.visits):
        return 4
    if verdicts & {Verdict.NEEDS_REVIEW, Verdict.NOT_TESTABLE} or run.status != "complete":
        return 3
    return 0
