"""`pantau explore`: the index of all runs in Datasette, to be asked anything."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import click

from crawler.cli import options
from crawler.cli.refresh import refresh_if_possible
from crawler.errors import ConfigError
from crawler.lib.i18n import Language, detect, translate
from crawler.store.index import FILE
from crawler.store.index.explore import metadata

_PORT = 8732
SQL_WITHIN_MS = 5_000


@click.command("explore")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path("snapshots"),
    show_default=True,
    help="Folder of the evidence bundles, whose index is asked.",
)
@click.option(
    "--port", type=click.IntRange(1, 65_535), default=_PORT, show_default=True, help="Where to listen."
)
@options.language
def command(*, out: Path, port: int, lang: str) -> int:
    """Open the index of all runs in Datasette, on this machine alone: filter, ask in SQL, take as CSV.

    It is only read, by Datasette, which is an extra: pip install 'pantau[explore]'. A few queries are there
    to begin with. The index holds what the sites wrote and no file of the bundles. Ctrl-C ends it.
    """
    if importlib.util.find_spec("datasette") is None:
        raise ConfigError("Datasette is not installed.", hint="Install it: pip install 'pantau[explore]'")
    refresh_if_possible(out, translate(detect()))
    if not (out / FILE).is_file():
        raise ConfigError(f"There is no index in {out}.", hint=f"Make one: pantau index --out {out}")
    with TemporaryDirectory(prefix="pantau-explore-") as folder:
        told = Path(folder) / "metadata.json"
        told.write_text(json.dumps(metadata(cast("Language", lang))), encoding="utf-8")
        return subprocess.call(arguments(out / FILE, told, port))  # noqa: S603 - our own Python and words


def arguments(index: Path, told: Path, port: int) -> list[str]:
    """Return the command that serves an index: opened to be read only, on loopback, bounded in time."""
    settings = {"sql_time_limit_ms": SQL_WITHIN_MS, "allow_download": "off", "default_allow_sql": "on"}
    given = [word for name, value in settings.items() for word in ("--setting", name, str(value))]
    return [
        sys.executable, "-m", "datasette", "serve", str(index.absolute()),
        "--host", "127.0.0.1", "--port", str(port), "--metadata", str(told), *given,
    ]  # fmt: skip
