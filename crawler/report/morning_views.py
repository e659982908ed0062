"""What the morning page shows: plain values, already in the order in which they are to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from markupsafe import Markup

    from crawler.model.comparison import HandOverMove, HostMove, PaymentMove, VerdictMove
    from crawler.model.finding import Finding, Index, Message, Verdict
    from crawler.model.night import JourneyNight, Night, NightFinding, NotObserved
    from crawler.model.notice import Notice, NoticeNight
    from crawler.model.scenario import Stage
    from crawler.report.pictures import Crop


@dataclass(frozen=True)
class SideView:
    """One of the two pictures of a pair, or why there is none. `report` leads to the run's own report."""

    date: dt.date | None
    crop: Crop | None = None
    why: Message | None = None
    report: str = ""


@dataclass(frozen=True)
class FindingPair:
    """A finding of a night with what the place looked like before and what it looks like now.

    `finding` is the judgement's own; None where it cannot be read any more. `report` leads to it in the
    report of the run that shows it.
    """

    target: str
    device: str
    seen: NightFinding
    finding: Finding | None
    report: str
    before: SideView
    after: SideView

    @property
    def shown_as(self) -> tuple[object, ...]:
        """What findings have in common that are shown beside one pair of pictures."""
        place = (self.target, self.device, self.seen.stage, self.seen.state)
        sides = (self.before, self.after)
        return (*place, *(side.crop.uri if side.crop else str(side.why) for side in sides))


@dataclass(frozen=True)
class UnseenView:
    """What a night did not see, with how it looked when it was last seen and where tonight stopped."""

    entry: NotObserved
    before: SideView
    after: SideView


@dataclass(frozen=True)
class NoticeSide:
    """A notice on one device: the place when it was given, and where the night looked again."""

    device: str
    state: str
    before: SideView
    after: SideView
    why: tuple[Message, ...] = ()


@dataclass(frozen=True)
class NoticeView:
    """A notice and how it stands tonight. `state` is told apart by whether the deadline has passed."""

    notice: Notice
    last: NoticeNight
    sides: tuple[NoticeSide, ...]

    @property
    def state(self) -> str:
        """How it stands, such as `open-late`."""
        return f"{self.last.state}-late" if self.last.overdue else self.last.state


@dataclass(frozen=True)
class TargetView:
    """One target on one device: how it stands tonight and how it stood before."""

    journey: JourneyNight
    verdict: Verdict | None
    index: Index | None
    reached: int
    stages: tuple[Stage, ...]
    missed: tuple[Stage, ...]
    trend: Markup | None
    report: str


@dataclass(frozen=True)
class ChainHead:
    """A bundle of the night, by the last line of its chain and by its seal."""

    bundle: str
    chain_head: str | None
    seal: str | None


@dataclass(frozen=True)
class Cards:
    """Findings by the pictures that show them: a card has one pair of pictures and the findings beside it."""

    cards: tuple[tuple[FindingPair, ...], ...]

    @property
    def findings(self) -> int:
        """How many findings the cards hold."""
        return sum(len(card) for card in self.cards)


@dataclass(frozen=True)
class MovesView:
    """What else moved at a target since its last good night."""

    target: str
    device: str
    verdicts: tuple[VerdictMove, ...]
    hosts: tuple[HostMove, ...]
    hosts_left_out: int
    payments: tuple[PaymentMove, ...]
    hand_over: HandOverMove | None


@dataclass(frozen=True)
class Morning:
    """All that the page says. `pictures_left_out` counts the pairs whose pictures did not fit.

    `troubles` is what whoever keeps the nights has to see to, such as a channel that took no digest.
    """

    night: Night
    targets: tuple[TargetView, ...]
    new: Cards
    remedied: Cards
    unsure: Cards
    unseen: tuple[UnseenView, ...]
    still: int
    heads: tuple[ChainHead, ...]
    moves: tuple[MovesView, ...] = ()
    notices: tuple[NoticeView, ...] = ()
    troubles: tuple[Message, ...] = ()
    pictures_left_out: int = 0

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing that somebody has to look at."""
        found = self.new.cards or self.remedied.cards or self.unsure.cards
        return not (found or self.unseen or self.moves or self.notices or self.night.void)
