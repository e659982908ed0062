"""`pantau run`: walk a scenario, seal, judge, report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from crawler.browse.run.supervisor import supervise
from crawler.cli import options
from crawler.cli.assess import assess, choose_pack, line, report, sentence
from crawler.cli.progress import RunProgress
from crawler.cli.remember import remember
from crawler.cli.telling import say, say_json
from crawler.lib.clock import jakarta_date
from crawler.lib.i18n import detect, translate

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.derive.pictures.ocr import Mode


@click.command("run")
@click.argument("scenario", type=click.Path(path_type=Path, dir_okay=False))
@options.capture
@options.policy
@options.as_of
@options.ocr
@options.language
@click.option("--start-url", metavar="URL", help="Start here instead of at the scenario's own address.")
@click.option("--invoice-url", metavar="URL", help="Invoice of an order that exists already.")
@click.option(
    "--payment-url",
    metavar="URL",
    help="Payment page of an order that exists already, where a shop shows one only behind its order button.",
)
@click.option(
    "--resolve",
    multiple=True,
    metavar="HOST=ADDR:PORT",
    help="Let the browser find HOST at ADDR:PORT; “*=~NOTFOUND” lets no other name resolve.",
)
@click.option(
    "--trust-ca",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Trust this PEM certificate authority too, in this run only; recorded.",
)
@click.option(
    "--case", "case_file", type=click.Path(path_type=Path), metavar="FILE", help="Assignment, as JSON."
)
@options.as_json
def command(
    *,
    scenario: Path,
    policy: str | None,
    as_of: datetime | None,
    ocr: Mode,
    lang: str,
    resolve: tuple[str, ...],
    memory_limit: str,
    case_file: Path | None,
    as_json: bool,
    **given: Any,
) -> int:
    """Walk SCENARIO in a real Chromium, seal the evidence, judge it, and write the report.

    No order is ever placed: clicks that would commit one are stopped and order-creating requests are refused,
    both recorded. Exit codes are those of `pantau --help`.
    """
    choose_pack(policy, options.day(as_of) or jakarta_date())  # a mistake is told before the walk, not after
    settings = options.settings(
        policy=policy,
        as_of=options.day(as_of),
        lang=lang,
        resolve=options.mappings(resolve),
        memory_limit_bytes=options.size_bytes(memory_limit),
        case=options.case(case_file),
        **given,
    )
    words = translate(detect())
    with RunProgress(words, scenario.stem) as progress:
        outcome = supervise(scenario, settings, on_event=progress)
        progress.note("cli.judging")
        bundle, judgement = assess(outcome.root, policy=policy, as_of=settings.as_of, ocr=ocr)
        path = report(bundle, judgement, cast("Any", lang))
    found = line(bundle, judgement, report=path)
    if as_json:
        say_json(found.model_dump(mode="json"))
    else:
        say(sentence(words, found))
    remember(bundle.root, words)
    return found.exit_code
