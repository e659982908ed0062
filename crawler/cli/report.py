"""`pantau report`: write the report of stored bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click

from crawler.checks.engine import read_pack
from crawler.checks.outcome import worst_code
from crawler.cli import options
from crawler.cli.assess import assess
from crawler.cli.remember import remember
from crawler.cli.several import each
from crawler.cli.telling import say, say_json
from crawler.lib.i18n import detect, translate
from crawler.report.har import write_har
from crawler.report.html import write_html
from crawler.report.json import write_json
from crawler.report.request_table import write_requests
from crawler.report.tables import write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    from crawler.derive.pictures.ocr import Mode
    from crawler.store.bundle import Bundle


@click.command("report")
@options.bundles
@click.option(
    "--format",
    "formats",
    type=click.Choice(["html", "json", "csv", "requests", "har", "wacz"]),
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
        language = cast("Any", lang)
        writers: dict[str, Callable[[], Iterable[Path]]] = {
            "html": lambda: (write_html(bundle, judgement, language),),
            "json": lambda: (write_json(bundle, judgement),),
            "csv": lambda: write_csv(bundle, judgement, language),
            "requests": lambda: (write_requests(bundle, judgement, language),),
            "har": lambda: (write_har(bundle),),
            "wacz": lambda: (_write_wacz(bundle),),
        }
        written = [str(path) for name in writers if name in formats for path in writers[name]()]
        if not as_json:
            for path in written:
                say(path)
        return root, written

    reports, failed = each(bundles, report_one)
    if as_json:
        say_json([path for _, written in reports for path in written])
    for root, _ in reports:
        remember(root, translate(detect()), start_index=False)
    return worst_code(failed)


def _write_wacz(bundle: Bundle) -> Path:
    from crawler.report.wacz import write_wacz  # noqa: PLC0415 - the package behind it takes a second to import

    return write_wacz(bundle)
