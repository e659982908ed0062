"""One night: lock, canary, every journey, the repeats, and the record of it all.

A night can be killed at any moment. What it did lies in its folder; the next start reads it there, goes on
with what is left, and counts nothing twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawler import logs
from crawler.errors import NightRunning, NightUnwritable
from crawler.fleet.canary import walk_canary
from crawler.fleet.dispatch import Dispatch
from crawler.fleet.journey import walk_journey
from crawler.fleet.judged_bundles import JudgedBundles
from crawler.fleet.plan import default_workers, new_plan, night_date, remaining_s, unfinished_plans
from crawler.fleet.summing import PastNights, night_record, wants_repeat
from crawler.lib.clock import stamp
from crawler.lib.lock import LockHeld, hold_lock
from crawler.model.finding import Message
from crawler.model.night import CanaryResult, Night, NightPlan
from crawler.store.nights import (
    CANARY,
    LOCK,
    LOG,
    NIGHT,
    PLAN,
    night_dates,
    night_folder,
    read_nights,
    read_record,
    write_night,
    write_once,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from crawler.fleet.config import Setup
    from crawler.fleet.jobs import Walk
    from crawler.fleet.queue_address import QueueAddress
    from crawler.model.night import EndedBy

Event = dict[str, Any]
LookAtCanary = Callable[..., CanaryResult]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class NightWatch:
    """How a night is held.

    `address` is where its queue is, `workers` are journeys at once (None: what the machine carries). `stop`
    is set by whoever wants the night to end before its time. `walk` walks a journey, `now` is the clock, and
    `look_at_canary` walks the reference shop: tests put others in their place. `on_event` is told what
    happens, as it happens.
    """

    setup: Setup
    address: QueueAddress
    workers: int | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    walk: Walk = walk_journey
    look_at_canary: LookAtCanary = walk_canary
    now: Callable[[], datetime] = _now
    on_event: Callable[[Event], None] = lambda _: None

    def hold(self, on: date | None = None) -> Night:
        """Hold the night of a date, or go on with one that was cut off, and return its record.

        Args:
            on: The night's date; unless given, that of an unfinished night with time left, else today's.

        Raises:
            NightRunning: another night holds the lock.
            NightError: a record cannot be read or written, or the queue cannot be used.
        """
        with _alone(self.setup.nights):
            plan = self._plan(on)
            folder = night_folder(self.setup.nights, plan.date)
            done = read_record(folder / NIGHT, Night)
            if done is not None:
                return done
            with logs.kept(folder / LOG, night=plan.date.isoformat()):
                return self._run(plan, folder)

    def _tell(self, event: Event) -> None:
        """Keep in the night's log what happens, and tell whoever asked to be told."""
        facts = {name: value for name, value in event.items() if name != "event"}
        logs.get("night").info(event["event"], **facts)
        self.on_event(event)

    def _plan(self, on: date | None) -> NightPlan:
        """Return the plan to work by; close what earlier nights left open."""
        now = self.now()
        settings = self.setup.config.night
        wanted = on or night_date(settings, now)
        for plan in unfinished_plans(self.setup.nights):
            left = remaining_s(settings, plan, now)
            if on is None and left > 0:
                return plan
            if plan.date != wanted:
                self._close(plan, "deadline")
        folder = night_folder(self.setup.nights, wanted)
        kept = read_record(folder / PLAN, NightPlan)
        if kept is None:
            kept = new_plan(self.setup, wanted, now)
            write_once(folder / PLAN, kept)
        return kept

    def _run(self, plan: NightPlan, folder: Path) -> Night:
        left_s = remaining_s(self.setup.config.night, plan, self.now())
        not_after = stamp(_now() + timedelta(seconds=max(0.0, left_s)))  # workers go by their own clocks
        deadline = time.monotonic() + left_s
        bundles = JudgedBundles(self.setup.out)
        past = self._past(plan)
        canary = self._canary(plan, folder, not_after, bundles)
        with Dispatch(
            self.setup,
            plan,
            self.address,
            workers=self.workers or default_workers(),
            not_after=not_after,
            walk=self.walk,
            stopped=lambda: self.stop.is_set() or time.monotonic() > deadline,
            on_event=self._tell,
        ) as dispatch:
            dispatch.work(lambda outcome: wants_repeat(outcome, past, bundles))
        ended_by: EndedBy = "finished"
        if dispatch.unfinished or canary is None:
            ended_by = "interrupted" if self.stop.is_set() else "deadline"
        return self._close(plan, ended_by, canary)

    def _past(self, plan: NightPlan) -> PastNights:
        unreadable: list[str] = []
        nights = read_nights(self.setup.nights, lambda error: unreadable.append(error.message))
        notes = [Message(id="night.record-unreadable", params={"error": each}) for each in unreadable]
        if any(on > plan.date for on in night_dates(self.setup.nights)):
            notes.append(Message(id="night.clock-back", params={"date": plan.date.isoformat()}))
        return PastNights(tuple(each for each in nights if each.number < plan.number), tuple(notes))

    def _canary(
        self, plan: NightPlan, folder: Path, not_after: str, bundles: JudgedBundles
    ) -> CanaryResult | None:
        """Return what the canary showed; None where the night was stopped before it came to anything."""
        kept = read_record(folder / CANARY, CanaryResult)
        if kept is not None:
            return kept
        self._tell({"event": "canary", "state": self.setup.config.night.canary})
        result = self.look_at_canary(
            self.setup, plan, not_after, bundles, stopped=self.stop.is_set, walk=self.walk
        )
        if self.stop.is_set():
            return None
        write_once(folder / CANARY, result)
        self._tell({"event": "canary-done", "void": result.void})
        return result

    def _close(
        self,
        plan: NightPlan,
        ended_by: EndedBy,
        canary: CanaryResult | None = None,
    ) -> Night:
        """Write the record of a night from what lies in its folder, and return it."""
        folder = night_folder(self.setup.nights, plan.date)
        night = night_record(
            self.setup,
            plan,
            ended_by=ended_by,
            ended=stamp(self.now()),
            canary=canary or read_record(folder / CANARY, CanaryResult),
            past=self._past(plan),
            bundles=JudgedBundles(self.setup.out),
        )
        write_night(folder, night)
        self._tell({"event": "night", "date": plan.date.isoformat(), "ended_by": ended_by})
        return night


@contextmanager
def _alone(nights: Path) -> Iterator[None]:
    """Hold the lock of the nights' folder; it ends with this process.

    Raises:
        NightRunning: another night holds it.
        NightUnwritable: the folder cannot be made.
    """
    with ExitStack() as held:
        try:
            nights.mkdir(parents=True, exist_ok=True)
            held.enter_context(hold_lock(nights / LOCK, timeout_s=0))
        except OSError as error:
            raise NightUnwritable(
                f"{nights} cannot be used: {error.strerror}.", hint="Make it a folder you can write to."
            ) from error
        except LockHeld as error:
            raise NightRunning(
                f"Another night is running; it holds {nights / LOCK}.",
                hint="Wait for it to end, or end it with Ctrl-C.",
            ) from error
        yield
