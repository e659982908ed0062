"""`pantau verify`: is a bundle sealed and unchanged?"""

from __future__ import annotations

from pathlib import Path

import click

from crawler.cli.telling import say, say_json
from crawler.store.verify import verify

INTEGRITY_FAILURE = 6


@click.command("verify")
@click.argument("bundles", metavar="BUNDLE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(*, bundles: tuple[Path, ...], as_json: bool) -> int:
    """Check that bundles are sealed and that no file was changed, added or removed.

    Every problem is named with its file. Exit code 6 if there is one.
    """
    results = {str(bundle): verify(str(bundle)) for bundle in bundles}
    if as_json:
        rows = [{"bundle": name, "ok": not found, "problems": found} for name, found in results.items()]
        say_json(rows)
    else:
        for bundle, problems in results.items():
            say(f"{bundle}: {'sealed and unchanged' if not problems else 'FAILED'}")
            for problem in problems:
                say(f"  {problem}")
    return INTEGRITY_FAILURE if any(results.values()) else 0
