"""`pantau plan`: what a night would run, when, and how long it took last time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from crawler.cli import options
from crawler.cli.telling import say, say_json
from crawler.errors import ConfigError
from crawler.fleet.config import missing_files, read_setup
from crawler.fleet.plan import default_workers, next_start, planned_journeys
from crawler.lib.clock import stamp
from crawler.lib.i18n import detect, translate
from crawler.store.nights import read_nights

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.fleet.plan import PlannedJourney


@click.command("plan")
@options.config
@options.as_json
def command(*, config: Path, as_json: bool) -> int:
    """Print what a night would walk, in the order of its start, and how long each journey took last time.

    Exit code 2 where the file of targets is wrong or names a file that is not there.
    """
    words = translate(detect())
    setup = read_setup(config)
    nights = read_nights(setup.nights, lambda error: say(error.message, err=True))
    journeys = planned_journeys(setup, nights)
    settings = setup.config.night
    start = next_start(settings, datetime.now(UTC))
    workers = settings.workers or default_workers()
    if as_json:
        say_json(
            {
                "starts": stamp(start),
                "deadline": stamp(start + timedelta(hours=settings.deadline_h)),
                "workers": workers,
                "journeys": [_record(each) for each in journeys],
            }
        )
    else:
        end = start + timedelta(hours=settings.deadline_h)
        say(
            words(
                "cli.plan.when",
                start=f"{start:%Y-%m-%d %H:%M} {settings.zone}",
                end=f"{end:%Y-%m-%d %H:%M}",
                workers=workers,
                n=len(journeys),
            )
        )
        for each in journeys:
            last = (
                words("cli.plan.unknown")
                if each.last_s is None
                else words("cli.plan.took", s=round(each.last_s))
            )
            device = words(f"device.{each.device}")
            say(f"  {each.target.id} · {device} · {each.target.pace_site} · {last}")
    problems = missing_files(setup)
    if problems:
        raise ConfigError("; ".join(problems) + ".", hint=f"Correct {config}, or put the files there.")
    return 0


def _record(journey: PlannedJourney) -> dict[str, object]:
    return {
        "target": journey.target.id,
        "device": journey.device,
        "site": journey.target.pace_site,
        "last_s": journey.last_s,
    }
