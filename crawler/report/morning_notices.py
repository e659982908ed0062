"""Notices on the morning page: how each stands tonight, with the place before and after, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.model.finding import Message
from crawler.report.morning_sources import numbered, side_view
from crawler.report.morning_views import NoticeSide, NoticeView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.model.night import Night
    from crawler.model.notice import Notice, Side, Standing
    from crawler.report.morning_sources import Sources

ORDER = ("returned", "open", "not-observed", "remedied")


def notice_views(standings: Iterable[Standing], night: Night, sources: Sources) -> tuple[NoticeView, ...]:
    """Return the notices that a night has something to say of, the most urgent first.

    One that was remedied in an earlier night is over: it is told again only where it comes back.
    """
    views = [
        NoticeView(
            notice=each.notice,
            last=each.last,
            sides=tuple(_side(each.notice, side, sources) for side in each.last.sides),
        )
        for each in standings
        if each.last is not None
        and each.last.night == night.date
        and (each.last.state != "remedied" or each.last.since == night.date)
    ]
    return tuple(sorted(views, key=_urgency))


def _urgency(view: NoticeView) -> tuple[bool, int, str, int]:
    last = view.last
    return (not last.overdue, ORDER.index(last.state), str(view.notice.deadline), view.notice.number)


def _side(notice: Notice, side: Side, sources: Sources) -> NoticeSide:
    load, links, pictures = sources
    earlier, later = load(side.before), load(side.after) if side.after else None
    _, finding = numbered(notice, earlier)
    before, after = pictures.of_finding(finding, earlier, later, shown_is_new=False)
    if side.after is None:
        after = Message(id="notice-side.unseen")
    return NoticeSide(
        device=side.device,
        state=side.state,
        before=side_view(before, None, links.report(earlier)),
        after=side_view(after, None, links.report(later)),
        why=side.why,
    )
