"""`pantau host`: who runs a host, by every rung of the ladder."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli import options
from crawler.cli.telling import say_json
from crawler.collect.run.names import look_up
from crawler.derive.network.request_parts import deep_link
from crawler.derive.operators.operator import Evidence, Operators
from crawler.errors import ConfigError
from crawler.lib.hosts import host_of, normalise
from crawler.lib.i18n import detect, translate
from crawler.lib.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from crawler.derive.operators.operator import Operator

MAX_BYTES = 64 * 2**20


@click.command("host")
@click.argument("names", metavar="[NAME...]", nargs=-1)
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Read names from a file, one a line; - is standard input.",
)
@click.option(
    "--dns", "ask", is_flag=True, help="Look up the names behind each host, by the machine's resolver."
)
@options.as_of
@options.as_json
def command(
    *, names: tuple[str, ...], path: Path | None, ask: bool, as_of: datetime | None, as_json: bool
) -> int:
    """Say who runs each NAME: host, address, URL or deep link (`gojek:`), with every rung of the ladder.

    Asks nobody unless told to with --dns. Rows of your own are layered over the shipped table; see
    docs/hosts.md.
    """
    given = [*names, *(_lines(path) if path else ())]
    if not given:
        raise ConfigError("No name was given.", hint="Write: pantau host NAME, or pantau host --file FILE.")
    if empty := [name for name in given if not name.strip()]:
        raise ConfigError(f"{len(empty)} of the names is empty.", hint="Write: pantau host NAME.")
    hosts = [_host(name) for name in given]
    known = {record.host: record for record in look_up(hosts)} if ask else {}
    operators = Operators.on(options.day(as_of))
    answers = [
        operators.operator_of(
            host,
            url=name,
            evidence=Evidence(
                aliases=known[host].aliases if host in known and not known[host].error else None,
                address=next(iter(known[host].addresses), "") if host in known else "",
            ),
        )
        for name, host in zip(given, hosts, strict=True)
    ]
    if as_json:
        rows = [{"name": name, **answer.model_dump()} for name, answer in zip(given, answers, strict=True)]
        say_json(rows, indent=1 if len(rows) == 1 else None)
        return 0
    words = cache(translate(detect()))
    lines = (
        line
        for name, answer in zip(given, answers, strict=True)
        for line in _answer_lines(name, answer, words)
    )
    click.echo("\n".join(line if line.isprintable() else printable(line) for line in lines))
    return 0


def _host(name: str) -> str:
    """Return the host that a name, an address or a URL stands for; a deep link's scheme with its colon."""
    if name.endswith(":") and name[:-1].isalnum():
        return name.lower()
    return host_of(name) or normalise(name) or deep_link(name)


def _lines(path: Path) -> Iterable[str]:
    try:
        if str(path) == "-":
            text = sys.stdin.read(MAX_BYTES)
        else:
            with path.open(encoding="utf-8", errors="replace") as file:
                text = file.read(MAX_BYTES)
    except OSError as error:
        raise ConfigError(
            f"--file {path}: {error.strerror}.", hint="Name a text file, one name a line."
        ) from error
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _answer_lines(name: str, answer: Operator, words: Callable[..., str]) -> Iterator[str]:
    """Yield the lines that say who runs a host, and every rung that was climbed for it."""
    owner = f" ({words('operator.owner')} {answer.owner})" if answer.owner else ""
    yield f"{name}: {words(f'group.{answer.operator}')}{owner}"
    if answer.name_class != answer.operator:
        yield f"  {words('cli.host.name')}: {words(f'group.{answer.name_class}')}"
    for conflict in answer.conflicts:
        said = words(f"conflict.{conflict}", name_class=answer.name_class, operator=answer.operator)
        yield f"  ! {said}"
    if answer.resembles:
        yield f"  ! {words('operator.resembles', name=answer.resembles)}"
    for rung in answer.rungs:
        what = (
            words(f"group.{rung.operator}")
            if rung.operator
            else words(f"rung-result.{rung.result}".replace(" ", "-"))
        )
        shown = ", ".join(part for part in (rung.evidence, rung.sources, rung.note) if part)
        yield f"  {words(f'rung.{rung.name}')}: {what}" + (f" [{shown}]" if shown else "")
