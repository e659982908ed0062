"""`pantau prune`: remove what `[retention]` lets go of old nights."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from crawler.cli import options
from crawler.cli.telling import say, say_json
from crawler.fleet.config import read_setup
from crawler.fleet.notice import author, noticed_bundles
from crawler.fleet.retention import plan_pruning, prune
from crawler.lib.i18n import detect, translate
from crawler.store.nights import read_nights
from crawler.store.pruning import LOG, PRUNED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from crawler.lib.i18n import Translator
    from crawler.model.stock import Kept, PrunePlan

STAYED = 3


@click.command("prune")
@options.config
@click.option("--dry-run", is_flag=True, help="Say what would go and what stays, and remove nothing.")
@options.as_json
def command(*, config: Path, dry_run: bool, as_json: bool) -> int:
    """Remove bundles of old nights by age, count and disk budget, as [retention] says.

    Never removed are bundles with a `hold` file beside them (RUN-ID.hold), those of the last good night, the
    first and last of a finding that is open, those that a notice names, and all that belong to no night.
    Of a bundle that goes, its manifests, chain head, findings and decisions stay, and a line in a log that
    says who, when and why. `pantau nightly` does the same at its end.

    Exit code 3 where the budget cannot be met, or a damaged bundle stays.
    """
    words = translate(detect())
    setup = read_setup(config)
    today = datetime.now(ZoneInfo(setup.config.night.zone)).date()
    nights = list(read_nights(setup.nights))
    plan = plan_pruning(
        setup.out, nights, setup.config.retention, today=today, noticed=noticed_bundles(setup.nights)
    )
    lines, stayed = ((), ()) if dry_run else prune(setup.out, plan, by=author())
    if as_json:
        say_json(
            {
                "dry_run": dry_run,
                "plan": plan.model_dump(mode="json"),
                "pruned": [line.model_dump(mode="json") for line in lines],
                "stayed": [each.model_dump(mode="json") for each in stayed],
            }
        )
    else:
        for line in _lines(plan, stayed, words, dry_run=dry_run):
            say(line)
        if lines:
            say(words("cli.prune.log", path=str(setup.out / PRUNED / LOG)))
    return STAYED if plan.over_bytes or any(each.why == "damaged" for each in stayed) else 0


def _lines(plan: PrunePlan, stayed: Iterable[Kept], words: Translator, *, dry_run: bool) -> Iterator[str]:
    yield words("cli.prune.stock", n=plan.bundles, others=plan.others, used=words.size(plan.used_bytes))
    kept_now = {each.bundle for each in stayed}
    verb = "cli.prune.would" if dry_run else "cli.prune.removed"
    for each in plan.removals:
        if each.bundle not in kept_now:
            size = words.size(each.freed_bytes)
            yield words(verb, bundle=each.bundle, night=each.night, why=each.why, size=size)
    for stays in (*plan.kept, *stayed):
        yield words("cli.prune.kept", bundle=stays.bundle, why=stays.why, detail=stays.detail)
    if plan.over_bytes and plan.budget_bytes:
        over, budget = words.size(plan.over_bytes), words.size(plan.budget_bytes)
        yield words("cli.prune.over", over=over, budget=budget)
    if not plan.removals and not plan.kept:
        yield words("cli.prune.nothing")
