"""Tells that a night did not run or a unit failed: what `pantau status --alert` does.

A night that is missing is told once, a unit that failed every time that it does.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crawler.fleet.alerts import send_digest
from crawler.fleet.status import last_due
from crawler.lib.clock import stamp
from crawler.model.alert import AlertOutcome, Event
from crawler.model.finding import Message
from crawler.report.digest import watch_digest
from crawler.store.nights import PLAN, night_folder, write_once

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from crawler.model.status import Status
    from crawler.model.target import Config

TOLD = "watch"


def tell_missing(
    status: Status, config: Config, nights: Path, *, failed: str | None = None, now: datetime | None = None
) -> AlertOutcome | None:
    """Send a digest where a night is missing or a unit failed, and return what came of it; None for nothing.

    Args:
        status: How the nights stand.
        config: What `pantau.toml` says.
        nights: Folder of the nights' records.
        failed: Name of a unit that failed.
        now: The moment; the present one unless given.

    Raises:
        NightUnwritable: what was told cannot be recorded, so that it will be told again.
    """
    at = (now or datetime.now(UTC)).astimezone(ZoneInfo(config.night.zone))
    on = last_due(config.night, at).date()
    record = nights / TOLD / f"{on}.json"
    events = []
    if failed is not None:
        events.append(_event("event.unit-failed", unit=failed[:200]))
    new = status.missing and not record.exists()
    if new:
        began = (night_folder(nights, on) / PLAN).exists()
        by = at.strftime("%Y-%m-%d %H:%M %Z")
        events.append(_event("event.did-not-end" if began else "event.did-not-run", on=on, by=by))
    if not events:
        return None
    outcome = _tell(on, tuple(events), config)
    if new and not outcome.failed:  # one that reached nobody is told again
        write_once(record, outcome)
    return outcome


def _tell(on: date, events: tuple[Event, ...], config: Config) -> AlertOutcome:
    told = tuple(event for event in events if event.kind in config.alerts.on)
    digest = watch_digest(on, told, config.alerts.lang)
    return AlertOutcome(
        date=on,
        sent=stamp(),
        events=events,
        title=digest.title,
        channels=send_digest(digest, config.alerts) if told else (),
    )


def _event(message_id: str, **params: object) -> Event:
    return Event(kind="did-not-run", message=Message(id=message_id, params=params))
