"""The nouns of review: what a person decided of a finding or a run, and where a finding stands by that.

A decision is a line that is never changed. Who thinks again writes another line: their later one counts. An
undo takes one line back, and what they had said before counts again. A decision is about what was seen: it
holds on every night, device and stage that shows the same, and no longer once text or crop differ.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import Field, TypeAdapter

from crawler.lib import words
from crawler.model.evidence import Moment, Record
from crawler.model.scenario import Slug, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence


MAX_NOTE_CHARS = 2_000
PEOPLE_FOR_HIGH = 2
_HASH = r"^[0-9a-f]{32,64}$"

Severity = Literal["low", "medium", "high"]
Action = Literal["confirm", "dismiss", "second-look"]
State = Literal["open", "second-look", "awaiting-second", "confirmed", "dismissed"]
STATES: tuple[State, ...] = ("open", "second-look", "awaiting-second", "confirmed", "dismissed")
UNSETTLED: tuple[State, ...] = ("open", "second-look", "awaiting-second")

Key = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Reviewer = Annotated[str, Field(min_length=1, max_length=64)]
Note = Annotated[str, Field(max_length=MAX_NOTE_CHARS)]


class DismissReason(Record):
    """A reason code, the key that chooses it, and whether an exception may follow from it."""

    code: Slug
    key: Annotated[str, Field(pattern=r"^[1-9]$")]
    exception: bool = False


@cache
def dismiss_reasons() -> dict[str, DismissReason]:
    """Return why a finding may be dismissed, by code, in the order they are offered."""
    listed = (DismissReason.model_validate(row) for row in words.load("decisions")["reasons"])
    return {reason.code: reason for reason in listed}


class _Said(Record):
    """What every line has: who said it, and a key of the sender's, so that sending twice says it once."""

    key: Key
    by: Reviewer
    note: Note = ""


class FindingDecision(_Said):
    """A person's verdict on a finding. `seen` is the hash of the text or crop that was looked at.

    `reason` is a code of `dismiss_reasons`, of a dismissal alone; `exception` the number of the exception
    that was written with it.
    """

    kind: Literal["finding"] = "finding"
    action: Action
    target: Annotated[str, Field(max_length=200)]
    fingerprint: Annotated[str, Field(pattern=_HASH)]
    seen: Annotated[str, Field(pattern=_HASH)]
    policy: Annotated[str, Field(max_length=200)]
    rule: Annotated[str, Field(max_length=200)]
    stage: Stage
    severity: Severity
    reason: Annotated[str, Field(max_length=100)] = ""
    exception: Annotated[int, Field(ge=1)] | None = None


class Undo(_Said):
    """Takes back a line of the same person, by its key."""

    kind: Literal["undo"] = "undo"
    target: Annotated[str, Field(max_length=200)]
    fingerprint: Annotated[str, Field(pattern=_HASH)]
    undoes: Key


class SignOff(_Said):
    """A person stands for the review of a run under a policy, as it was judged then.

    `judgement` is the SHA-256 of the file that was judged, `unsettled` how many findings were still open.
    """

    kind: Literal["sign-off"] = "sign-off"
    policy: Annotated[str, Field(max_length=200)]
    seal: Annotated[str, Field(pattern=_HASH)]
    judgement: Annotated[str, Field(pattern=_HASH)]
    unsettled: Annotated[int, Field(ge=0)]


Decision = Annotated[FindingDecision | Undo | SignOff, Field(discriminator="kind")]
DECISION: TypeAdapter[FindingDecision | Undo | SignOff] = TypeAdapter(Decision)


class DecisionLine(Record):
    """A line of `review/decisions.jsonl`: its number in the file from 1, its time, and what was decided."""

    seq: Annotated[int, Field(ge=1)]
    time: Moment
    decision: Decision


class FindingStanding(Record):
    """Where a finding stands: its state, whose verdicts that rests on, and since when.

    `reason` is the code of a dismissal. `outdated` says that it was decided before text or crop changed.
    """

    state: State = "open"
    by: tuple[str, ...] = ()
    since: str = ""
    reason: str = ""
    outdated: bool = False


def decision_key(said: str) -> str:
    """Return the key of a decision that its sender gave no key of its own: a hash of what it says."""
    return hashlib.sha256(said.encode()).hexdigest()[:32]


class Said(NamedTuple):
    """What one line says of a finding, as the file and the index both have it; `action` may be `undo`."""

    time: str
    key: str
    by: str
    action: str
    seen: str
    reason: str
    undoes: str


def said_of(line: DecisionLine) -> Said | None:
    """Return what a line says of a finding; None of a sign-off."""
    decision = line.decision
    if isinstance(decision, FindingDecision):
        return Said(line.time, decision.key, decision.by, decision.action, decision.seen, decision.reason, "")
    if isinstance(decision, Undo):
        return Said(line.time, decision.key, decision.by, "undo", "", "", decision.undoes)
    return None


def not_undone(said: Sequence[Said]) -> list[Said]:
    """Return the verdicts that were not taken back by who gave them, in their order."""
    authors = {each.key: each.by for each in said if each.action != "undo"}
    undone = {each.undoes for each in said if each.action == "undo" and authors.get(each.undoes) == each.by}
    return [each for each in said if each.action != "undo" and each.key not in undone]


def standing(said: Sequence[Said], seen: str, severity: str) -> FindingStanding:
    """Return where a finding stands by all that was said of it, on any night.

    Args:
        said: What was said of one target and fingerprint, oldest first.
        seen: What the finding shows now, as `crawler.model.seen` hashes it.
        severity: How severe it is now. `high` needs the same verdict of two different people.
    """
    valid = not_undone(said)
    about = [each for each in valid if each.seen == seen]
    if not about:
        return FindingStanding(outdated=bool(valid))
    last = about[-1]
    if last.action == "second-look":
        return FindingStanding(state="second-look", by=(last.by,), since=last.time)
    holding = {each.by: each.action for each in about if each.action != "second-look"}
    agreeing = tuple(by for by, action in holding.items() if action == last.action)
    if severity == "high" and len(agreeing) < PEOPLE_FOR_HIGH:
        state: State = "second-look" if len(holding) > 1 else "awaiting-second"
        return FindingStanding(state=state, by=tuple(holding), since=last.time, reason=last.reason)
    settled: State = "confirmed" if last.action == "confirm" else "dismissed"
    return FindingStanding(state=settled, by=agreeing, since=last.time, reason=last.reason)
