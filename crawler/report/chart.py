"""A series as a chart: one SVG file that needs nothing else. The same series gives the same bytes.

Runs stand side by side in their order, whatever days lie between; a milestone stands between the runs whose
days it lies between, and outside the series not at all.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from crawler.lib.i18n import Language, Translator, translate
from crawler.lib.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from crawler.model.trend import Milestone, Series, TrendPoint

SIZE_INCHES = (9.0, 8.4)
HEIGHTS = (3.0, 2.2, 1.6, 1.0)
MAX_MARKED = 60  # runs; beyond this a mark for each is a smear
MAX_FRACTIONS = 12
MAX_DAYS = 8
MAX_RULES = 6
MAX_NAME_CHARS = 80
INK, QUIET, GRID, ACCENT, UNSEEN = "#1a2230", "#56616f", "#d6dbe2", "#1d3f66", "#8c97a5"
SAID = "#b35806"
# Told apart by people with any colour vision. Source: P. Tol, "Colour Schemes", technical note, 2021 (muted).
RULES = ("#882255", "#332288", "#ddcc77", "#117733", "#88ccee", "#cc6677", "#999933")
SETTINGS: Any = {
    "svg.hashsalt": "pantau",  # else the ids in the file are others each time
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.parse_math": False,  # a dollar sign in a name is no formula
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
}


def chart(series: Series, milestones: Sequence[Milestone], lang: Language = "id") -> str:
    """Return a series as SVG: conformity index, open findings by rule, left-over meter, stages not observed.

    Args:
        series: One target over its runs.
        milestones: What was said of the move, with its days.
        lang: Language of the words in it.
    """
    from matplotlib import rc_context  # noqa: PLC0415 - takes half a second, and hardly a command draws
    from matplotlib.figure import Figure  # noqa: PLC0415 - as above

    t = translate(lang)
    with rc_context(SETTINGS):
        figure = Figure(figsize=SIZE_INCHES, layout="constrained")
        index, findings, left, unseen = figure.subplots(
            4, 1, sharex=True, gridspec_kw={"height_ratios": HEIGHTS}
        )
        _title(figure, series, t)
        _index(index, series.points, milestones, t)
        _findings(findings, series.points, t)
        _left(left, series.points, t)
        _draw_unobserved(unseen, series.points, t)
        _days(unseen, series.points)
        out = io.BytesIO()
        title = f"{t('trend.chart.title')}: {_file_name(series.target)}"
        figure.savefig(out, format="svg", metadata={"Date": None, "Title": title})
    return out.getvalue().decode()


def _title(figure: Figure, series: Series, t: Translator) -> None:
    parts = [
        t("trend.chart.title"),
        _file_name(series.target),
        _file_name(series.scenario),
        t(f"device.{series.device}"),
    ]
    if series.simulated:
        parts.append(t("trend.simulated"))
    figure.suptitle(" · ".join(parts), x=0.01, ha="left", fontsize=11, fontweight="bold")


def _index(axes: Axes, points: Sequence[TrendPoint], milestones: Sequence[Milestone], t: Translator) -> None:
    _frame(axes, t("trend.chart.index"))
    axes.set_ylim(-4, 119)
    axes.set_yticks([0, 25, 50, 75, 100])
    percents = [float("nan") if point.percent is None else point.percent for point in points]
    marker = "o" if len(points) <= MAX_MARKED else None
    axes.plot(range(len(points)), percents, color=ACCENT, linewidth=2, marker=marker)
    hollow = [at for at, point in enumerate(points) if point.void or point.status != "complete"]
    axes.plot(hollow, [percents[at] for at in hollow], "o", color=ACCENT, markerfacecolor="white", zorder=3)
    if len(points) <= MAX_FRACTIONS:
        for at, point in enumerate(points):
            place = (at, point.percent or 0)
            said = f"{point.passed}/{point.judged}"
            axes.annotate(said, place, (0, -13), "data", "offset points", ha="center", color=ACCENT)
    _milestones(axes, points, milestones, t)


def _milestones(
    axes: Axes, points: Sequence[TrendPoint], milestones: Sequence[Milestone], t: Translator
) -> None:
    label = t("trend.chart.milestones")
    for milestone in milestones:
        at = position(milestone.day, [point.day for point in points])
        if at is None:
            continue
        axes.axvline(at, color=SAID, linewidth=0.8, linestyle=":", zorder=0)
        axes.plot([at], [milestone.percent], "D", color=SAID, markersize=6, linestyle="none", label=label)
        said = t.percent(milestone.percent)
        axes.annotate(said, (at, milestone.percent), (0, 7), "data", "offset points", ha="center", color=SAID)
        label = ""  # one entry of the legend for all of them
    if not label:
        axes.legend(loc="lower right", frameon=False, fontsize=8)


def position(day: date, days: Sequence[date]) -> float | None:
    """Return where a day lies among those of the runs, counted from 0; None where it is outside of them."""
    after = bisect_right(days, day)
    if after == 0 or day > days[-1]:
        return None
    before = after - 1
    if days[before] == day:
        return float(before)
    return before + (day - days[before]) / (days[after] - days[before])


def _findings(axes: Axes, points: Sequence[TrendPoint], t: Translator) -> None:
    _frame(axes, t("trend.chart.findings"))
    totals: dict[str, int] = {}
    for point in points:
        for rule, count in point.findings.items():
            totals[rule] = totals.get(rule, 0) + count
    ranked = sorted(totals, key=lambda rule: (-totals[rule], rule))
    shown, rest = ranked[:MAX_RULES], ranked[MAX_RULES:]
    layers = [(t(f"rule.{rule}.title"), [point.findings.get(rule, 0) for point in points]) for rule in shown]
    if rest:
        more = [sum(point.findings.get(rule, 0) for rule in rest) for point in points]
        layers.append((t("trend.chart.other-rules", n=len(rest)), more))
    base = [0] * len(points)
    for (name, counts), colour in zip(layers, RULES, strict=False):
        top = [low + count for low, count in zip(base, counts, strict=True)]
        axes.stairs(top, _edges(points), baseline=base, fill=True, color=colour, label=name)
        base = top
    axes.set_ylim(0, max([*base, 1]) * 1.08)
    if layers:
        axes.legend(loc="upper right", frameon=False, fontsize=8)


def _left(axes: Axes, points: Sequence[TrendPoint], t: Translator) -> None:
    _frame(axes, t("trend.chart.left"))
    whole = [0 if point.left is None or point.unmeasured else point.left for point in points]
    partly = [point.left if point.left is not None and point.unmeasured else 0 for point in points]
    axes.stairs(whole, _edges(points), fill=True, color=INK, label=t("trend.chart.left-whole"))
    if any(partly):
        label = t("trend.chart.left-partly")
        axes.stairs(partly, _edges(points), fill=True, color=INK, alpha=0.35, label=label)
        axes.legend(loc="upper right", frameon=False, fontsize=8)
    axes.set_ylim(0, max([*whole, *partly, 1]) * 1.15)


def _draw_unobserved(axes: Axes, points: Sequence[TrendPoint], t: Translator) -> None:
    _frame(axes, t("trend.chart.unobserved"))
    shares = [100 * point.unobserved / point.stages if point.stages else 100 for point in points]
    axes.stairs(shares, _edges(points), fill=True, color=UNSEEN)
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 50, 100])


def _frame(axes: Axes, name: str) -> None:
    axes.set_title(name, loc="left", fontsize=9, color=QUIET)
    axes.grid(axis="y", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _edges(points: Sequence[TrendPoint]) -> list[float]:
    return [at - 0.5 for at in range(len(points) + 1)]


def _days(axes: Any, points: Sequence[TrendPoint]) -> None:
    """Write the days of some runs under the chart, the first and the last among them."""
    last = len(points) - 1
    steps = min(last, MAX_DAYS - 1)
    at = sorted({round(last * step / steps) for step in range(steps + 1)}) if steps else [0]
    axes.set_xticks(at, [points[each].day.isoformat() for each in at])
    axes.set_xlim(-0.6, last + 0.6)


def _file_name(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= MAX_NAME_CHARS else shown[: MAX_NAME_CHARS - 1] + "…"
