"""`pantau doctor`: what this machine lacks for a run, with a fix a line."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.browse.doctor import examine
from crawler.cli import options
from crawler.cli.telling import say, say_json
from crawler.lib.i18n import detect

CONFIGURATION = 2
_SIGNS = {"ok": "ok     ", "warning": "warning", "failed": "FAILED "}


@click.command("doctor")
@click.option("--browser", metavar="PATH", help="The browser that a run would be given.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("snapshots"), help="Where bundles would go."
)
@options.as_json
def command(*, browser: str | None, out: Path, as_json: bool) -> int:
    """Look at browser, sandbox, OCR, fonts, disk and leftover processes; say what to do about each.

    Exit code 2 if something a run needs is missing.
    """
    checks = examine(browser=browser, out=out, lang=detect())
    if as_json:
        say_json([check.model_dump() for check in checks])
    else:
        for check in checks:
            say(f"{_SIGNS[check.status]}  {check.name}: {check.what}")
            if check.fix:
                say(f"         → {check.fix}")
    return CONFIGURATION if any(check.status == "failed" for check in checks) else 0
