"""The exhibits that open a report: what weighs most and is most certain, one for an obligation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.report.views import FindingView, ObligationView

EXHIBITS = 3
_SEVERITIES = ("high", "medium", "low")
_KINDS = ("breach", "indication", "request", "")


def strongest(
    obligations: Iterable[ObligationView], findings: Iterable[FindingView], most: int = EXHIBITS
) -> tuple[int, ...]:
    """Return the numbers of the strongest open findings, the strongest first.

    Order: indication before review, severity, what the obligation's breach amounts to, whether there is a
    place or a request to show, confidence, place in the journey. Every obligation gives its strongest before
    any gives a second; a rule that is already shown gives way to one that is not.
    """
    kinds = {each.obligation: _KINDS.index(each.kind) for each in obligations}
    ranked = sorted(
        (view for view in findings if view.finding.status == "open"), key=lambda view: _rank(view, kinds)
    )
    chosen: list[FindingView] = []
    for is_new in (_other_obligation, _other_rule, _other):
        for view in ranked:
            if len(chosen) < most and is_new(view, chosen):
                chosen.append(view)
    return tuple(view.number for view in sorted(chosen, key=lambda view: _rank(view, kinds)))


def _rank(view: FindingView, kinds: dict[str, int]) -> tuple[bool, int, int, bool, float, int]:
    """Return the sort key of a finding: the smaller, the stronger."""
    finding = view.finding
    kind = min((kinds.get(each, len(_KINDS)) for each in view.obligations), default=len(_KINDS))
    return (
        finding.outcome != "fail",
        _SEVERITIES.index(finding.severity),
        kind,
        finding.locus.box is None and view.request is None,
        -finding.confidence,
        view.number,
    )


def _other_obligation(view: FindingView, chosen: list[FindingView]) -> bool:
    return not any(set(view.obligations) & set(other.obligations) for other in chosen)


def _other_rule(view: FindingView, chosen: list[FindingView]) -> bool:
    return all(view.finding.rule != other.finding.rule for other in chosen)


def _other(view: FindingView, chosen: list[FindingView]) -> bool:
    return view not in chosen
