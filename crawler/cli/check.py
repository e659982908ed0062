"""`pantau check`: judge stored bundles again, without a browser."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.checks.engine import read_pack
from crawler.checks.outcome import worst_code
from crawler.cli import options
from crawler.cli.assess import assess, line, sentence
from crawler.cli.remember import add_to_index
from crawler.cli.several import each_on_cores
from crawler.cli.telling import say, say_json
from crawler.lib.i18n import detect, translate

if TYPE_CHECKING:
    from datetime import date, datetime

    from crawler.derive.pictures.ocr import Mode
    from crawler.model.line import RunOutcome


@click.command("check")
@options.bundles
@options.policy
@options.as_of
@options.ocr
@options.as_json
def command(
    *, bundles: tuple[Path, ...], policy: str | None, as_of: datetime | None, ocr: Mode, as_json: bool
) -> int:
    """Judge BUNDLEs by a policy pack and write `findings/<policy>.json` beside their evidence.

    The same bundle, pack and tool give the same findings, byte for byte. Needs no browser and no network. A
    bundle that cannot be judged is told on standard error and the others are judged all the same; the exit
    code is the worst of all. Many bundles are judged on all processors.
    """
    if policy:
        read_pack(policy)  # a mistake in it is told once, not for every bundle
    words = translate(detect())

    judge = partial(_judged, policy=policy, as_of=options.day(as_of), ocr=ocr)

    def show(found: RunOutcome) -> None:
        if not as_json:
            say(sentence(words, found))

    lines, failed = each_on_cores(bundles, judge, show)
    if as_json:
        say_json([found.model_dump(mode="json") for found in lines])
    for found in lines:
        add_to_index(Path(found.bundle), words, start_index=False)
    return worst_code([*failed, *(found.exit_code for found in lines)])


def _judged(root: Path, *, policy: str | None, as_of: date | None, ocr: Mode) -> RunOutcome:
    """Judge one bundle; its process may be another one than the command's."""
    return line(*assess(root, policy=policy, as_of=as_of, ocr=ocr), report=None)
