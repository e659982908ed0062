"""What `pantau status --json` prints: the night that runs, the last, the next, and whether one is missing."""

from __future__ import annotations

from datetime import date

from crawler.model.alert import AlertOutcome
from crawler.model.evidence import Moment, Record
from crawler.model.night import EndedBy


class RunningNight(Record):
    """A night that is running: jobs that ended, and those that walk now. `date` is None before its plan."""

    date: date | None
    ended: int = 0
    walking: tuple[str, ...] = ()


class LastNight(Record):
    """The last night that has a record. `told`: its digest went out, but for `dead_channels`."""

    date: date
    ended: Moment
    ended_by: EndedBy
    exit_code: int
    void: bool
    observed: int
    journeys: int
    new: int
    gone: int
    not_observed: int
    told: bool
    dead_channels: tuple[str, ...] = ()


class Status(Record):
    """How the nights stand. `missing` says that the night that should be over by `due_by` has no record.

    `alert` is what `--alert` told, None where there was nothing to tell.
    """

    now: Moment
    running: RunningNight | None
    last: LastNight | None
    next: Moment
    missing: bool
    due_by: Moment | None
    alert: AlertOutcome | None = None
