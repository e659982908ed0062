"""What was done after a night: content of `nights/<date>/after.json`."""

from __future__ import annotations

from datetime import date
from typing import Literal

from crawler.model.alert import AlertOutcome
from crawler.model.evidence import Record
from crawler.model.notice import Standing
from crawler.model.stock import Kept, Pruned, PrunePlan, Shared

Step = Literal["share", "notices", "prune", "metrics"]


class Upkeep(Record):
    """A step after a night that failed, and what was said of it. The night itself stands."""

    step: Step
    error: str
    detail: str


class AfterNight(Record):
    """What was done after a night. `plan` and `pruned` are None and empty where nothing limits the evidence.

    `exit_code` is the night's own, or 3 where it was 0 and a channel took no digest.
    """

    date: date
    shared: Shared | None = None
    notices: tuple[Standing, ...] = ()
    plan: PrunePlan | None = None
    pruned: tuple[Pruned, ...] = ()
    stayed: tuple[Kept, ...] = ()
    failed: tuple[Upkeep, ...] = ()
    free_bytes: int
    alerts: AlertOutcome
    exit_code: int

    @property
    def on_page(self) -> bool:
        """Say whether the page has to tell of it: notices, a dead channel, something with the disk."""
        disk = any(event.kind == "disk-low" for event in self.alerts.events)
        return bool(self.notices or self.alerts.failed or disk)


class Heartbeat(Record):
    """Content of `nights/heartbeat.json`: the last night that came to its end, and when. For a watchdog."""

    date: date
    ended: str
    exit_code: int
    void: bool
