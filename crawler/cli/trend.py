"""`pantau trend`: each target over its runs, as a table, CSV or charts."""

from __future__ import annotations

import statistics
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from crawler.cli import options
from crawler.cli.refresh import refresh_if_possible
from crawler.cli.telling import say, say_json
from crawler.errors import ReportError
from crawler.history.timeline import series_of
from crawler.lib.i18n import detect, translate
from crawler.model.trend import load_milestones
from crawler.report.chart import chart
from crawler.report.series_tables import findings_csv, runs_csv
from crawler.store.index.series import judged_runs
from crawler.store.nights import read_nights, void_bundles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.lib.i18n import Language, Translator
    from crawler.model.trend import Series, TrackedFinding, TrendPoint

SHOWN_RUNS = 30
SHOWN_FINDINGS = 10
SHOWN_CHARS = 70
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("trend")
@click.option(
    "--out",
    type=_FOLDER,
    default=Path("snapshots"),
    show_default=True,
    help="Folder of the evidence bundles, whose index is asked.",
)
@click.option(
    "--nights",
    type=_FOLDER,
    default=Path("nights"),
    show_default=True,
    help="Folder of the nights' records: nothing counts as remedied by a night that is void.",
)
@click.option(
    "--target", "wanted", metavar="TEXT", help="Only targets or scenarios whose name holds this text."
)
@click.option("--device", type=click.Choice(["desktop", "mobile"]), help="Only runs on this device.")
@click.option("--policy", metavar="ID", help="Count judgements by this pack; unless given, the one in force.")
@click.option(
    "--csv", "csv_folder", type=_FOLDER, help="Write trend-runs.csv and trend-findings.csv into this folder."
)
@click.option("--svg", "svg_folder", type=_FOLDER, help="Write a chart for each target into this folder.")
@options.language
@options.as_json
def command(
    *,
    out: Path,
    nights: Path,
    wanted: str | None,
    device: str | None,
    policy: str | None,
    csv_folder: Path | None,
    svg_folder: Path | None,
    lang: str,
    as_json: bool,
) -> int:
    """Show each target over its runs: conformity index, left-over meter, findings and how long they stood.

    A target is what was walked, by which scenario, on which device. A run counts for the day that it is
    judged by; simulated runs stand apart. A finding counts as remedied only by a run that looked at the same
    place again, whole. CSV and charts are in the language of --lang, the table in that of the terminal.
    """
    words = translate(detect())
    refresh_if_possible(out, words)
    void = void_bundles(read_nights(nights, lambda error: say(error.message, err=True)))
    found = [
        each
        for each in series_of(judged_runs(out), policy=policy, void=void)
        if (wanted is None or wanted in each.target or wanted in each.scenario)
        and device in (None, each.device)
    ]
    language = cast("Language", lang)
    written = list(_write_csv(csv_folder, found, language)) if csv_folder else []
    written += write_charts(svg_folder, found, language) if svg_folder else ()
    if as_json:
        say_json([each.model_dump(mode="json") for each in found])
        return 0
    if not found:
        say(words("cli.trend.nothing"), err=True)
    for each in found:
        for line in series_lines(each, words):
            say(line)
    for path in written:
        say(path)
    return 0


def _write_csv(folder: Path, series: Sequence[Series], lang: Language) -> Iterator[Path]:
    yield _write(folder / "trend-runs.csv", runs_csv(series, lang))
    yield _write(folder / "trend-findings.csv", findings_csv(series, lang))


def write_charts(folder: Path, series: Sequence[Series], lang: Language) -> Iterator[Path]:
    """Write a chart for each series; the number in its name keeps apart what is named alike.

    Raises:
        ReportError: one cannot be written.
    """
    milestones = load_milestones()
    for number, each in enumerate(series, 1):
        name = f"trend-{number:02d}-{_file_safe(each.scenario)}-{each.device}-{lang}.svg"
        yield _write(folder / name, chart(each, milestones, lang))


def _file_safe(text: str) -> str:
    """Return a name that is safe as part of a file's name."""
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "-" for char in text)[
        :60
    ]


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise ReportError(
            f"{path} cannot be written: {error.strerror}.", hint="Name a folder that can be written."
        ) from error
    return path


def series_lines(series: Series, words: Translator) -> Iterator[str]:
    """Yield a series as lines for the terminal; foreign text in them is as it was found."""
    parts = [series.target, series.scenario, words(f"device.{series.device}")]
    yield " · ".join([*parts, words("trend.simulated")] if series.simulated else parts)
    columns = ("day", "index", "left", "findings", "unobserved", "verdict")
    yield _row(*(words(f"trend.column.{name}") for name in columns))
    hidden = len(series.points) - SHOWN_RUNS
    if hidden > 0:
        yield f"  {words('cli.trend.earlier', n=hidden)}"
    for point in series.points[-SHOWN_RUNS:]:
        yield _row(*_cells(point, words))
    yield from _findings(series, words)
    yield ""


def _row(*cells: str) -> str:
    day, index, left, findings, unobserved, verdict = cells
    return f"  {day:10}  {index:>12}  {left:>10}  {findings:>8}  {unobserved:>15}  {verdict}".rstrip()


def _cells(point: TrendPoint, words: Translator) -> Iterator[str]:
    percent = "" if point.percent is None else f" ({words.percent(point.percent)})"
    yield point.day.isoformat()
    yield f"{point.passed}/{point.judged}{percent}"
    yield "-" if point.left is None else f"{point.left}{'+' if point.unmeasured else ''}"
    yield str(sum(point.findings.values()))
    yield f"{point.unobserved}/{point.stages}"
    said = [words(f"verdict.{point.verdict.value}")]
    said += [words("trend.incomplete")] if point.status != "complete" else []
    said += [words("trend.void")] if point.void else []
    yield " · ".join(said)


def _findings(series: Series, words: Translator) -> Iterator[str]:
    counts = Counter(finding.state for finding in series.findings)
    yield "  " + words(
        "cli.trend.findings",
        open=counts["open"],
        not_looked=counts["not-looked"],
        remedied=counts["remedied"],
    )
    if series.days_to_remedy:
        middle, most = statistics.median_low(series.days_to_remedy), series.days_to_remedy[-1]
        yield "  " + words("cli.trend.to-remedy", middle=middle, most=most)
    rules = Counter(finding.rule for finding in series.open)
    for rule, count in rules.most_common():
        yield f"    {words(f'rule.{rule}.title')}: {words.number(count)}"
    oldest = sorted(series.open, key=lambda finding: -finding.days)
    for finding in oldest[:SHOWN_FINDINGS]:
        yield f"    {_age_and_place(finding, words)}"
    if len(oldest) > SHOWN_FINDINGS:
        yield f"    {words('cli.trend.more', n=len(oldest) - SHOWN_FINDINGS)}"


def _age_and_place(finding: TrackedFinding, words: Translator) -> str:
    observed = finding.observed
    if len(observed) > SHOWN_CHARS:
        observed = observed[: SHOWN_CHARS - 1] + "…"
    parts = [words("trend.age", n=finding.days), words(f"stage.{finding.stage}"), finding.rule]
    parts += [words("track.not-looked")] if finding.state == "not-looked" else []
    parts += [words("trend.returned", n=finding.returned)] if finding.returned else []
    return " · ".join(parts) + (f": {observed}" if observed else "")
