"""Reads all judged runs out of the index at once, as a series over time needs them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crawler.store.index.file import FILE, TROUBLE, connect_to_read, unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sqlite_utils import Database

    from crawler.model.indexed import ListedTarget

_RUNS = """
    SELECT r.bundle, r.run_id, r.scenario, r.target, r.device, r.simulated, r.repeat_of, r.as_of, r.started,
           r.status, j.policy, j.verdict, j.passed, j.judged, j.percent
    FROM runs r JOIN judgements j USING (bundle) WHERE {wanted}
    ORDER BY r.as_of, r.started, r.bundle, j.policy"""
_VISITS = """
    SELECT bundle, ordinal, stage, reached, coalesce(url, '') AS url FROM visits WHERE {wanted}
    ORDER BY bundle, ordinal"""
_RESULTS = "SELECT bundle, policy, rule, version, error FROM results WHERE {wanted}"
_FINDINGS = """
    SELECT bundle, policy, rule, rule_version, outcome, severity, status, visit, stage, observed, fingerprint
    FROM findings WHERE {wanted} ORDER BY bundle, policy, number"""
_GAPS = "SELECT bundle, policy, rule, stage, visit, message, reader FROM gaps WHERE {wanted}"
_LEFTOVERS = """
    SELECT bundle, policy, sum(CASE WHEN measured <> 'not' THEN mentions + logos END) AS amount,
           sum(measured <> 'whole') AS unmeasured
    FROM leftovers WHERE {wanted} GROUP BY bundle, policy"""
_ALL = "TRUE"
_OF_TARGET = """bundle IN (
    SELECT bundle FROM runs WHERE target = :target AND scenario = :scenario AND device = :device
    AND simulated = :simulated)"""


@dataclass(frozen=True, slots=True)
class SeenVisit:
    """A stage of a run; `nth` counts the visits of its kind, from 1."""

    ordinal: int
    stage: str
    nth: int
    reached: bool
    url: str


@dataclass(frozen=True, slots=True)
class SeenFinding:
    """A finding of a run, as the index keeps it."""

    rule: str
    rule_version: int
    outcome: str
    severity: str
    status: str
    visit: int
    stage: str
    observed: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SeenGap:
    """Something that a rule could not look at; see `crawler.model.finding.Gap`."""

    rule: str
    stage: str | None
    visit: int | None
    message: str
    reader: str | None


@dataclass(slots=True)
class JudgedRun:
    """A run under one policy. `rules` are versions by rule, None where the rule itself failed.

    `left` is the left-over meter over all stages that were measured; None where none was.
    """

    bundle: str
    run_id: str
    scenario: str
    target: str
    device: str
    simulated: bool
    repeat_of: str | None
    as_of: str
    started: str
    status: str
    policy: str
    verdict: str
    passed: int
    judged: int
    percent: int | None
    left: int | None = None
    unmeasured: int = 0
    visits: list[SeenVisit] = field(default_factory=list)
    rules: dict[str, int | None] = field(default_factory=dict)
    findings: list[SeenFinding] = field(default_factory=list)
    gaps: list[SeenGap] = field(default_factory=list)


def judged_runs(out: Path, of: ListedTarget | None = None) -> tuple[JudgedRun, ...]:
    """Return every run under every policy that it was judged by, in the order of the days they count for.

    Args:
        out: The folder whose index is asked; it is only read.
        of: The target whose runs are asked for; those of all unless given.

    Raises:
        IndexUnavailable: there is no index, or it cannot be read.
    """
    try:
        with closing(connect_to_read(out / FILE)) as database:
            return tuple(_filled(database, of).values())
    except (*TROUBLE, TypeError) as error:  # a damaged row may lack what a column must have
        raise unavailable(out, error) from error


def _filled(database: Database, of: ListedTarget | None) -> dict[tuple[str, str], JudgedRun]:
    def ask(sql: str) -> Iterator[dict[str, Any]]:
        return database.query(sql.format(wanted=_OF_TARGET if of else _ALL), of.model_dump() if of else {})

    runs = {
        (row["bundle"], row["policy"]): JudgedRun(**row | {"simulated": bool(row["simulated"])})
        for row in ask(_RUNS)
    }
    visits = _visits(ask(_VISITS))
    for run in runs.values():
        run.visits = visits.get(run.bundle, [])
    for run, row in _rows(ask(_RESULTS), runs):
        run.rules[row["rule"]] = None if row["error"] else row["version"]
    for run, row in _rows(ask(_FINDINGS), runs):
        run.findings.append(SeenFinding(**row))
    for run, row in _rows(ask(_GAPS), runs):
        run.gaps.append(SeenGap(**row))
    for run, row in _rows(ask(_LEFTOVERS), runs):
        run.left, run.unmeasured = row["amount"], row["unmeasured"]
    return runs


def _visits(found: Iterable[dict[str, Any]]) -> dict[str, list[SeenVisit]]:
    visits: dict[str, list[SeenVisit]] = {}
    for row in found:
        own = visits.setdefault(row["bundle"], [])
        nth = 1 + sum(visit.stage == row["stage"] for visit in own)
        own.append(SeenVisit(row["ordinal"], row["stage"], nth, bool(row["reached"]), row["url"]))
    return visits


def _rows(
    found: Iterable[dict[str, Any]], runs: dict[tuple[str, str], JudgedRun]
) -> Iterator[tuple[JudgedRun, dict[str, Any]]]:
    """Yield the rows of a query, each with the run and policy it belongs to."""
    for row in found:
        run = runs.get((row.pop("bundle"), row.pop("policy")))
        if run:
            yield run, row
