"""Asks the index for the queue of findings: one line an observation, the worst first."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crawler.model.decision import Said
from crawler.model.queue import Observation, QueueCounts, SeenIn
from crawler.store.index.file import asked

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from sqlite_utils import Database

    from crawler.model.queue import QueueFilter

PAGE = 200
_ORDER = "o.worst DESC, o.runs DESC, o.target, o.fingerprint"
_REVERSED = "o.worst, o.runs, o.target DESC, o.fingerprint DESC"
_LATER = """o.worst <= a.worst AND ((o.worst, o.runs) < (a.worst, a.runs)
    OR ((o.worst, o.runs) = (a.worst, a.runs) AND (o.target, o.fingerprint) > (a.target, a.fingerprint)))"""
_EARLIER = """o.worst >= a.worst AND ((o.worst, o.runs) > (a.worst, a.runs)
    OR ((o.worst, o.runs) = (a.worst, a.runs) AND (o.target, o.fingerprint) < (a.target, a.fingerprint)))"""
_ANCHOR = """(SELECT worst, runs, target, fingerprint FROM observations
    WHERE target = :at AND fingerprint = :after) a"""
_SHOWN_BY = """(o.target, o.fingerprint) IN (
    SELECT r.target, f.fingerprint FROM runs r CROSS JOIN findings f USING (bundle) WHERE {what})"""
_PLAIN = {
    "target": "o.target = :target",
    "rule": "o.rule = :rule",
    "stage": "o.stage = :stage",
    "severity": "o.severity = :severity",
}


def queue(
    out: Path,
    wanted: QueueFilter,
    today: date,
    *,
    after: tuple[str, str] | None = None,
    backwards: bool = False,
    limit: int = PAGE,
) -> tuple[Observation, ...]:
    """Return the next lines of the queue.

    Args:
        out: The folder whose index is asked; it is only read.
        wanted: What the lines must meet.
        today: The day that ages are counted from.
        after: Target and fingerprint of the line that the wanted ones come after, whether or not it still
            meets the filter; the queue begins anew where the index does not know it.
        backwards: Return the lines before `after` instead, the nearest first.
        limit: The most lines to return.

    Raises:
        IndexUnavailable: there is no index, or it cannot be read.
    """
    conditions, given = _conditions(wanted, today)
    order = _REVERSED if backwards else _ORDER
    with asked(out) as database:
        source = "observations o"
        if after and _knows(database, after):
            source = f"{_ANCHOR} CROSS JOIN observations o"
            conditions = [*conditions, _EARLIER if backwards else _LATER]
            given |= {"at": after[0], "after": after[1]}
        sql = f"SELECT o.* FROM {source} WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT :limit"  # noqa: S608 - our own words
        return tuple(_observation(row) for row in database.query(sql, given | {"limit": limit}))


def counts(out: Path, wanted: QueueFilter, today: date) -> QueueCounts:
    """Return how many lines there are: by state whatever the state, by all else with the wanted states.

    Raises:
        IndexUnavailable: as for `queue`.
    """
    conditions, given = _conditions(wanted.model_copy(update={"states": ()}), today)
    sql = f"""SELECT o.state, o.target, o.rule, o.stage, count(*) AS n FROM observations o
        WHERE {" AND ".join(conditions)} GROUP BY 1, 2, 3, 4"""  # noqa: S608 - our own words
    found: dict[str, Counter[str]] = {name: Counter() for name in ("state", "target", "rule", "stage")}
    with asked(out) as database:
        for row in database.query(sql, given):
            found["state"][row["state"]] += row["n"]
            if row["state"] in wanted.states:
                for name in ("target", "rule", "stage"):
                    found[name][row[name]] += row["n"]
    return QueueCounts(
        states=found["state"], targets=found["target"], rules=found["rule"], stages=found["stage"]
    )


def observation(out: Path, target: str, fingerprint: str) -> Observation | None:
    """Return one line of the queue, None where the index does not know it.

    Raises:
        IndexUnavailable: as for `queue`.
    """
    sql = "SELECT * FROM observations WHERE target = :target AND fingerprint = :fingerprint"
    with asked(out) as database:
        found = list(database.query(sql, {"target": target, "fingerprint": fingerprint}))
    return _observation(found[0]) if found else None


def sightings(out: Path, target: str, fingerprint: str, *, limit: int = PAGE) -> tuple[SeenIn, ...]:
    """Return the runs that show an observation, the last first.

    Raises:
        IndexUnavailable: as for `queue`.
    """
    sql = """SELECT f.bundle, f.policy, f.number, f.visit, f.stage, r.device, r.as_of AS day, f.seen, f.times
        FROM findings f JOIN runs r USING (bundle)
        WHERE f.fingerprint = :fingerprint AND r.target = :target
        ORDER BY r.as_of DESC, r.started DESC, f.bundle DESC, f.policy DESC, f.number LIMIT :limit"""
    given = {"target": target, "fingerprint": fingerprint, "limit": limit}
    with asked(out) as database:
        return tuple(SeenIn.model_validate(row) for row in database.query(sql, given))


def said(out: Path, target: str, fingerprint: str) -> tuple[tuple[str, int, str, Said], ...]:
    """Return what was decided of an observation, oldest first: run, number of the line, note, and what.

    Raises:
        IndexUnavailable: as for `queue`.
    """
    sql = """SELECT bundle, seq, note, time, key, reviewer, action, coalesce(seen, ''), coalesce(reason, ''),
               coalesce(undoes, '')
        FROM decisions WHERE target = ? AND fingerprint = ? ORDER BY time, bundle, seq"""
    with asked(out) as database:
        found = database.execute(sql, [target, fingerprint]).fetchall()
    return tuple((bundle, seq, note, Said(*line)) for bundle, seq, note, *line in found)


def run_before(out: Path, bundle: str) -> tuple[str, str] | None:
    """Return the last sealed run before one, of the same target, scenario and device, and its day.

    A second visit of the same night is none. None where there is no run before.

    Raises:
        IndexUnavailable: as for `queue`.
    """
    sql = """SELECT p.bundle, p.as_of FROM runs r CROSS JOIN runs p
        WHERE r.bundle = ? AND p.target = r.target AND p.scenario = r.scenario AND p.device = r.device
        AND p.state = 'sealed' AND p.repeat_of IS NULL AND (p.as_of, p.started) < (r.as_of, r.started)
        ORDER BY p.as_of DESC, p.started DESC LIMIT 1"""
    with asked(out) as database:
        found = database.execute(sql, [bundle]).fetchone()
    return (found[0], found[1]) if found else None


def reviewers(out: Path) -> tuple[str, ...]:
    """Return everybody who decided anything, by name.

    Raises:
        IndexUnavailable: as for `queue`.
    """
    with asked(out) as database:
        found = database.execute("SELECT DISTINCT reviewer FROM decisions ORDER BY reviewer").fetchall()
    return tuple(name for (name,) in found)


def _conditions(wanted: QueueFilter, today: date) -> tuple[list[str], dict[str, Any]]:
    """Return the conditions of a filter, and the values that they name."""
    given: dict[str, Any] = {name: value for name in _PLAIN if (value := getattr(wanted, name)) is not None}
    conditions = [_PLAIN[name] for name in given]
    if wanted.outcome == "excused":
        conditions.append("+o.status = 'excused'")
    else:
        conditions.append("+o.status = 'open'")
        if wanted.outcome:
            conditions.append("o.outcome = :outcome")
            given["outcome"] = wanted.outcome
    if wanted.states:
        conditions.append(f"+o.state IN ({', '.join(f':state{at}' for at in range(len(wanted.states)))})")
        given |= {f"state{at}": state for at, state in enumerate(wanted.states)}
    if wanted.older_days is not None:
        conditions.append("o.first_day <= :first")
        given["first"] = (today - timedelta(days=wanted.older_days)).isoformat()
    if wanted.night:
        conditions.append(_SHOWN_BY.format(what="r.as_of = :night"))
        given["night"] = wanted.night.isoformat()
    if wanted.run:
        conditions.append(_SHOWN_BY.format(what="r.bundle = :run"))
        given["run"] = wanted.run
    if wanted.reviewer:
        conditions.append(
            "(o.target, o.fingerprint) IN"
            " (SELECT target, fingerprint FROM decisions WHERE reviewer = :reviewer)"
        )
        given["reviewer"] = wanted.reviewer
    if wanted.except_waiting_for_other:
        conditions.append(
            "NOT (o.state IN ('awaiting-second', 'second-look')"
            " AND EXISTS (SELECT 1 FROM json_each(o.reviewers) WHERE value = :viewer))"
        )
        given["viewer"] = wanted.except_waiting_for_other
    return conditions, given


def _knows(database: Database, place: tuple[str, str]) -> bool:
    sql = "SELECT 1 FROM observations WHERE target = ? AND fingerprint = ?"
    return database.execute(sql, place).fetchone() is not None


def _observation(row: dict[str, Any]) -> Observation:
    return Observation.model_validate(row | {"reviewers": json.loads(row["reviewers"])})
