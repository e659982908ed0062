"""`pantau status`: the night that runs, the last one, the next, and whether one is missing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from crawler.cli import options
from crawler.cli.telling import say, say_json
from crawler.fleet.config import read_setup
from crawler.fleet.status import nights_status
from crawler.fleet.watch import tell_missing
from crawler.lib.i18n import detect, translate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.lib.i18n import Translator
    from crawler.model.alert import AlertOutcome
    from crawler.model.status import LastNight, RunningNight, Status

LOOK = 3


@click.command("status")
@options.config
@click.option("--alert", is_flag=True, help="Tell the channels of [alerts] if the night did not run; once.")
@click.option("--failed", metavar="UNIT", help="With --alert: tell that this unit failed.")
@options.as_json
def command(*, config: Path, alert: bool, failed: str | None, as_json: bool) -> int:
    """Say which night runs, what the last one came to, and when the next one starts.

    Exit code 3 where a night that should be over has no record, the last one was void or told nobody, or a
    channel took no digest.
    """
    setup = read_setup(config)
    status = nights_status(setup.config.night, setup.nights)
    if alert:
        told = tell_missing(status, setup.config, setup.nights, failed=failed)
        status = status.model_copy(update={"alert": told})
    if as_json:
        say_json(status.model_dump(mode="json"))
    else:
        for line in _lines(status, translate(detect())):
            say(line)
    return LOOK if _needs_a_look(status) else 0


def _needs_a_look(status: Status) -> bool:
    last, told = status.last, status.alert
    return bool(
        status.missing
        or (last and (last.void or last.dead_channels or not last.told))
        or (told and told.failed)
    )


def _lines(status: Status, words: Translator) -> Iterator[str]:
    yield _running(status.running, words)
    yield _last_night_lines(status.last, words) if status.last else words("cli.status.no-night")
    if status.last and status.last.dead_channels:
        yield words("cli.status.dead", channels=list(status.last.dead_channels))
    if status.missing and status.due_by:
        yield words("cli.status.missing", by=_wib(status.due_by, words))
    yield words("cli.status.next", at=_wib(status.next, words))
    if status.alert:
        yield from _telling_lines(status.alert, words)


def _running(running: RunningNight | None, words: Translator) -> str:
    if running is None:
        return words("cli.status.idle")
    if running.date is None:
        return words("cli.status.starting")
    return words("cli.status.running", on=running.date, ended=running.ended, walking=list(running.walking))


def _last_night_lines(last: LastNight, words: Translator) -> str:
    said = words(
        "cli.status.last",
        on=last.date,
        ended=_wib(last.ended, words),
        seen=last.observed,
        n=last.journeys,
        new=last.new,
        gone=last.gone,
        unseen=last.not_observed,
        code=last.exit_code,
    )
    notes = [
        words(f"cli.status.{name}")
        for name, holds in (
            ("void", last.void),
            ("untold", not last.told),
            (last.ended_by, last.ended_by != "finished"),
        )
        if holds
    ]
    return " ".join([said, *notes])


def _telling_lines(told: AlertOutcome, words: Translator) -> Iterator[str]:
    for event in told.events:
        yield words(event.message.id, **event.message.params)
    for each in told.channels:
        why = words(each.why.id, **each.why.params) if each.why else words("cli.status.delivered")
        yield words("cli.status.channel", channel=each.channel, why=why)


def _wib(moment: str, words: Translator) -> str:
    return words.wib(datetime.fromisoformat(moment))
