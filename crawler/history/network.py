"""Hosts, ways of payment and hand-over points that came or went between two runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from crawler.derive.claims import handover
from crawler.model.comparison import HandOverMove, HandOverPoint, HostMove, PaymentMove
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from crawler.derive.claims.handover import HandOver
    from crawler.derive.network.ledger import Entry
    from crawler.derive.operators.operator import Operator
    from crawler.history.judged import Judged

# A part of a path that stands for one order or session: digits, hex, the hash of a secret.
_CHANGING = re.compile(r"^(h:[0-9a-f]{16}|\d+|[0-9a-f]{8,}|[0-9a-f-]{32,}|(?=.*\d)[A-Za-z0-9_-]{12,})$")
_PATH_PARTS = 8


class _Host(NamedTuple):
    operator: str
    stages: tuple[Stage, ...]


def host_moves(old: Judged, new: Judged) -> tuple[HostMove, ...]:
    """Return the hosts contacted in one run only, and those that somebody else runs now, by name."""
    before, after = _contacted(old), _contacted(new)
    moves = (_host_move(host, before.get(host), after.get(host)) for host in sorted({*before, *after}))
    return tuple(move for move in moves if move)


def payment_moves(old: Judged, new: Judged) -> tuple[PaymentMove, ...]:
    """Return the ways of payment that are in one run only."""
    before, after = _payments(old), _payments(new)
    came = ("came", after, after.keys() - before.keys())
    went = ("went", before, before.keys() - after.keys())
    return tuple(
        PaymentMove.model_validate(
            {"move": move, "host": host, "path": path, "operator": known.operator, "stages": known.stages}
        )
        for move, side, keys in (came, went)
        for host, path in sorted(keys)
        for known in (side[host, path],)
    )


def hand_over_move(old: Judged, new: Judged) -> HandOverMove | None:
    """Return the hand-over points of both runs, None where they are the same."""
    before, after = _hand_over(old), _hand_over(new)
    return None if before == after else HandOverMove(old=before, new=after)


def _host_move(host: str, old: _Host | None, new: _Host | None) -> HostMove | None:
    if old and new and old.operator == new.operator:
        return None
    return HostMove(
        host=host,
        move="came" if old is None else "went" if new is None else "changed",
        old_operator=old.operator if old else None,
        new_operator=new.operator if new else None,
        old_stages=old.stages if old else (),
        new_stages=new.stages if new else (),
    )


def _contacted(side: Judged) -> dict[str, _Host]:
    """Return the hosts that pages reached, each with who runs it and at which stages it was reached."""
    kinds = {visit.ordinal: visit.kind for visit in side.bundle.run.visits}
    stages: dict[str, list[Stage]] = {}
    for entry in side.reading.ledger.entries:
        if entry.contacted and not entry.own and entry.host:
            stages.setdefault(entry.host, []).extend(filter(None, [kinds.get(entry.visit)]))
    return {host: _Host(side.operator(host).operator, _ordered(at)) for host, at in stages.items()}


def _payments(side: Judged) -> dict[tuple[str, str], _Host]:
    """Return the ways of payment by host and path, whose changing parts are stars."""
    kinds = {visit.ordinal: visit.kind for visit in side.bundle.run.visits}
    found: dict[tuple[str, str], _Host] = {}
    for claim in side.reading.claims(side.on):
        if claim.claim == "payment":
            key = (claim.host, path_template(claim.url))
            stages = found[key].stages if key in found else ()
            at = kinds.get(claim.visit)
            found[key] = _Host(claim.operator.operator, _ordered([*stages, *([at] if at else [])]))
    return found


def path_template(url: str) -> str:
    """Return the path of an address with the parts that stand for one order or session as `*`."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    parts = path.split("/")
    shown = ["*" if _CHANGING.match(part) else part for part in parts[: _PATH_PARTS + 1]]
    return "/".join(shown) + ("/…" if len(parts) > _PATH_PARTS + 1 else "")


def _hand_over(side: Judged) -> HandOverPoint | None:
    def operator(entry: Entry) -> Operator:
        return side.operator(entry.host, url=entry.url)

    found: HandOver | None = handover.find_handover(side.reading.ledger, side.bundle.run.visits, operator)
    if found is None:
        return None
    place = side.place(found.visit)
    return HandOverPoint(
        page_host=found.page_host,
        page_operator=found.page_operator,
        host=found.host,
        operator=found.operator,
        stage=place.stage if place else None,
    )


def _ordered(stages: list[Stage]) -> tuple[Stage, ...]:
    return tuple(stage for stage in Stage if stage in set(stages))
