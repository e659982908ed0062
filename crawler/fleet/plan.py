"""What a night would run, when, and how long it took last time; and which night it is."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import psutil

from crawler.lib.clock import stamp
from crawler.model.night import Job, NightPlan
from crawler.store.nights import NIGHT, PLAN, night_dates, night_folder, read_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crawler.fleet.config import Setup
    from crawler.model.night import Night
    from crawler.model.target import DeviceId, NightSettings, Target

JOURNEY_BYTES = int(1.2 * 2**30)  # what a browser and its reader take at worst on an ordinary shop
SPARED_BYTES = 2 * 2**30  # for the rest of the machine


class PlannedJourney(NamedTuple):
    """One journey of a night to come; `last_s` is how long it took when it was last walked."""

    target: Target
    device: DeviceId
    last_s: float | None


def default_workers() -> int:
    """Return how many journeys at once this machine carries, by its cores and its memory."""
    cores = len(os.sched_getaffinity(0))
    memory = int((psutil.virtual_memory().total - SPARED_BYTES) / JOURNEY_BYTES)
    return max(1, min(cores, memory))


def planned_journeys(setup: Setup, nights: Sequence[Night]) -> list[PlannedJourney]:
    """Return what a night would walk, in the order of its start."""
    lasted = {
        outcome.job.journey: outcome.duration_s
        for night in nights
        for outcome in night.outcomes
        if outcome.job.attempt == 1
    }
    return [
        PlannedJourney(target, device, lasted.get(f"{target.id}/{device}"))
        for target, device in setup.config.journeys()
    ]


def next_start(settings: NightSettings, now: datetime) -> datetime:
    """Return when the next night starts, in the zone of the nights."""
    here = now.astimezone(ZoneInfo(settings.zone))
    start = datetime.combine(here.date(), settings.time, here.tzinfo)
    return (
        start
        if start > here
        else datetime.combine(here.date() + timedelta(days=1), settings.time, here.tzinfo)
    )


def new_plan(setup: Setup, on: date, now: datetime) -> NightPlan:
    """Return the plan of a night that begins now, numbered after all that began before."""
    numbers = [plan.number for plan in _plans(setup.nights)]
    jobs = tuple(Job(target=target.id, device=device) for target, device in setup.config.journeys())
    return NightPlan(date=on, number=max(numbers, default=0) + 1, began=stamp(now), planned=jobs)


def unfinished_plans(nights: Path) -> list[NightPlan]:
    """Return the plans of nights that began and have no final record, in the order of their number."""
    return [plan for plan in _plans(nights) if not (night_folder(nights, plan.date) / NIGHT).exists()]


def _plans(nights: Path) -> list[NightPlan]:
    found = [read_record(night_folder(nights, on) / PLAN, NightPlan) for on in night_dates(nights)]
    return sorted((plan for plan in found if plan is not None), key=lambda plan: plan.number)


def night_date(settings: NightSettings, now: datetime) -> date:
    """Return the date that a night has which begins now: the day in the zone of the nights."""
    return now.astimezone(ZoneInfo(settings.zone)).date()


def remaining_s(settings: NightSettings, plan: NightPlan, now: datetime) -> float:
    """Return how much of a night's time is left, in seconds; a clock that was set back adds none."""
    gone = max(0.0, (now - datetime.fromisoformat(plan.began)).total_seconds())
    return settings.deadline_h * 3600 - gone
