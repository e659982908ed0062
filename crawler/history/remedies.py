"""How notices stand after a night: remedied, not yet, past the deadline, back again, or not observed.

A finding counts as remedied only where the night says that it is gone, is not void, and every device that
had shown it agrees. Once remedied it stays so until a night sees it again: then it has *returned*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.model.finding import Message
from crawler.model.notice import NoticeNight, Side

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.model.night import JourneyNight, Night, NightFinding
    from crawler.model.notice import Before, Notice, NoticeState, Standing

THERE = ("new", "changed", "still-there", "unstable")


def notice_nights(standings: Iterable[Standing], night: Night) -> tuple[NoticeNight, ...]:
    """Return how every notice stands after a night; one that was given after it is left out."""
    return tuple(_notice_night(each, night) for each in standings if each.notice.given <= night.date)


def _notice_night(standing: Standing, night: Night) -> NoticeNight:
    notice, last = standing.notice, standing.last
    earlier = {side.device: side for side in last.sides} if last else {}
    sides = tuple(_side(notice, each, night, earlier.get(each.device)) for each in notice.before)
    state = _state(sides, last)
    late_then = last is not None and last.state == "remedied" == state
    overdue = last.overdue if late_then and last else night.date > notice.deadline
    since = last.since if last and last.state == state else night.date
    return NoticeNight(
        notice=notice.number, night=night.date, state=state, overdue=overdue, since=since, sides=sides
    )


def _side(notice: Notice, before: Before, night: Night, earlier: Side | None) -> Side:
    journey = night.journey(notice.target, before.device)
    bundle = journey.bundle if journey else None
    finding = _finding(notice, journey)
    known_gone = earlier is not None and earlier.state == "gone"
    if finding is None:
        if known_gone and earlier:
            return earlier  # a night says nothing of what was gone before it
        why = (*(journey.why if journey else (Message(id="remedy.not-planned"),)),)
        return Side(device=before.device, state="unseen", before=before.bundle, after=bundle, why=why)
    if finding.state in THERE:
        state, why = "there", finding.why
    elif finding.state == "gone" and not night.void:
        state, why = "gone", ()
    elif finding.state == "gone":
        state, why = "unseen", (Message(id="remedy.void"),)
    else:
        state, why = "unseen", finding.why
    return Side.model_validate(
        {"device": before.device, "state": state, "before": before.bundle, "after": bundle, "why": why}
    )


def _finding(notice: Notice, journey: JourneyNight | None) -> NightFinding | None:
    """Return what a night says of the finding, None where it is not among those it tells of."""
    wanted = (notice.rule, notice.stage, notice.fingerprint)
    found = journey.findings if journey else ()
    return next((each for each in found if (each.rule, each.stage, each.fingerprint) == wanted), None)


def _state(sides: tuple[Side, ...], last: NoticeNight | None) -> NoticeState:
    seen = {side.state for side in sides}
    was_remedied = last is not None and last.state in ("remedied", "returned")
    if "there" in seen:
        return "returned" if was_remedied else "open"
    return "remedied" if seen == {"gone"} else "not-observed"
