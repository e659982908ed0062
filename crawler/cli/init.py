"""`pantau init`: a file of targets to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crawler.cli import options
from crawler.cli.telling import say
from crawler.fleet.starter import starter_text, write_starter
from crawler.lib.i18n import detect, translate

if TYPE_CHECKING:
    from pathlib import Path


@click.command("init")
@options.config
@click.option("--print", "only_print", is_flag=True, help="Print it instead, and write nothing.")
def command(*, config: Path, only_print: bool) -> int:
    """Write a file of targets for the nights, with every key explained; one that is there stays as it is."""
    if only_print:
        click.echo(starter_text(), nl=False)
        return 0
    write_starter(config)
    say(translate(detect())("cli.init.written", path=str(config)))
    return 0
