"""How the nights stand: the one that runs, the last one, the next one, and whether one is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crawler.errors import NightUnreadable
from crawler.fleet.after import AFTER
from crawler.fleet.schedule import AFTER_DEADLINE
from crawler.lib.clock import stamp
from crawler.lib.lock import is_held
from crawler.model.after import AfterNight
from crawler.model.status import LastNight, RunningNight, Status
from crawler.store.nights import (
    JOBS,
    LOCK,
    NIGHT,
    OUTCOME,
    PLAN,
    START,
    night_dates,
    night_folder,
    read_night,
    read_record,
)

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from crawler.model.night import Night
    from crawler.model.target import NightSettings


def nights_status(settings: NightSettings, nights: Path, *, now: datetime | None = None) -> Status:
    """Return how the nights of a folder stand at a moment, now unless given.

    Raises:
        NightUnreadable: the record of the last night is there and cannot be read.
    """
    at = (now or datetime.now(UTC)).astimezone(ZoneInfo(settings.zone))
    dates = night_dates(nights)
    last = next((night for on in reversed(dates) if (night := read_night(night_folder(nights, on)))), None)
    due = last_due(settings, at)
    return Status(
        now=stamp(at),
        running=_running(nights, dates),
        last=_last(nights, last) if last else None,
        next=stamp(next_start(settings, at)),
        missing=_missing(nights, due),
        due_by=stamp(due + timedelta(hours=settings.deadline_h) + AFTER_DEADLINE) if due else None,
    )


def next_start(settings: NightSettings, at: datetime) -> datetime:
    """Return when the next night starts, after a moment in the night's own zone."""
    start = datetime.combine(at.date(), settings.time, at.tzinfo)
    return start if start > at else datetime.combine(at.date() + timedelta(days=1), settings.time, at.tzinfo)


def last_due(settings: NightSettings, at: datetime) -> datetime:
    """Return the start of the last night that should be over at a moment in the night's own zone."""
    over = at - timedelta(hours=settings.deadline_h) - AFTER_DEADLINE
    start = datetime.combine(over.date(), settings.time, at.tzinfo)
    return (
        start
        if start <= over
        else datetime.combine(over.date() - timedelta(days=1), settings.time, at.tzinfo)
    )


def _running(nights: Path, dates: list[date]) -> RunningNight | None:
    """Return the night that holds the lock; None where nobody does."""
    if not _is_locked(nights / LOCK):
        return None
    folder = next(
        (
            night_folder(nights, on)
            for on in reversed(dates)
            if (night_folder(nights, on) / PLAN).exists() and not (night_folder(nights, on) / NIGHT).exists()
        ),
        None,
    )
    if folder is None:
        return RunningNight(date=None)
    jobs = folder / JOBS
    started = {path.name.removesuffix(START) for path in jobs.glob(f"*{START}")}
    ended = {path.name.removesuffix(OUTCOME) for path in jobs.glob(f"*{OUTCOME}")}
    return RunningNight(
        date=datetime.fromisoformat(folder.name).date(),
        ended=len(ended),
        walking=tuple(sorted(started - ended)),
    )


def _is_locked(path: Path) -> bool:
    try:
        return is_held(path)
    except OSError as error:
        raise NightUnreadable(f"{path} cannot be read: {error.strerror or error}.") from error


def _last(nights: Path, night: Night) -> LastNight:
    after = read_record(night_folder(nights, night.date) / AFTER, AfterNight)
    return LastNight(
        date=night.date,
        ended=night.ended,
        ended_by=night.ended_by,
        exit_code=after.exit_code if after else night.exit_code,
        void=night.void,
        observed=night.observed,
        journeys=len(night.journeys),
        new=sum(each.count("new") for each in night.journeys),
        gone=0 if night.void else sum(each.count("gone") for each in night.journeys),
        not_observed=len(night.not_observed),
        told=after is not None,
        dead_channels=tuple(each.channel for each in after.alerts.failed) if after else (),
    )


def _missing(nights: Path, due: datetime) -> bool:
    """Say whether the night that should be over has no final record; one of a later date stands for it."""
    folders = [night_folder(nights, on) for on in night_dates(nights) if on >= due.date()]
    return not any((folder / NIGHT).exists() for folder in folders)
