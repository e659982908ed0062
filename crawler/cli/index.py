"""`pantau index`: all stored runs in one SQLite file, and a search in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import Progress

from crawler.cli import options
from crawler.cli.telling import say, say_json
from crawler.errors import IndexUnavailable
from crawler.lib.i18n import detect, translate
from crawler.store import index
from crawler.store.index_file import FILE

if TYPE_CHECKING:
    from crawler.lib.i18n import Translator
    from crawler.model.indexed import Hit, Indexed

INTEGRITY_FAILURE = 6
BAR_SIGNS = 24


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
@click.option("--trend", is_flag=True, help="Print the left-over meter of every run, oldest first.")
@options.as_json
def command(*, out: Path, rebuild: bool, wanted: str | None, trend: bool, as_json: bool) -> int:
    """Bring the index of stored runs up to date: new, changed and vanished ones; or search in it.

    The index is made from the bundles alone and can be deleted at any time. Unsealed and damaged bundles are
    named; exit code 6 if a bundle is damaged. A bundle that was sound when it was indexed is verified again
    only by --rebuild (or pantau verify).
    """
    words = translate(detect())
    if wanted is not None:
        _search(out, wanted, words, rebuild=rebuild, as_json=as_json)
        return 0
    done = _update(out, rebuild=rebuild)
    if trend:
        _trend(out, words, as_json=as_json)
    elif as_json:
        say_json(done.model_dump(mode="json"))
    else:
        _tell(done, words)
    return INTEGRITY_FAILURE if done.damaged else 0


def _update(out: Path, *, rebuild: bool) -> Indexed:
    with Progress(
        console=(console := Console(stderr=True)), transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(str(out / FILE))
        return index.update(
            out, rebuild=rebuild, on_run=lambda done, total: bar.update(task, completed=done, total=total)
        )


def _tell(done: Indexed, words: Translator) -> None:
    counts = {"n": done.runs, "read": done.read, "kept": done.kept, "removed": done.removed}
    say(words("cli.index.done", path=done.path, **counts))
    if done.set_aside:
        say(words("cli.index.set-aside", path=done.set_aside), err=True)
    for bundle in done.unsealed:
        say(words("cli.index.unsealed", bundle=_plain(bundle)), err=True)
    for bundle, problem in done.problems.items():
        kind = "cli.index.damaged" if bundle in done.damaged else "cli.index.problem"
        say(words(kind, bundle=_plain(bundle), problem=_plain(problem)), err=True)


def _search(out: Path, wanted: str, words: Translator, *, rebuild: bool, as_json: bool) -> None:
    """Search in the index as it is now, or as it was where it cannot be brought up to date."""
    try:
        _update(out, rebuild=rebuild)
    except IndexUnavailable as error:
        say(words("cli.index.stale", error=error.message), err=True)
    hits = index.search(out, wanted)
    if as_json:
        say_json([hit.model_dump(mode="json") for hit in hits])
        return
    for hit in hits:
        click.echo(_shown(hit, words))
    if not hits:
        say(words("cli.index.nothing"), err=True)


def _trend(out: Path, words: Translator, *, as_json: bool) -> None:
    """Print one line a run: when, how much is left over, and a bar as long as it is beside the most."""
    rows = index.trend(out)
    if as_json:
        say_json([row.model_dump(mode="json") for row in rows])
        return
    if not rows:
        say(words("cli.index.no-trend"), err=True)
    most = max((row.left for row in rows), default=0)
    series = ""
    for row in rows:
        if series != (series := f"{row.scenario} · {row.policy}"):
            say(_plain(series))
        bar = "█" * -(-BAR_SIGNS * row.left // most) if most else ""
        facts = {"left": row.left, "first": row.first_screen, "excused": row.excused}
        line = words("cli.index.trend", **facts)
        gap = f" · {words('cli.index.unmeasured', n=row.unmeasured, of=row.stages)}" if row.unmeasured else ""
        click.echo(f"  {_plain(row.started[:16]):16}  {bar:{BAR_SIGNS}}  {line}{gap}")


def _shown(hit: Hit, words: Translator) -> str:
    parts = [_plain(hit.bundle), words(f"stage.{hit.stage}"), *([hit.rule] if hit.rule else [])]
    parts += [words(f"verdict.{hit.outcome}")] if hit.outcome else [_plain(hit.url)]
    return f"{' · '.join(parts)}\n    {_plain(hit.excerpt)}"


def _plain(text: str) -> str:
    """Return text of a page in one line that can do nothing to a terminal."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
