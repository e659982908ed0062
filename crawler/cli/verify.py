"""`pantau verify`: is a bundle sealed and unchanged?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.telling import say, say_json
from crawler.lib.i18n import detect, translate
from crawler.store.pool import find_damage
from crawler.store.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.lib.i18n import Translator
    from crawler.model.stock import Damage

INTEGRITY_FAILURE = 6


@click.command("verify")
@click.argument("bundles", metavar="BUNDLE...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--shared",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Check every file that the bundles below FOLDER share, and name all bundles that a damage touches.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(*, bundles: tuple[Path, ...], folders: tuple[Path, ...], as_json: bool) -> int:
    """Check that bundles are sealed and that no file was changed, added or removed.

    Every problem is named with its file. Exit code 6 if there is one.
    """
    if not bundles and not folders:
        raise click.UsageError("Name a BUNDLE, or a folder with --shared.")
    results: dict[str, list[str]] = {}
    for bundle in map(str, bundles):
        results[bundle] = verify(bundle)
        if not as_json:  # each as soon as it is known: of many, the first are not to wait for the last
            say(f"{bundle}: {'sealed and unchanged' if not results[bundle] else 'FAILED'}")
            for problem in results[bundle]:
                say(f"  {problem}")
    damages = {str(folder): find_damage(folder) for folder in folders}
    if as_json:
        rows: list[dict[str, Any]] = [
            {"bundle": name, "ok": not found, "problems": found} for name, found in results.items()
        ]
        rows += [
            {"shared": name, "ok": not found, "damage": [each.model_dump(mode="json") for each in found]}
            for name, found in damages.items()
        ]
        say_json(rows)
    else:
        for line in _shared(damages, translate(detect())):
            say(line)
    return INTEGRITY_FAILURE if any(results.values()) or any(damages.values()) else 0


def _shared(damages: dict[str, tuple[Damage, ...]], words: Translator) -> Iterator[str]:
    for folder, found in damages.items():
        yield words("cli.verify.shared" if found else "cli.verify.shared-whole", folder=folder, n=len(found))
        for damage in found:
            yield f"  {damage.path}: {damage.why}"
            yield from (f"    {touched}" for touched in damage.touches)
