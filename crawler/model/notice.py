"""The nouns of the remedy loop: a notice given to somebody, and what each later night saw of its finding."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from crawler.model.evidence import Record
from crawler.model.finding import Message
from crawler.model.night import BundleName
from crawler.model.scenario import Slug, Stage
from crawler.model.target import DeviceId

NoticeState = Literal["open", "remedied", "returned", "not-observed"]


class Before(Record):
    """How a finding stood when its notice was given: the bundle that showed it last, on one device."""

    device: DeviceId
    bundle: BundleName


class Notice(Record):
    """A line of `nights/notices.jsonl` with `kind` `notice`: what was asked, of what, by when.

    A finding is asked for by target, rule, stage and fingerprint; `before` has every device that showed it.
    """

    kind: Literal["notice"] = "notice"
    number: Annotated[int, Field(ge=1)]
    letter: Annotated[str, Field(min_length=1, max_length=200)]
    given: date
    deadline: date
    by: str
    target: Slug
    rule: str
    stage: Stage
    fingerprint: str
    before: Annotated[tuple[Before, ...], Field(min_length=1)]


class Side(Record):
    """One device of a notice in one night: the bundle before, the one that looked again, and what it saw."""

    device: DeviceId
    state: Literal["there", "gone", "unseen"]
    before: BundleName
    after: BundleName | None = None
    why: tuple[Message, ...] = ()


class NoticeNight(Record):
    """A line of `nights/notices.jsonl` with `kind` `night`: how a notice stood after a night.

    `remedied` needs the finding gone on every device that had shown it; `returned` is there again after
    that. What was not looked at is `not-observed`, never remedied. `overdue` says that the deadline had
    passed; of a remedied one, that it was late.
    """

    kind: Literal["night"] = "night"
    notice: Annotated[int, Field(ge=1)]
    night: date
    state: NoticeState
    overdue: bool
    since: date
    sides: tuple[Side, ...]


class Standing(Record):
    """A notice, and how it stood after the last night that looked; None before the first."""

    notice: Notice
    last: NoticeNight | None = None
