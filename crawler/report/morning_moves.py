"""What else moved at a target since its last good night: verdicts, hosts, ways of payment, the hand-over.

Where tonight has two visits, only what both of them show counts: hosts of advertisements come and go by
themselves. Hosts of third parties that nobody is judged by are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.errors import CrawlerError
from crawler.history.findings import verdict_moves
from crawler.history.network import hand_over_move, host_moves, payment_moves
from crawler.report.morning_views import MovesView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crawler.history.judged import Judged
    from crawler.model.comparison import HostMove, PaymentMove
    from crawler.model.night import JourneyNight, Night

    Load = Callable[[str], Judged | None]

MAX_HOSTS = 20  # of a target; beyond it the rest is counted
WATCHED = frozenset({"tokopedia_goto", "tiktok_bytedance", "payment_id", "comparator", "split", "unknown"})


def moves_of(night: Night, load: Load) -> tuple[MovesView, ...]:
    """Return the targets at which something moved, in the order of the night.

    Args:
        night: The night.
        load: Returns the judged bundle of a name, None where it is gone or cannot be read.
    """
    return tuple(found for journey in night.journeys for found in _moves(journey, load))


def _moves(journey: JourneyNight, load: Load) -> Iterator[MovesView]:
    if not (journey.bundle and journey.last_good):
        return
    old, new = load(journey.last_good.bundle), load(journey.bundle)
    repeat = load(journey.repeat) if journey.repeat else None
    if old is None or new is None:
        return
    try:
        found = _moved(journey, old, [new, *([repeat] if repeat else [])])
    except CrawlerError:  # a bundle that changed while it was read: its findings say so elsewhere
        return
    if found.verdicts or found.hosts or found.payments or found.hand_over:
        yield found


def _moved(journey: JourneyNight, old: Judged, tonight: list[Judged]) -> MovesView:
    new = tonight[0]
    hosts = [move for move in _steady(old, tonight) if _is_watched(move)]
    ways = [{_payment(move) for move in payment_moves(old, visit)} for visit in tonight]
    hand_over = hand_over_move(old, new)
    return MovesView(
        target=journey.target,
        device=journey.device,
        verdicts=verdict_moves(old, new),
        hosts=tuple(hosts[:MAX_HOSTS]),
        hosts_left_out=max(0, len(hosts) - MAX_HOSTS),
        payments=tuple(
            move for move in payment_moves(old, new) if all(_payment(move) in each for each in ways)
        ),
        hand_over=hand_over if all(hand_over_move(old, visit) for visit in tonight) else None,
    )


def _steady(old: Judged, tonight: list[Judged]) -> Iterator[HostMove]:
    """Yield the moves of hosts that every visit of tonight shows."""
    seen = [{(move.host, move.move) for move in host_moves(old, visit)} for visit in tonight[1:]]
    for move in host_moves(old, tonight[0]):
        if all((move.host, move.move) in each for each in seen):
            yield move


def _is_watched(move: HostMove) -> bool:
    return bool({move.old_operator, move.new_operator} & WATCHED)


def _payment(move: PaymentMove) -> tuple[str, str, str]:
    return (move.move, move.host, move.path)
