"""`pantau worker`: works the journeys of nights that share a queue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from crawler.cli import options
from crawler.cli.telling import say
from crawler.errors import ConfigError
from crawler.fleet.config import read_setup
from crawler.fleet.jobs import machine
from crawler.fleet.plan import default_workers
from crawler.fleet.queue_address import QueueAddress
from crawler.lib.i18n import detect, translate

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


@click.command("worker")
@options.config
@options.queue
@click.option("--name", metavar="NAME", help="This worker's own name, the same at every start.")
@click.option("--workers", type=click.IntRange(1, 256), metavar="N", help="Journeys at once on this machine.")
def command(*, config: Path, queue: str | None, name: str | None, workers: int | None) -> int:
    """Take journeys from a shared queue and walk them here until Ctrl-C, which seals what is being walked.

    Every machine needs the file of targets for its folders, and shares the evidence and the records of the
    nights with the machine that runs `pantau nightly --queue`.
    """
    from crawler.fleet.worker import serve  # noqa: PLC0415 - its queue takes seconds to load

    if queue is None:
        raise ConfigError("A worker needs a shared queue.", hint="Name it with --queue postgresql://…")
    called = name or f"{machine()}-1"
    if not _NAME.fullmatch(called):
        raise ConfigError(f"--name {called}: not a name.", hint="Use letters, digits, dots and hyphens.")
    setup = read_setup(config)
    address = QueueAddress.of_url(queue)
    say(translate(detect())("cli.worker.ready", name=called), err=True)
    with options.stop_on_signals() as stop:
        serve(setup, address, name=called, workers=workers or default_workers(), stop=stop)
    return 0
