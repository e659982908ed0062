"""`pantau notice`: record that somebody was asked to put a finding right, and list what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from crawler.cli import options
from crawler.cli.telling import say, say_json
from crawler.errors import ConfigError
from crawler.fleet.config import read_setup
from crawler.fleet.notice import give
from crawler.lib.i18n import detect, translate
from crawler.store.notices import standings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.lib.i18n import Translator
    from crawler.model.notice import Standing


@click.command("notice")
@click.argument("finding", required=False)
@click.option(
    "--deadline",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The last day on which the finding may still be there.",
)
@click.option("--letter", metavar="NO", help="Number of the letter that asked for it.")
@click.option("--target", metavar="ID", help="The target, where several show the same finding.")
@options.config
@options.as_json
def command(
    *,
    finding: str | None,
    deadline: datetime | None,
    letter: str | None,
    target: str | None,
    config: Path,
    as_json: bool,
) -> int:
    """Record a notice of FINDING; without one, list all notices and how they stand.

    FINDING is the fingerprint that the digest and the night's page show in square brackets, or as much of it
    as names one. Later nights say of it: remedied, not remedied, past the deadline, back again, or not
    observed; the bundles before and after are named. The record is append-only and hash-chained.
    """
    words = translate(detect())
    setup = read_setup(config)
    if finding is not None:
        if deadline is None or not letter:
            raise ConfigError(
                "A notice needs --deadline and --letter.",
                hint="For example: pantau notice 3f9a0c12 --deadline 2026-12-31 --letter B/12/PKTN/2026",
            )
        today = datetime.now(ZoneInfo(setup.config.night.zone)).date()
        made = give(
            setup.nights, finding, letter=letter, deadline=deadline.date(), today=today, target=target
        )
    found = standings(setup.nights)
    shown = [each for each in found if finding is None or each.notice.number == made.number]
    if as_json:
        say_json([each.model_dump(mode="json") for each in shown])
        return 0
    for each in shown:
        for line in _lines(each, words):
            say(line)
    if not shown:
        say(words("cli.notice.none"))
    return 0


def _lines(standing: Standing, words: Translator) -> Iterator[str]:
    notice, last = standing.notice, standing.last
    yield words(
        "cli.notice.head",
        number=notice.number,
        letter=notice.letter,
        given=notice.given,
        deadline=notice.deadline,
        state=_state(standing),
    )
    facts = {"target": notice.target, "stage": notice.stage.value, "rule": notice.rule}
    yield "  " + words("cli.notice.what", **facts, fingerprint=notice.fingerprint)
    if last is None:
        for before in notice.before:
            yield "  " + words("cli.notice.before", device=before.device, before=before.bundle)
        return
    yield "  " + words("cli.notice.night", night=last.night, since=last.since)
    for side in last.sides:
        facts = {"device": side.device, "state": side.state, "before": side.before}
        yield "  " + words("cli.notice.side", **facts, after=side.after or "-")
        for why in side.why:
            yield "    " + words(why.id, **why.params)


def _state(standing: Standing) -> str:
    """Return what the list says of a notice: its state, told apart by whether the deadline has passed."""
    last = standing.last
    if last is None:
        return "given"
    return f"{last.state}-late" if last.overdue else last.state
