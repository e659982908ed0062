"""Lists what the index holds, a part at a time: runs, findings, hosts, targets; the newest run first."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any

from crawler.model.indexed import (
    ListedFinding,
    ListedHost,
    ListedRun,
    ListedStage,
    ListedTarget,
    Page,
)
from crawler.model.policy import PACKS, load_pack
from crawler.store.index.file import FILE, TROUBLE, connect_to_read, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TypeVar

    from sqlite_utils import Database

    AnswerT = TypeVar("AnswerT")

WINDOW = 200  # rows of a part, unless fewer are asked for

# A run's judgement is the one by the pack in force on its day, else the last that was made.
_CHOSEN = """
    SELECT * FROM (
        SELECT j.bundle, j.policy, j.verdict, j.passed, j.judged, j.percent,
               row_number() OVER (
                   PARTITION BY j.bundle ORDER BY j.policy = {in_force} DESC, j.policy DESC) AS place
        FROM judgements j JOIN runs r USING (bundle)) WHERE place = 1"""
_RUNS = """
    FROM runs r LEFT JOIN chosen c USING (bundle)
    WHERE (:words = '' OR instr(lower(r.bundle), :words) OR instr(lower(r.target), :words))
      AND (:target = '' OR r.target = :target)
      AND (:scenario = '' OR r.scenario = :scenario)
      AND (:device = '' OR r.device = :device)
      AND (:state = '' OR r.state = :state)
      AND (:verdict = '' OR c.verdict = :verdict)
      AND (:since = '' OR r.as_of >= :since)
      AND (:until = '' OR r.as_of <= :until)
      AND (:surat_tugas = '' OR r.surat_tugas = :surat_tugas)"""
_RUN_COLUMNS = """
    r.bundle, r.run_id, r.scenario, r.state, r.problem, r.target, r.device, r.as_of, r.simulated, r.started,
    r.status, r.ended_by, c.policy, c.verdict, c.passed, c.judged, c.percent"""
_OBLIGATIONS = "SELECT bundle, policy, obligation, verdict FROM obligations WHERE bundle IN {bundles}"
_STAGES = """
    SELECT bundle, ordinal, stage, reached, reason FROM visits WHERE bundle IN {bundles}
    ORDER BY bundle, ordinal"""
_COUNTS = """
    SELECT bundle, policy, outcome, count(*) AS number FROM findings
    WHERE bundle IN {bundles} AND status = 'open' GROUP BY bundle, policy, outcome"""
_GIVEN = "(SELECT value FROM json_each(:bundles))"
_FINDINGS = """
    FROM findings f JOIN runs r USING (bundle)
    WHERE (:bundle = '' OR f.bundle = :bundle)
      AND (:policy = '' OR f.policy = :policy)
      AND (:target = '' OR r.target = :target)
      AND (:device = '' OR r.device = :device)
      AND (:rule = '' OR f.rule = :rule)
      AND (:stage = '' OR f.stage = :stage)
      AND (:outcome = '' OR f.outcome = :outcome)
      AND (:severity = '' OR f.severity = :severity)
      AND (:status = '' OR f.status = :status)
      AND (:fingerprint = '' OR f.fingerprint = :fingerprint)"""
_HOSTS = """
    SELECT h.host, h.registrable, count(*) AS runs, sum(h.requests) AS requests,
           sum(h.contacted) AS contacted, sum(h.refused) AS refused,
           min(r.started) AS first_seen, max(r.started) AS last_seen
    FROM hosts h JOIN runs r USING (bundle)
    WHERE (:words = '' OR instr(h.host, :words)) AND (:bundle = '' OR h.bundle = :bundle)
    GROUP BY h.host"""
_HOSTS_COUNTED = f"SELECT count(*) FROM ({_HOSTS})"  # noqa: S608 - our own words
_TARGETS = """
    SELECT r.target, r.scenario, r.device, r.simulated, count(*) AS runs, max(r.as_of) AS last
    FROM runs r WHERE r.target IS NOT NULL AND r.bundle IN (SELECT bundle FROM judgements)
    GROUP BY r.target, r.scenario, r.device, r.simulated
    ORDER BY r.target, r.scenario, r.device, r.simulated"""


@dataclass(frozen=True, kw_only=True)
class RunFilter:
    """Which runs a list has: each field that is not empty must fit.

    `words` is part of the target or of the bundle's name; `since` and `until` are days as `2026-11-28`, both
    included, of which the day counts that the run is judged by. `surat_tugas` is the assignment that
    the run's own record names.
    """

    words: str = ""
    target: str = ""
    scenario: str = ""
    device: str = ""
    state: str = ""
    verdict: str = ""
    since: str = ""
    until: str = ""
    surat_tugas: str = ""


@dataclass(frozen=True, kw_only=True)
class FindingFilter:
    """Which findings a list has: each field that is not empty must be equal."""

    bundle: str = ""
    policy: str = ""
    target: str = ""
    device: str = ""
    rule: str = ""
    stage: str = ""
    outcome: str = ""
    severity: str = ""
    status: str = ""
    fingerprint: str = ""


def list_runs(
    out: Path, wanted: RunFilter | None = None, *, offset: int = 0, limit: int = WINDOW
) -> Page[ListedRun]:
    """Return runs that fit, the newest first.

    Args:
        out: The folder whose index is asked; it is only read.
        wanted: Which runs; all unless given.
        offset: How many to pass over.
        limit: The most to return.

    Raises:
        IndexUnavailable: there is no index, or it cannot be read.
    """
    given = _given(wanted or RunFilter()) | {"limit": limit, "offset": offset}
    given["words"] = given["words"].lower()
    chosen = _with_chosen()

    def answer(database: Database) -> Page[ListedRun]:
        total = _count(database, f"{chosen} SELECT count(*) {_RUNS}", given)
        order = "ORDER BY r.run_id DESC, r.bundle LIMIT :limit OFFSET :offset"
        rows = list(database.query(f"{chosen} SELECT {_RUN_COLUMNS} {_RUNS} {order}", given))
        return Page(items=tuple(_filled(database, rows)), offset=offset, total=total)

    return _asked(out, answer)


def find_run(out: Path, bundle: str) -> ListedRun | None:
    """Return one run by its name, None where the index does not have it; arguments as for `list_runs`."""
    of_one = "FROM runs r LEFT JOIN chosen c USING (bundle) WHERE r.bundle = ?"
    sql = f"{_with_chosen()} SELECT {_RUN_COLUMNS} {of_one}"
    return _asked(out, lambda database: next(_filled(database, list(database.query(sql, [bundle]))), None))


def find_repeat(out: Path, bundle: str) -> str | None:
    """Return the other visit of the same night: the run that repeats this one, or that this one repeats.

    None where there is none; else as `list_runs`.
    """
    sql = """
        SELECT other.bundle FROM runs this JOIN runs other ON other.bundle <> this.bundle
        AND (other.repeat_of IN (this.run_id, this.bundle) OR this.repeat_of IN (other.run_id, other.bundle))
        WHERE this.bundle = ? ORDER BY other.run_id LIMIT 1"""
    row = _asked(out, lambda database: database.execute(sql, [bundle]).fetchone())
    return str(row[0]) if row else None


def list_findings(
    out: Path, wanted: FindingFilter | None = None, *, offset: int = 0, limit: int = WINDOW
) -> Page[ListedFinding]:
    """Return findings that fit, those of the newest run first; arguments as for `list_runs`."""
    given = _given(wanted or FindingFilter()) | {"limit": limit, "offset": offset}
    columns = ", ".join(_column(name) for name in ListedFinding.model_fields)
    order = "ORDER BY r.run_id DESC, f.bundle, f.policy, f.number LIMIT :limit OFFSET :offset"

    def answer(database: Database) -> Page[ListedFinding]:
        total = _count(database, f"SELECT count(*) {_FINDINGS}", given)
        rows = database.query(f"SELECT {columns} {_FINDINGS} {order}", given)
        return Page(items=tuple(map(ListedFinding.model_validate, rows)), offset=offset, total=total)

    return _asked(out, answer)


def list_hosts(
    out: Path, words: str = "", *, bundle: str = "", offset: int = 0, limit: int = WINDOW
) -> Page[ListedHost]:
    """Return the hosts whose name has the words, those of the most runs first; else as `list_runs`."""
    given = {"words": words.lower(), "bundle": bundle, "limit": limit, "offset": offset}

    def answer(database: Database) -> Page[ListedHost]:
        total = _count(database, _HOSTS_COUNTED, given)
        rows = database.query(f"{_HOSTS} ORDER BY runs DESC, h.host LIMIT :limit OFFSET :offset", given)
        return Page(items=tuple(map(ListedHost.model_validate, rows)), offset=offset, total=total)

    return _asked(out, answer)


def list_targets(out: Path) -> tuple[ListedTarget, ...]:
    """Return every target, scenario and device that a judged run walked, by name; else as `list_runs`."""
    return _asked(out, lambda database: tuple(map(ListedTarget.model_validate, database.query(_TARGETS))))


def run_choices(out: Path) -> dict[str, tuple[str, ...]]:
    """Return what the runs of an index have as target, scenario, device and state; else as `list_runs`."""
    names = ("target", "scenario", "device", "state")

    def answer(database: Database) -> dict[str, tuple[str, ...]]:
        sql = "SELECT DISTINCT {0} AS found FROM runs WHERE {0} IS NOT NULL ORDER BY {0}"
        return {name: tuple(row["found"] for row in database.query(sql.format(name))) for name in names}

    return _asked(out, answer)


def _asked(out: Path, answer: Callable[[Database], AnswerT]) -> AnswerT:
    try:
        with closing(connect_to_read(out / FILE)) as database:
            return answer(database)
    except TROUBLE as error:
        raise unavailable(out, error) from error


def _given(wanted: RunFilter | FindingFilter) -> dict[str, Any]:
    return {field.name: getattr(wanted, field.name) for field in fields(wanted)}


@cache
def _with_chosen() -> str:
    """Return SQL for the judgement that counts of each run; the packs are those of this Pantau."""
    return f"WITH chosen AS ({_CHOSEN.format(in_force=_in_force())})"


def _count(database: Database, sql: str, given: dict[str, Any]) -> int:
    return int(database.execute(sql, given).fetchone()[0])


def _in_force() -> str:
    """Return SQL for the id of the pack in force on a run's day, with the packs of this Pantau."""
    cases = []
    for pack in map(load_pack, PACKS):
        until = f" AND r.as_of <= '{pack.in_force_to}'" if pack.in_force_to else ""
        cases.append(f"WHEN r.as_of >= '{pack.in_force_from}'{until} THEN '{pack.id}'")
    return f"CASE {' '.join(cases)} END"


def _column(name: str) -> str:
    """Return which table a field of a listed finding comes from."""
    return f"{'r' if name in ('target', 'device', 'started') else 'f'}.{name}"


def _filled(database: Database, rows: list[dict[str, Any]]) -> Iterator[ListedRun]:
    """Yield the runs with what lies in other tables, asked for once for all of them."""
    given = {"bundles": json.dumps([row["bundle"] for row in rows])}
    verdicts: dict[tuple[str, str], dict[str, str]] = {}
    for row in database.query(_OBLIGATIONS.format(bundles=_GIVEN), given):
        verdicts.setdefault((row["bundle"], row["policy"]), {})[row["obligation"]] = row["verdict"]
    counts = {
        (row["bundle"], row["policy"], row["outcome"]): row["number"]
        for row in database.query(_COUNTS.format(bundles=_GIVEN), given)
    }
    stages: dict[str, list[ListedStage]] = {}
    for row in database.query(_STAGES.format(bundles=_GIVEN), given):
        stages.setdefault(row.pop("bundle"), []).append(ListedStage.model_validate(row))
    for row in rows:
        judged = (row["bundle"], row["policy"])
        yield ListedRun.model_validate(
            row
            | {
                "obligations": verdicts.get(judged, {}),
                "failed": counts.get((*judged, "fail"), 0),
                "in_review": counts.get((*judged, "needs_review"), 0),
                "stages": stages.get(row["bundle"], ()),
            }
        )
