"""What follows a night: shared files, notices, retention, metrics, and the digest that tells of it all.

Each step may fail without harm to the night, whose record is written before: what failed is told in the
digest and stands in `nights/<date>/after.json`.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from crawler import logs
from crawler.errors import CrawlerError, NightUnwritable
from crawler.fleet.alerts import send_digest, send_ping
from crawler.fleet.events import disk_event, night_events, notice_events, upkeep_events
from crawler.fleet.metrics import write_metrics
from crawler.fleet.notice import author, noticed_bundles
from crawler.fleet.retention import night_bundles, plan_pruning, prune
from crawler.history.remedies import notice_nights
from crawler.lib.clock import stamp
from crawler.model.after import AfterNight, Heartbeat, Upkeep
from crawler.model.alert import AlertOutcome
from crawler.report.digest import night_digest
from crawler.store.nights import night_folder, read_nights, read_record, write_once
from crawler.store.notices import record_night, standings
from crawler.store.pool import share_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crawler.model.after import Step
    from crawler.model.alert import Event
    from crawler.model.night import Night
    from crawler.model.notice import Standing
    from crawler.model.stock import Kept, Pruned, PrunePlan
    from crawler.model.target import Config

AFTER = "after.json"
HEARTBEAT = "heartbeat.json"
METRICS = "pantau.prom"
DEAD_CHANNEL = 3

DoneT = TypeVar("DoneT")
log = logs.get("after")


def finish_night(
    night: Night, config: Config, *, out: Path, nights: Path, page: Path | None = None
) -> AfterNight:
    """Do what follows a night whose record is written, once, and return what came of it.

    Args:
        night: The night.
        config: What `pantau.toml` says.
        out: Folder of the evidence.
        nights: Folder of the nights' records.
        page: The night's page, told in the digest.

    Raises:
        NightUnwritable: the disk does not take the record of it; the digest is sent by then.
    """
    folder = night_folder(nights, night.date)
    done = read_record(folder / AFTER, AfterNight)
    if done is not None:
        return done
    failed: list[Upkeep] = []
    shared = _try("share", lambda: share_files(out, [out / name for name in night_bundles(night)]), failed)
    before, notices = _try("notices", lambda: _record_notices(nights, night), failed) or ((), ())
    plan, pruned, stayed = _try("prune", lambda: _retain(night, config, out, nights), failed) or (
        None,
        (),
        (),
    )
    free = shutil.disk_usage(out if out.exists() else nights).free
    events = (
        *night_events(night),
        *notice_events(before, notices),
        *((low,) if (low := disk_event(free, config.alerts.disk_low_bytes)) else ()),
        *upkeep_events(shared, plan, stayed, failed),
    )
    alerts = _tell(night, config, events, page)
    after = AfterNight(
        date=night.date,
        shared=shared,
        notices=notices,
        plan=plan,
        pruned=pruned,
        stayed=stayed,
        failed=tuple(failed),
        free_bytes=free,
        alerts=alerts,
        exit_code=DEAD_CHANNEL if alerts.failed and not night.exit_code else night.exit_code,
    )
    after = _measured(night, after, nights)
    write_once(folder / AFTER, after)
    beat(nights, night)
    return after


def beat(nights: Path, night: Night) -> Path:
    """Write `heartbeat.json` in one step: its time tells a watchdog that nights come to their end.

    Raises:
        NightUnwritable: the disk does not take it; an earlier one stays, and grows old.
    """
    record = Heartbeat(date=night.date, ended=night.ended, exit_code=night.exit_code, void=night.void)
    unfinished = nights / f".{uuid4().hex}.unfinished"
    try:
        try:
            unfinished.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
            return unfinished.replace(nights / HEARTBEAT)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise NightUnwritable(
            f"{nights / HEARTBEAT} cannot be written: {error.strerror or error}.",
            hint="Free some space or make the folder writable; the night itself is recorded and told.",
        ) from error


def _try(step: Step, work: Callable[[], DoneT], failed: list[Upkeep]) -> DoneT | None:
    try:
        return work()
    except (CrawlerError, OSError) as error:
        said = error.message if isinstance(error, CrawlerError) else str(error)
        log.warning("a step after the night failed", step=step, error=said)
        failed.append(Upkeep(step=step, error=type(error).__name__, detail=said[:1_000]))
        return None


def _record_notices(nights: Path, night: Night) -> tuple[tuple[Standing, ...], tuple[Standing, ...]]:
    """Record how notices stand after a night, and return how they stood before and stand now."""
    before = standings(nights, before=night.date)
    record_night(nights, notice_nights(before, night))
    return before, standings(nights)


def _retain(
    night: Night, config: Config, out: Path, nights: Path
) -> tuple[PrunePlan | None, tuple[Pruned, ...], tuple[Kept, ...]]:
    limits = config.retention
    if limits.keep_days is None and limits.keep_nights is None and limits.budget_bytes is None:
        return None, (), ()
    plan = plan_pruning(
        out,
        list(read_nights(nights)),
        limits,
        today=datetime.now(ZoneInfo(config.night.zone)).date(),
        noticed=noticed_bundles(nights),
    )
    lines, stayed = prune(out, plan, by=f"{author()} (night {night.date})")
    return plan, lines, stayed


def _tell(night: Night, config: Config, events: tuple[Event, ...], page: Path | None) -> AlertOutcome:
    alerts = config.alerts
    told = tuple(event for event in events if event.kind in alerts.on)
    digest = night_digest(night, told, alerts.lang, page=os.fspath(page) if page else "")
    return AlertOutcome(
        date=night.date,
        sent=stamp(datetime.now(UTC)),
        events=events,
        title=digest.title,
        channels=send_digest(digest, alerts),
        ping=send_ping(alerts),
    )


def _measured(night: Night, after: AfterNight, nights: Path) -> AfterNight:
    """Write the textfile; return what followed the night with what that failed of, if it did."""
    failed: list[Upkeep] = list(after.failed)
    _try("metrics", lambda: write_metrics(nights / METRICS, night, after, read_nights(nights)), failed)
    return after.model_copy(update={"failed": tuple(failed)})
