"""What of a night somebody has to know, as events: new and remedied findings, and all that was not seen."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any

from crawler.model.alert import Event
from crawler.model.finding import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crawler.model.after import Upkeep
    from crawler.model.night import JourneyNight, Night, NightFinding, NotObserved
    from crawler.model.notice import Notice, Standing
    from crawler.model.stock import Kept, PrunePlan, Shared
    from crawler.model.target import AlertKind

LEFT_OUT = "…"
NAMING_CHARS = 12  # of a fingerprint: enough to name one of millions
# A reason, a stage, a rule; no address and no number.
_WORDS = re.compile(r"[A-Za-z]{1,20}([ -][A-Za-z]{1,20}){0,5}")


def night_events(night: Night) -> tuple[Event, ...]:
    """Return what a night has to tell, the gravest kind first."""
    return (*_standing(night), *_findings(night), *_unseen(night))


def disk_event(free_bytes: int, least_bytes: int) -> Event | None:
    """Return that the disk is low, None where it is not."""
    if free_bytes >= least_bytes:
        return None
    params = {"free_mb": free_bytes // 10**6, "least_mb": least_bytes // 10**6}
    return Event(kind="disk-low", message=Message(id="event.disk-low", params=params))


def _standing(night: Night) -> Iterator[Event]:
    """Yield what makes the night itself doubtful: its canary, its validity, how it ended."""
    canary = night.canary
    if canary is None:
        yield _event("canary", "event.canary-missing", {})
    elif canary.error or not canary.expected:
        yield _event("canary", "event.canary-error", {"state": canary.state})
    elif canary.missed or canary.false_alarms:
        params = {
            "missed": len(canary.missed),
            "alarms": len(canary.false_alarms),
            "expected": canary.expected,
        }
        yield _event("canary", "event.canary-failed", params)
    if night.void:
        yield _event("void", "event.void", {})
    if night.ended_by != "finished":
        yield _event("not-observed", f"event.ended-by.{night.ended_by}", {})


def _findings(night: Night) -> Iterator[Event]:
    for journey in night.journeys:
        for finding in journey.findings:
            if finding.status == "open":
                yield from _finding(night, journey, finding)


def _finding(night: Night, journey: JourneyNight, finding: NightFinding) -> Iterator[Event]:
    facts = _facts(journey, finding)
    if finding.state == "new" and finding.returned:
        yield _event("new", "event.returned", facts | {"on": finding.returned})
    elif finding.state == "new":
        yield _event("new", "event.new", facts)
    elif finding.state == "unstable" and finding.first_seen.date == night.date:
        yield _event("new", "event.unstable", facts)
    elif finding.state == "gone" and not night.void:
        yield _event("remedied", "event.remedied", facts)


def _facts(journey: JourneyNight, finding: NightFinding) -> dict[str, Any]:
    return {
        "target": journey.target,
        "device": journey.device,
        "stage": finding.stage.value,
        "rule": finding.rule,
        "verdict": finding.outcome,
        "fingerprint": finding.fingerprint[:NAMING_CHARS],
    }


def _unseen(night: Night) -> Iterator[Event]:
    told = set()
    for each in night.not_observed:
        told.add((each.target, each.device))
        yield _not_observed(each)
    for journey in night.journeys:
        where: dict[str, Any] = {"target": journey.target, "device": journey.device}
        if journey.bundle is None and (journey.target, journey.device) not in told:
            yield _event("not-observed", "event.journey-unseen", where)
        unlooked = [finding for finding in journey.findings if finding.state == "not-looked"]
        by_stage = groupby(sorted(unlooked, key=lambda each: each.stage), key=lambda each: each.stage)
        for stage, findings in by_stage:
            yield _event(
                "not-observed", "event.not-looked", where | {"stage": stage.value, "n": len(list(findings))}
            )


def _not_observed(each: NotObserved) -> Event:
    where = {"target": each.target, "device": each.device}
    if each.stage is None:
        return _event("not-observed", "event.journey-unseen", where, each.why)
    return _event("not-observed", "event.stage-unseen", where | {"stage": each.stage.value}, each.why)


def _event(kind: AlertKind, message_id: str, params: Mapping[str, Any], why: Message | None = None) -> Event:
    message = Message(id=message_id, params=dict(params))
    return Event(kind=kind, message=message, why=why and _harmless(why))


def _harmless(why: Message) -> Message:
    """Return a reason without what may hold an address, a name or a number: words and counts stay."""
    return Message(id=why.id, params={name: _plain(value) for name, value in why.params.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, int | float) or value is None:
        return value
    return value if isinstance(value, str) and _WORDS.fullmatch(value) else LEFT_OUT


def notice_events(before: Iterable[Standing], after: Iterable[Standing]) -> Iterator[Event]:
    """Yield the notices that a night moved: remedied, back again, or past their deadline."""
    earlier = {each.notice.number: each.last for each in before}
    for each in after:
        last, was = each.last, earlier.get(each.notice.number)
        if last is None:
            continue
        moved = was is None or was.state != last.state
        newly_overdue = last.overdue and not (was and was.overdue)
        if last.state == "remedied" and moved:
            yield _notice("event.notice-late" if last.overdue else "event.notice-remedied", each.notice)
        elif last.state == "returned" and moved:
            yield _notice("event.notice-returned", each.notice)
        elif last.state in ("open", "returned") and newly_overdue:
            yield _notice("event.notice-overdue", each.notice)
        elif last.state == "not-observed" and newly_overdue:
            yield _notice("event.notice-unseen-overdue", each.notice)


def upkeep_events(
    shared: Shared | None, plan: PrunePlan | None, stayed: Iterable[Kept], failed: Iterable[Upkeep]
) -> Iterator[Event]:
    """Yield what the disk needs somebody for: damage, a budget that cannot be met, a step that failed."""
    damaged = len(shared.problems) if shared else 0
    damaged += sum(each.why == "damaged" for each in stayed)
    if damaged:
        yield _event("disk-low", "event.shared-damaged", {"n": damaged})
    if plan and plan.over_bytes:
        yield _event("disk-low", "event.over-budget", {"over_mb": plan.over_bytes // 10**6})
    for each in failed:
        yield _event("disk-low", "event.upkeep", {"step": each.step, "error": each.error})


def _notice(message_id: str, notice: Notice) -> Event:
    params = {
        "letter": notice.letter,
        "target": notice.target,
        "stage": notice.stage.value,
        "rule": notice.rule,
        "deadline": notice.deadline,
    }
    return _event("notice", message_id, params)
