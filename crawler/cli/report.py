"""`pantau report`: write the report of stored bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from crawler.checks.engine import read_pack
from crawler.checks.outcome import worst_code
from crawler.cli import options
from crawler.cli.assess import assess
from crawler.cli.remember import add_to_index
from crawler.cli.several import each
from crawler.cli.telling import say, say_json
from crawler.lib.i18n import detect, translate
from crawler.report.forms import FORMS, write_form

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from crawler.derive.pictures.ocr import Mode
    from crawler.lib.i18n import Language


@click.command("report")
@options.bundles
@click.option(
    "--format",
    "formats",
    type=click.Choice(FORMS),
    multiple=True,
    default=("html",),
    show_default=True,
    help="What to write; may be given more than once.",
)
@options.policy
@options.as_of
@options.ocr
@options.language
@options.as_json
def command(
    *,
    bundles: tuple[Path, ...],
    formats: tuple[str, ...],
    policy: str | None,
    as_of: datetime | None,
    ocr: Mode,
    lang: str,
    as_json: bool,
) -> int:
    """Judge BUNDLEs again and write their reports into `report/`, outside the seal; print where they are.

    Exit code 0 if every report is written, whatever was found. A bundle that cannot be judged is told on
    standard error and the others are reported all the same; the exit code is then that of the worst error.
    """
    if policy:
        read_pack(policy)  # a mistake in it is told once, not for every bundle

    def report_one(root: Path) -> tuple[Path, list[str]]:
        bundle, judgement = assess(root, policy=policy, as_of=options.day(as_of), ocr=ocr)
        language = cast("Language", lang)
        wanted = [form for form in FORMS if form in formats]
        written = [str(path) for form in wanted for path in write_form(form, bundle, judgement, language)]
        if not as_json:
            for path in written:
                say(path)
        return root, written

    reports, failed = each(bundles, report_one)
    if as_json:
        say_json([path for _, written in reports for path in written])
    for root, _ in reports:
        add_to_index(root, translate(detect()), start_index=False)
    return worst_code(failed)
