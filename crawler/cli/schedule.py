"""`pantau schedule`: print or write what starts every night."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from crawler.cli import options
from crawler.cli.telling import say
from crawler.errors import ConfigError
from crawler.fleet.config import read_setup
from crawler.fleet.schedule import Place, machine_zone, own_command, schedule_files
from crawler.lib.i18n import detect, translate

if TYPE_CHECKING:
    from crawler.fleet.schedule import Kind


@click.command("schedule")
@click.option(
    "--print",
    "kind",
    type=click.Choice(["systemd", "cron", "github", "gitlab"]),
    required=True,
    help="What starts the night: units, lines of a crontab, a GitHub workflow or a GitLab job.",
)
@click.option(
    "--write",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="Write the files there instead, such as to /etc/systemd/system.",
)
@click.option("--user", metavar="NAME", help="Who the night runs as; unless given, who asks for it.")
@options.config
def command(*, kind: str, folder: Path | None, user: str | None, config: Path) -> int:
    """Print what starts `pantau nightly` at the time of [night], and what tells if it did not run.

    Units are hardened as far as Chromium's own sandbox allows. After writing them: systemctl daemon-reload,
    then systemctl enable --now pantau-night.timer pantau-watch.timer.
    """
    setup = read_setup(config)
    place = Place(
        base=setup.base.absolute(),
        config_file=config.absolute(),
        writable=(setup.out.absolute(), setup.nights.absolute()),
        user=user or _account(),
        pantau=own_command(),
        zone=machine_zone(),
    )
    files = schedule_files(cast("Kind", kind), setup.config, place)
    if folder is None:
        for name, text in files.items():
            click.echo(f"# --- {name}\n{text}" if len(files) > 1 else text)
        return 0
    words = translate(detect())
    for name, text in files.items():
        try:
            (folder / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{folder / name} cannot be written: {error.strerror or error}.") from error
        say(words("cli.schedule.written", path=str(folder / name)))
    return 0


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name
        return str(os.getuid())
