"""Series as CSV: a row a run, and a row a finding with its age or the time that its remedy took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.lib.i18n import Language, translate
from crawler.report.tables import to_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crawler.lib.i18n import Translator
    from crawler.model.trend import Series
    from crawler.report.tables import Cell

RUNS = (
    "target", "scenario", "device", "simulated", "day", "started_utc", "bundle", "policy", "status", "void",
    "repeats", "verdict", "verdict_title", "passed", "judged", "percent", "left_over", "stages_unmeasured",
    "stages", "stages_unobserved", "open_findings",
)  # fmt: skip
FINDINGS = (
    "target", "scenario", "device", "simulated", "rule", "rule_title", "stage", "stage_title", "state",
    "state_title", "outcome", "severity", "observed", "first_seen", "opened", "last_seen", "remedied", "days",
    "returned", "first_bundle", "last_bundle", "fingerprint",
)  # fmt: skip


def runs_csv(series: Sequence[Series], lang: Language = "id") -> str:
    """Return a row for each run; behind the fixed columns one for each rule that has open findings."""
    rules = sorted({rule for each in series for point in each.points for rule in point.findings})
    return to_csv((*RUNS, *(f"findings_{rule}" for rule in rules)), _runs(series, rules, translate(lang)))


def findings_csv(series: Sequence[Series], lang: Language = "id") -> str:
    """Return a row for each finding of each series, the oldest first."""
    return to_csv(FINDINGS, _findings(series, translate(lang)))


def _target(each: Series) -> tuple[Cell, ...]:
    return (each.target, each.scenario, each.device, "yes" if each.simulated else "no")


def _runs(series: Iterable[Series], rules: Sequence[str], t: Translator) -> Iterator[Sequence[Cell]]:
    for each in series:
        for point in each.points:
            yield (
                *_target(each),
                point.day.isoformat(),
                point.started,
                point.bundle,
                point.policy,
                point.status,
                "yes" if point.void else "no",
                point.repeats,
                point.verdict.value,
                t(f"verdict.{point.verdict.value}"),
                point.passed,
                point.judged,
                point.percent,
                point.left,
                point.unmeasured,
                point.stages,
                point.unobserved,
                sum(point.findings.values()),
                *(point.findings.get(rule, 0) for rule in rules),
            )


def _findings(series: Iterable[Series], t: Translator) -> Iterator[Sequence[Cell]]:
    for each in series:
        for finding in each.findings:
            yield (
                *_target(each),
                finding.rule,
                t(f"rule.{finding.rule}.title"),
                finding.stage,
                t(f"stage.{finding.stage}"),
                finding.state,
                t(f"track.{finding.state}"),
                finding.outcome,
                finding.severity,
                finding.observed,
                finding.first_seen.isoformat(),
                finding.opened.isoformat(),
                finding.last_seen.isoformat(),
                finding.remedied.isoformat() if finding.remedied else None,
                finding.days,
                finding.returned,
                finding.first_bundle,
                finding.last_bundle,
                finding.fingerprint,
            )
