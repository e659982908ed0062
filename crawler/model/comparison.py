"""The nouns of a comparison: two judged bundles, an older and a newer one, and what lies between them.

Nothing here is prose. What could not be compared says why; it is never "no change".
"""

from __future__ import annotations

from typing import Literal

from crawler.model.evidence import CssBox, Record
from crawler.model.finding import Finding, Message, Verdict
from crawler.model.scenario import Stage

FindingState = Literal["new", "still-there", "gone", "changed", "not-looked"]
Move = Literal["came", "went", "changed"]


class RunSide(Record):
    """One of the two runs, and what it was judged by."""

    bundle: str
    run_id: str
    scenario: str
    target: str
    device: str
    started: str
    status: str
    seal: str
    policy: str
    as_of: str
    verdict: Verdict


class FindingChange(Record):
    """One finding over two runs, by its fingerprint.

    `gone` needs the same stage reached again, of the same business, and its rule without a gap there; else it
    is `not-looked`, and `why` says what was missing. `differs` names the fields that make it `changed`.
    """

    state: FindingState
    rule: str
    stage: Stage
    fingerprint: str
    old: Finding | None
    new: Finding | None
    differs: tuple[str, ...] = ()
    why: tuple[Message, ...] = ()


class VerdictMove(Record):
    """An obligation whose verdict is another one; None where a side's pack does not have it."""

    obligation: str
    old: Verdict | None
    new: Verdict | None


class HostMove(Record):
    """A host that was contacted in one run only, or that somebody else runs now. Operators are group ids."""

    host: str
    move: Move
    old_operator: str | None
    new_operator: str | None
    old_stages: tuple[Stage, ...] = ()
    new_stages: tuple[Stage, ...] = ()


class PaymentMove(Record):
    """A way that payment takes (host and path, changing parts as `*`) that is in one run only."""

    move: Literal["came", "went"]
    host: str
    path: str
    operator: str
    stages: tuple[Stage, ...]


class HandOverPoint(Record):
    """Where the operator changes under a page: the page's host, and the first request to the other side."""

    page_host: str
    page_operator: str
    host: str
    operator: str
    stage: Stage | None


class HandOverMove(Record):
    """The hand-over points of both runs, where they differ."""

    old: HandOverPoint | None
    new: HandOverPoint | None


class TextChange(Record):
    """Visible text of one stage that is there in one run only, block by block.

    `left_out` counts further blocks that are not listed, `masked` those that move from visit to visit.
    """

    removed: tuple[str, ...]
    added: tuple[str, ...]
    same: int
    left_out: int = 0
    masked: int = 0


class PictureChange(Record):
    """How the full-page pictures of one stage differ, rows aligned first.

    `share` is the part of the newer page's area that is not in the older picture, `boxes` where it lies, in
    CSS px of the newer page; `left_out` counts further boxes.
    """

    share: float
    boxes: tuple[CssBox, ...]
    old_height: float
    new_height: float
    left_out: int = 0


class StageChange(Record):
    """One stage of the journey in both runs, by kind and how many of that kind came before.

    `text` and `picture` are None where they are the same or could not be compared; then `why`
    says so. `moving` are the parts of the newer page that differ between its two visits, in CSS px: they are
    masked. `variant` says that the older run was served another variant of the page: a `known` one, which an
    earlier run was served too and against which this one is held, or one that is served `beside` the older
    one in the same night. `against` is the run that the stage was compared with.
    """

    stage: Stage
    nth: int
    page: int
    old_visit: int | None
    new_visit: int | None
    text: TextChange | None = None
    picture: PictureChange | None = None
    moving: tuple[CssBox, ...] = ()
    variant: Literal["", "known", "beside"] = ""
    against: str = ""
    why: tuple[Message, ...] = ()


class Comparison(Record):
    """Content of what `pantau compare --json` prints. `notes` say what makes the two runs less alike."""

    schema_version: int
    old: RunSide
    new: RunSide
    notes: tuple[Message, ...]
    findings: tuple[FindingChange, ...]
    verdicts: tuple[VerdictMove, ...]
    hosts: tuple[HostMove, ...]
    payments: tuple[PaymentMove, ...]
    hand_over: HandOverMove | None
    stages: tuple[StageChange, ...]

    def count(self, state: FindingState) -> int:
        """Return how many findings are in a state."""
        return sum(change.state == state for change in self.findings)
