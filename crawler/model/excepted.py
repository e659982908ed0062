"""The noun of the overlay over a policy pack: a mention that a reviewer lets pass for a while, and why."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from crawler.lib import words
from crawler.model.decision import Key, Reviewer
from crawler.model.evidence import Record
from crawler.model.finding import UsedException
from crawler.model.policy import Allowance
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

REASON = "exception"  # of the excuse that follows from one


class ExceptedMention(Record):
    """A line of `exceptions.jsonl`: a phrase that is legitimate at a place, by whom, why and until when.

    `phrase` matches as whole words around the mention, as an allowance of a pack does. The place is a target,
    and one stage and one channel of it where they are named. It holds from the day of the run that it was
    written for to the last day named, both included (Asia/Jakarta), and then expires by itself.
    """

    kind: Literal["exception"] = "exception"
    number: Annotated[int, Field(ge=1)]
    key: Key
    phrase: Annotated[str, Field(min_length=2, max_length=400)]
    target: Annotated[str, Field(min_length=1, max_length=200)]
    stage: Stage | None = None
    channel: Annotated[str, Field(max_length=40)] = ""
    reason: Annotated[str, Field(min_length=1, max_length=100)]
    note: Annotated[str, Field(max_length=2_000)] = ""
    by: Reviewer
    since: date
    until: date
    bundle: Annotated[str, Field(max_length=600)]
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]

    @model_validator(mode="after")
    def _is_bounded(self) -> ExceptedMention:
        if self.until < self.since:
            raise ValueError("it ends before it begins")
        if not self.phrase.strip():
            raise ValueError("the phrase is empty")
        return self

    @property
    def source(self) -> str:
        """How an excuse names this exception."""
        return f"exceptions.jsonl, {self.number}: {self.by}, {self.until.isoformat()}"

    def used(self) -> UsedException:
        """Return what a judgement says of it."""
        return UsedException.model_validate(self.model_dump(include=set(UsedException.model_fields)))

    def allowance(self) -> Allowance:
        """Return what the rules know of it."""
        return Allowance.model_validate(
            {
                "from": self.since,
                "to": self.until,
                "reason": REASON,
                "phrases": (self.phrase,),
                "stages": (self.stage,) if self.stage else (),
                "channels": (self.channel,) if self.channel else (),
                "source": self.source,
            }
        )


class Exceptions(Record):
    """All exceptions of a folder of bundles, and the SHA-256 of their file; empty where there is none."""

    listed: tuple[ExceptedMention, ...] = ()
    sha256: str = ""

    def holding(self, target: str, on: date) -> tuple[ExceptedMention, ...]:
        """Return those that hold for a target on a day (Asia/Jakarta)."""
        return tuple(each for each in self.listed if each.target == target and each.since <= on <= each.until)


def allowances(listed: Iterable[ExceptedMention]) -> tuple[Allowance, ...]:
    """Return exceptions as allowances of a pack."""
    return tuple(each.allowance() for each in listed)


def offered_days() -> int:
    """Return for how many days an exception is offered to hold."""
    days: int = words.load("decisions")["exception"]["days"]
    return days


def most_days() -> int:
    """Return for how many days from now an exception may hold at most."""
    days: int = words.load("decisions")["exception"]["most_days"]
    return days
