"""Asks the index what could not be observed, and which hosts were contacted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crawler.model.missed import ContactedHost, Missed
from crawler.store.index.file import asked

if TYPE_CHECKING:
    from pathlib import Path

_GAPS = """
    SELECT coalesce(r.target, r.scenario) AS target, coalesce(r.device, '') AS device,
           coalesce(g.stage, '') AS stage, g.message, g.params, group_concat(DISTINCT g.rule) AS rules,
           count(DISTINCT g.bundle) AS runs, coalesce(max(r.as_of), '') AS last_day, max(g.bundle) AS bundle
    FROM gaps g JOIN runs r USING (bundle) {where}
    GROUP BY 1, 2, 3, 4, 5 ORDER BY runs DESC, last_day DESC, 1, 2, 3, 4, 5 LIMIT :limit"""
_RUNS = """
    SELECT coalesce(target, scenario) AS target, coalesce(device, '') AS device, '' AS stage,
           CASE state WHEN 'unsealed' THEN 'review.unobserved.unsealed' ELSE 'review.unobserved.damaged' END
           AS message, json_object('problem', problem) AS params, '' AS rules, 1 AS runs,
           coalesce(as_of, '') AS last_day, bundle
    FROM runs WHERE state <> 'sealed' ORDER BY bundle DESC LIMIT :limit"""
_HOSTS = """
    SELECT h.host, sum(h.requests) AS requests, count(DISTINCT h.bundle) AS runs,
           coalesce(min(r.as_of), '') AS first_day, coalesce(max(r.as_of), '') AS last_day,
           max(h.bundle) AS bundle
    FROM hosts h JOIN runs r USING (bundle) WHERE h.contacted > 0 OR h.refused > 0
    GROUP BY h.host ORDER BY requests DESC, h.host"""


def missed(out: Path, *, target: str | None = None, limit: int = 500) -> tuple[Missed, ...]:
    """Return what could not be observed: damaged and unsealed runs, then gaps, the most frequent first.

    Raises:
        IndexUnavailable: there is no index, or it cannot be read.
    """
    sql = _GAPS.format(where="WHERE r.target = :target" if target else "")
    found = [*_rows(out, _RUNS, limit=limit), *_rows(out, sql, target=target, limit=limit)]
    return tuple(_missed(row) for row in found if target in (None, row["target"]))


def contacted_hosts(out: Path) -> tuple[ContactedHost, ...]:
    """Return every host that a request reached or was refused to, the most frequent first.

    Raises:
        IndexUnavailable: there is no index, or it cannot be read.
    """
    return tuple(ContactedHost.model_validate(row) for row in _rows(out, _HOSTS))


def _missed(row: dict[str, Any]) -> Missed:
    rules = tuple(sorted(filter(None, row["rules"].split(","))))
    return Missed.model_validate(row | {"rules": rules, "params": json.loads(row["params"])})


def _rows(out: Path, sql: str, **given: Any) -> list[dict[str, Any]]:
    with asked(out) as database:
        return list(database.query(sql, given))
