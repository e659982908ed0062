"""Holds two judged bundles against each other: what is new, what is gone, and what nobody looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.history.findings import finding_changes, verdict_moves
from crawler.history.network import hand_over_move, host_moves, payment_moves
from crawler.history.stages import stage_changes
from crawler.history.variants import other_variants
from crawler.model.comparison import Comparison
from crawler.model.evidence import SCHEMA_VERSION
from crawler.model.finding import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.history.judged import Judged

ALIKE = ("scenario", "target", "device", "policy", "as_of")  # of both runs; where they differ, that is told


def compare(
    old: Judged, new: Judged, *, repeat: Judged | None = None, known: Sequence[Judged] = ()
) -> Comparison:
    """Return what lies between an older and a newer run.

    Args:
        old: The older run.
        new: The newer run.
        repeat: The other visit of the newer run's night: parts of a page that differ between the two move by
            themselves and are masked.
        known: Earlier runs of the journey: a page that one of them was served too is a known variant.

    Raises:
        EvidenceError: a bundle changed while it was read.
    """
    variants = other_variants(old, new, repeat, known)
    return Comparison(
        schema_version=SCHEMA_VERSION,
        old=old.side,
        new=new.side,
        notes=tuple(_notes(old, new)),
        findings=finding_changes(old, new, variants),
        verdicts=verdict_moves(old, new),
        hosts=host_moves(old, new),
        payments=payment_moves(old, new),
        hand_over=hand_over_move(old, new),
        stages=stage_changes(old, new, repeat, variants),
    )


def _notes(old: Judged, new: Judged) -> Iterator[Message]:
    before, after = old.side, new.side
    for name in ALIKE:
        values = getattr(before, name), getattr(after, name)
        if values[0] != values[1]:
            yield Message(
                id=f"compare.other-{name.replace('_', '-')}", params={"old": values[0], "new": values[1]}
            )
    for side, named in ((before, "old"), (after, "new")):
        if side.status != "complete":
            yield Message(id=f"compare.{named}-incomplete")
    if before.started > after.started:
        yield Message(id="compare.reversed")
