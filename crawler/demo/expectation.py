"""Holds a judgement of the reference shop against what was planted in it.

States and plants tell the whole truth. A pack that lacks an obligation, and with it its rules, is held only
to those it has: what nobody tests cannot come out wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.demo.states import COUNTED
from crawler.model.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.demo.states import State
    from crawler.model.finding import Finding, Judgement


def surprises(state: State, judgement: Judgement, *, orders_gained: int) -> tuple[str, ...]:
    """Return what came out otherwise than planted, a sentence each; empty where every expectation is met.

    Args:
        state: The state that was crawled.
        judgement: What was said of it.
        orders_gained: Rows that the shop's order table gained during the crawl.
    """
    return (*unlike(state, judgement, orders_gained=orders_gained), *_verdicts(state, judgement))


def unlike(state: State, judgement: Judgement, *, orders_gained: int) -> tuple[str, ...]:
    """Return the findings that nobody planted, the plants that were not found, and orders gained.

    Verdicts are not asked for, so that a crawl of some stages can be compared with the plants of those.
    """
    found = [f for rule in judgement.rules for f in rule.findings if f.status == "open"]
    rules = {rule.rule for rule in judgement.rules}
    said = [*_unplanted(state, found), *_missed(state, found, rules)]
    if orders_gained:
        said.append(f"the shop gained {orders_gained} order(s)")
    return tuple(said)


def missed(state: State, judgement: Judgement) -> tuple[str, ...]:
    """Return the planted places where a rule of the pack should have turned and did not, a sentence each."""
    found = [f for rule in judgement.rules for f in rule.findings if f.status == "open"]
    return tuple(_missed(state, found, {rule.rule for rule in judgement.rules}))


def false_alarms(state: State, judgement: Judgement) -> tuple[str, ...]:
    """Return the findings that nobody planted, a sentence each."""
    found = [f for rule in judgement.rules for f in rule.findings if f.status == "open"]
    return tuple(_unplanted(state, found))


def planted_places(state: State, judgement: Judgement) -> int:
    """Return how many places of the state must turn a rule of the pack."""
    rules = {rule.rule for rule in judgement.rules}
    return sum(len(turn.stages) for plant in state.plants for turn in plant.turns if turn.rule in rules)


def _unplanted(state: State, found: list[Finding]) -> Iterator[str]:
    """Yield findings that no plant explains."""
    for finding in found:
        if not state.explanations(finding.rule, finding.stage, finding.observed, finding.outcome):
            quoted = f"{finding.outcome}, {finding.observed!r}"
            yield f"not planted: {finding.rule} at {finding.stage}: {quoted}"


def _missed(state: State, found: list[Finding], rules: set[str]) -> Iterator[str]:
    """Yield the stages where a plant should have turned a rule of the pack and did not."""
    for plant in state.plants:
        for turn in plant.turns:
            for stage in turn.stages if turn.rule in rules else ():
                here = [f for f in found if f.stage == stage]
                if not any(turn.explains(f.rule, stage, f.observed, f.outcome) for f in here):
                    yield f"not found: {plant.name}: {turn.rule} at {stage}"


def _verdicts(state: State, judgement: Judgement) -> Iterator[str]:
    """Yield an index or a verdict that is not the expected one, over the obligations of the pack."""
    said = {each.obligation: each.verdict for each in judgement.obligations}
    expected = {name: verdict for name, verdict in state.expect.obligations.items() if name in said}
    due = [verdict for verdict in expected.values() if verdict in COUNTED]
    index, passed = judgement.index, due.count(Verdict.PASS)
    if (index.passed, index.judged) != (passed, len(due)):
        yield f"index {index.passed}/{index.judged}, expected {passed}/{len(due)}"
    for name, verdict in expected.items():
        if said[name] != verdict:
            yield f"{name}: {said[name]}, expected {verdict}"
