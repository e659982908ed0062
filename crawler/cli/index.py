"""`pantau index`: all stored runs in one SQLite file, and a search in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli import options
from crawler.cli.refresh import refresh, refresh_if_possible
from crawler.cli.telling import say, say_json
from crawler.lib.i18n import detect, translate
from crawler.store import index

if TYPE_CHECKING:
    from crawler.lib.i18n import Translator
    from crawler.model.indexed import Hit, Indexed

INTEGRITY_FAILURE = 6


@click.command("index")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("snapshots"),
    show_default=True,
    help="Folder of the evidence bundles; the index is index.db in it.",
)
@click.option("--rebuild", is_flag=True, help="Verify and read every bundle again, into a new file.")
@click.option("--search", "wanted", metavar="WORDS", help="Print findings and pages that have these words.")
@options.as_json
def command(*, out: Path, rebuild: bool, wanted: str | None, as_json: bool) -> int:
    """Bring the index of stored runs up to date: new, changed and vanished ones; or search in it.

    The index is made from the bundles alone and can be deleted at any time. Unsealed and damaged bundles are
    named; exit code 6 if a bundle is damaged. A bundle that was sound when it was indexed is verified again
    only by --rebuild (or pantau verify).
    """
    words = translate(detect())
    if wanted is not None:
        _search(out, wanted, words, rebuild=rebuild, as_json=as_json)
        return 0
    done = refresh(out, rebuild=rebuild)
    if as_json:
        say_json(done.model_dump(mode="json"))
    else:
        _print_outcome(done, words)
    return INTEGRITY_FAILURE if done.damaged else 0


def _print_outcome(done: Indexed, words: Translator) -> None:
    counts = {"n": done.runs, "read": done.read, "kept": done.kept, "removed": done.removed}
    say(words("cli.index.done", path=done.path, **counts))
    if done.set_aside:
        say(words("cli.index.set-aside", path=done.set_aside), err=True)
    for bundle in done.unsealed:
        say(words("cli.index.unsealed", bundle=_harmless_line(bundle)), err=True)
    for bundle, problem in done.problems.items():
        kind = "cli.index.damaged" if bundle in done.damaged else "cli.index.problem"
        say(words(kind, bundle=_harmless_line(bundle), problem=_harmless_line(problem)), err=True)


def _search(out: Path, wanted: str, words: Translator, *, rebuild: bool, as_json: bool) -> None:
    """Search in the index as it is now, or as it was where it cannot be brought up to date."""
    refresh_if_possible(out, words, rebuild=rebuild)
    hits = index.search(out, wanted)
    if as_json:
        say_json([hit.model_dump(mode="json") for hit in hits])
        return
    for hit in hits:
        click.echo(_hit_line(hit, words))
    if not hits:
        say(words("cli.index.nothing"), err=True)


def _hit_line(hit: Hit, words: Translator) -> str:
    parts = [_harmless_line(hit.bundle), words(f"stage.{hit.stage}"), *([hit.rule] if hit.rule else [])]
    said = "finding.excused" if hit.status == "excused" else f"verdict.{hit.outcome}"
    parts += [words(said)] if hit.outcome else [_harmless_line(hit.url)]
    return f"{' · '.join(parts)}\n    {_harmless_line(hit.excerpt)}"


def _harmless_line(text: str) -> str:
    """Return text of a page in one line that can do nothing to a terminal."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
