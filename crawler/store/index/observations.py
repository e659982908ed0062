"""Puts together what is the same finding over stages, devices and nights, and where it stands.

An observation is named by target and fingerprint. It is made of all its sightings, so it has to be made again
whenever a run that shows it, or a decision about it, comes or goes: such are listed as stale in the same
transaction, and made again in the next. A process that is killed between leaves the list to the next one.
"""

from __future__ import annotations

import json
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from crawler.model.decision import Said, standing
from crawler.store.index import rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlite_utils import Database

_FROM = ("findings", "decisions")
_STALE = {
    "findings": """
        INSERT OR IGNORE INTO stale (target, fingerprint)
        SELECT DISTINCT r.target, f.fingerprint FROM findings f JOIN runs r USING (bundle)
        WHERE f.bundle = :bundle AND r.target IS NOT NULL""",
    "decisions": """
        INSERT OR IGNORE INTO stale (target, fingerprint)
        SELECT DISTINCT target, fingerprint FROM decisions WHERE bundle = :bundle AND target IS NOT NULL""",
}
_SEVERITY = "CASE severity WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END"
_NAMES = ", ".join(rows.ObservationRow._fields)
_MAKE = f"""
    WITH seen AS (
        SELECT f.*, r.target, r.device, r.as_of, row_number() OVER (
            PARTITION BY r.target, f.fingerprint
            ORDER BY r.as_of DESC, r.started DESC, f.bundle DESC, f.policy DESC, f.number) AS nth
        FROM {{which}} CROSS JOIN findings f {{how}} CROSS JOIN runs r
        WHERE r.bundle = f.bundle AND {{where}}),
    over_all AS (
        SELECT target, fingerprint, count(DISTINCT bundle) AS runs, sum(times) AS all_times,
               min(as_of) AS first_day, max(as_of) AS last_day, count(DISTINCT device) AS devices
        FROM seen GROUP BY target, fingerprint)
    INSERT INTO observations ({_NAMES})
    SELECT target, fingerprint, bundle, policy, number, rule, stage, outcome, severity, status, observed, url,
           seen.seen, (outcome = 'fail') * 1000 + {_SEVERITY} * 200 + CAST(confidence * 100 AS INTEGER),
           over_all.runs, all_times, over_all.devices, over_all.first_day, over_all.last_day,
           'open', 0, '[]', '', ''
    FROM seen JOIN over_all USING (target, fingerprint) WHERE nth = 1"""  # noqa: S608 - our own names
_MAKE_ALL = _MAKE.format(which="(SELECT 1)", how="", where="r.target IS NOT NULL")
_MAKE_STALE = _MAKE.format(
    which="stale s",
    how="INDEXED BY idx_findings_fingerprint",
    where="f.fingerprint = s.fingerprint AND r.target = s.target",
)
_FORGET_STALE = """
    DELETE FROM observations WHERE rowid IN (
        SELECT o.rowid FROM stale s CROSS JOIN observations o USING (target, fingerprint))"""
_DECIDED = """
    SELECT o.target, o.fingerprint, o.seen AS shown, o.severity, d.time, d.key, d.reviewer, d.action,
           coalesce(d.seen, '') AS seen, coalesce(d.reason, '') AS reason, coalesce(d.undoes, '') AS undoes
    FROM {which} CROSS JOIN decisions d USING (target, fingerprint)
    JOIN observations o USING (target, fingerprint)
    ORDER BY 1, 2, d.time, d.bundle, d.seq"""
_STANDS = """
    UPDATE observations SET state = ?, outdated = ?, reviewers = ?, since = ?, reason = ?
    WHERE target = ? AND fingerprint = ?"""


def mark_stale(database: Database, bundle: str, of: Sequence[str] = _FROM) -> None:
    """Note that what a run shows, or what was decided of it, has to be put together again."""
    for table in of:
        database.execute(_STALE[table], {"bundle": bundle})


def make_stale(database: Database) -> None:
    """Make all stale observations again, in the caller's transaction."""
    database.execute(_FORGET_STALE)
    database.execute(_MAKE_STALE)
    _settle(database, "stale s")
    database.execute("DELETE FROM stale")


def make_all(database: Database) -> None:
    """Make all observations of a file that has none yet, in the caller's transaction."""
    database.execute("DELETE FROM stale")
    database.execute(_MAKE_ALL)
    _settle(database, "(SELECT DISTINCT target, fingerprint FROM decisions) s")


def _settle(database: Database, which: str) -> None:
    """Write where observations stand by what was decided of them."""
    found = database.execute(_DECIDED.format(which=which)).fetchall()
    database.conn.executemany(_STANDS, list(_stands(found)))


def _stands(found: Sequence[tuple[str, ...]]) -> Iterator[tuple[object, ...]]:
    for _, group in groupby(found, itemgetter(0, 1)):
        lines = list(group)
        target, fingerprint, shown, severity = lines[0][:4]
        stands = standing([Said(*line[4:]) for line in lines], shown, severity)
        reviewers = json.dumps(stands.by, ensure_ascii=False)
        yield stands.state, stands.outdated, reviewers, stands.since, stands.reason, target, fingerprint
