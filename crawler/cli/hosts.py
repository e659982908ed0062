"""`pantau hosts`: what the table of hosts does not know yet."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.checks.outcome import worst_code
from crawler.cli import options
from crawler.cli.several import each
from crawler.cli.telling import say, say_json
from crawler.derive.operators.operator import Operators
from crawler.derive.reading import reading_of
from crawler.store import layout
from crawler.store.bundle import Bundle

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.group("hosts")
def command() -> None:
    """Keep the table of hosts."""


@command.command("unknown")
@click.argument("bundles", metavar="[BUNDLE...]", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("snapshots"),
    show_default=True,
    help="Folder whose bundles are read where none is named.",
)
@options.as_json
def unknown(*, bundles: tuple[Path, ...], out: Path, as_json: bool) -> int:
    """List hosts that were contacted and whose operator is not known, the most frequent first.

    Each line: requests, runs, host, and the name it is made to look like, if any. Prints rows as a start
    for your own table with --json.
    """
    counts: Counter[str] = Counter()
    runs: dict[str, set[str]] = defaultdict(set)

    def count(root: Path) -> None:
        bundle = Bundle(root)
        for host in _unknown(bundle):
            counts[host] += 1
            runs[host].add(bundle.run.run_id)

    _, failed = each(bundles or tuple(_sealed(out)), count)
    today = Operators.on()
    rows = [
        {
            "host": host,
            "requests": number,
            "runs": len(runs[host]),
            "resembles": today.operator_of(host).resembles,
        }
        for host, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    if as_json:
        say_json(rows)
        return worst_code(failed)
    for row in rows:
        like = f"  ~ {row['resembles']}" if row["resembles"] else ""
        say(f"{row['requests']:>7} {row['runs']:>5}  {row['host']}{like}")
    return worst_code(failed)


def _unknown(bundle: Bundle) -> Iterator[str]:
    """Yield the host of each request that reached one whose operator the ladder does not know."""
    reading = reading_of(bundle)
    book, operators = reading.ledger, reading.operators(bundle.run.as_of)
    for entry in book.entries:
        if (entry.contacted or entry.state == "refused") and entry.host and not entry.own:
            evidence = book.evidence(entry.id, entry.host)
            if operators.operator_of(entry.host, url=entry.url, evidence=evidence).operator == "unknown":
                yield entry.host


def _sealed(folder: Path) -> Iterator[Path]:
    """Yield the sealed bundles below a folder."""
    return (path.parent for path in sorted(folder.glob(f"*/*/{layout.TAG_MANIFEST}")))
