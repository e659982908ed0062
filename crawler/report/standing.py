"""What has to stand on the first screen: which obligations stay open, and what stood in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.model.finding import Message, Verdict
from crawler.report.views import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.model.finding import Judgement
    from crawler.report.views import FindingView, ObligationView, VisitView


def standing_of(
    judgement: Judgement,
    obligations: Iterable[ObligationView],
    visits: tuple[VisitView, ...],
    findings: Iterable[FindingView],
) -> Standing:
    """Return what stays open, why, and what was seen beside the open findings."""
    listed, found = tuple(obligations), [view.finding for view in findings]
    return Standing(
        not_testable=tuple(o.obligation for o in listed if o.verdict == Verdict.NOT_TESTABLE),
        obligations=len(listed),
        in_the_way=(
            *_not_declared(listed, visits),
            *_not_reached(visits),
            *_unconfirmed(visits),
            *_gaps(judgement),
        ),
        excused=sum(finding.times for finding in found if finding.status == "excused"),
        in_review=sum(1 for f in found if (f.status, f.outcome) == ("open", "needs_review")),
        failed=sum(1 for f in found if (f.status, f.outcome) == ("open", "fail")),
    )


def _not_declared(obligations: tuple[ObligationView, ...], visits: tuple[VisitView, ...]) -> list[Message]:
    """Name the required stages that the scenario does not have."""
    there = {visit.kind for visit in visits}
    open_ones = (each for each in obligations if each.verdict == Verdict.NOT_TESTABLE)
    missing = [stage.value for each in open_ones for stage in each.stages if stage not in there]
    return (
        [Message(id="way.not-declared", params={"stages": list(dict.fromkeys(missing))})] if missing else []
    )


def _not_reached(visits: tuple[VisitView, ...]) -> list[Message]:
    """Name the stages that were not reached at any visit, by reason."""
    reached = {visit.kind for visit in visits if visit.reached}
    reasons: dict[str, list[str]] = {}
    for visit in visits:
        if visit.kind not in reached:
            stages = reasons.setdefault(visit.reason or "not opened", [])
            stages += [visit.kind.value] if visit.kind.value not in stages else []
    return [
        Message(id="way.not-reached", params={"stages": stages, "reason": reason})
        for reason, stages in reasons.items()
    ]


def _unconfirmed(visits: tuple[VisitView, ...]) -> list[Message]:
    """Name the stages that were reached and no page of which shows them."""
    shown = {visit.kind for visit in visits if visit.confirmed in ("confirmed", "no marks")}
    stages = [v.kind.value for v in visits if v.confirmed == "not confirmed" and v.kind not in shown]
    said = list(dict.fromkeys(stages))
    return [Message(id="way.unconfirmed", params={"stages": said})] if said else []


def _gaps(judgement: Judgement) -> list[Message]:
    """Name what was not seen though its stage was."""
    ids = dict.fromkeys(gap.message.id for rule in judgement.rules for gap in rule.gaps)
    return [Message(id="way.no-claim", params={})] if "gap.no-claim" in ids else []
