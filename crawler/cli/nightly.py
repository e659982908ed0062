"""`pantau nightly`: one night, from the canary to its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crawler.cli import options
from crawler.cli.telling import say, say_json
from crawler.errors import ConfigError
from crawler.fleet.config import missing_files, read_setup
from crawler.fleet.queue_address import QueueAddress
from crawler.lib.i18n import detect, translate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from crawler.fleet.nightly import Told
    from crawler.lib.i18n import Translator


@click.command("nightly")
@options.config
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Journeys at once; unless given, [night] says, else what cores and memory carry.",
)
@options.queue
@click.option(
    "--date",
    "on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The night's date; unless given, that of a night that was cut off and has time left, else today's.",
)
@options.as_json
def command(
    *, config: Path, workers: int | None, queue: str | None, on: datetime | None, as_json: bool
) -> int:
    """Walk the reference shop, then every target on each of its devices, and say what changed.

    A journey is walked again where something is new, changed or gone, and where it failed. A night that was
    cut off goes on at the next start; a date whose night is over is told again. Ctrl-C ends it, with all that
    was captured sealed.

    The exit code is the worst of its journeys (see `pantau --help`), 3 where the night is void or something
    was not observed, and 2 where another night is running.
    """
    from crawler.fleet.night import NightWatch  # noqa: PLC0415 - its queue takes seconds to load
    from crawler.fleet.nightly import hold_and_tell  # noqa: PLC0415 - as above

    words = translate(detect())
    setup = read_setup(config)
    if not setup.config.targets:
        raise ConfigError(f"{config} has no targets.", hint="Add one; `pantau init --print` shows how.")
    for problem in missing_files(setup):
        say(problem, err=True)
    address = QueueAddress.of_url(queue) if queue else setup.local_queue
    with options.stop_on_signals() as stop:
        watch = NightWatch(
            setup,
            address,
            workers=workers or setup.config.night.workers,
            stop=stop,
            on_event=lambda event: _print_event(event, words),
        )
        told = hold_and_tell(watch, options.day(on))
    if as_json:
        say_json(told.night.model_dump(mode="json"))
    else:
        for line in _lines(told, words):
            say(line)
    return told.exit_code


def _print_event(event: dict[str, Any], words: Translator) -> None:
    """Say on standard error what happens."""
    if event["event"] == "canary":
        say(words("cli.night.canary", state=event["state"]), err=True)
    elif event["event"] == "canary-done" and event["void"]:
        say(words("cli.night.canary-missed"), err=True)
    elif event["event"] == "job":
        code = "-" if event["exit_code"] is None else event["exit_code"]
        say(words("cli.night.job", job=event["job"], code=code), err=True)


def _lines(told: Told, words: Translator) -> Iterator[str]:
    """Yield what a night comes to, a line each."""
    night = told.night
    yield words("cli.night.title", date=night.date, n=len(night.journeys))
    if night.void:
        yield words("cli.night.void")
    counts = {
        state.replace("-", "_"): sum(journey.count(state) for journey in night.journeys)
        for state in ("new", "changed", "gone", "unstable", "not-looked", "still-there")
    }
    yield words("cli.night.counts", **counts)
    for each in night.not_observed:
        stage = words(f"stage.{each.stage.value}") if each.stage else words("cli.night.whole")
        why = words(each.why.id, **each.why.params)
        yield words(
            "cli.night.not-observed",
            target=each.target,
            device=words(f"device.{each.device}"),
            stage=stage,
            why=why,
        )
    for note in night.notes:
        yield words(note.id, **note.params)
    for dead in told.after.alerts.failed if told.after else ():
        if dead.why is not None:
            yield words(
                "cli.night.channel-dead", channel=dead.channel, why=words(dead.why.id, **dead.why.params)
            )
    if told.problem:
        yield words("cli.night.no-page", error=told.problem)
    yield from (str(path) for path in told.pages.values())
