"""Who runs a host: a ladder of evidence, every rung reported.

Name, owner and operator are three facts. A name may be Tokopedia's while ByteDance runs the host
(`pay.tokopediax.com`); such conflicts are shown, never settled silently. The first rung that knows the host
decides; later rungs are looked at all the same and may contradict.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import parse_qsl, urlsplit

from crawler.derive.hosts import Confidence, Group, HostRow, HostTable, rows
from crawler.lib import words
from crawler.lib.hosts import normalise, registrable
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

RungName = Literal["host", "pattern", "suffix", "stack", "stack-hint", "cname", "certificate", "as-number"]
NOT_LOOKED_AT: tuple[RungName, ...] = ("cname", "certificate", "as-number")


class Rung(Record):
    """One step of the ladder: what it says, and by which evidence. `result` none means: looked, nothing."""

    name: RungName
    result: Literal["match", "none", "not looked at"]
    operator: Group | None = None
    evidence: str = ""
    sources: str = ""
    note: str = ""


class Operator(Record):
    """Who a host is by name, who owns it, who runs it, and how that is known.

    `conflicts` holds `name` where name and operator point to different groups, and `stack` where the marks of
    the serving systems contradict the table. A payment provider being known says nothing about its licence.
    """

    host: str
    name_class: Group
    operator: Group
    owner: str
    role: str
    payment: Literal["yes", "maybe", "no", "sandbox", "unknown"]
    rungs: tuple[Rung, ...]
    confidence: Confidence | Literal["none"]
    conflicts: tuple[Literal["name", "stack"], ...] = ()

    @property
    def conflict(self) -> bool:
        """Say whether anything contradicts."""
        return bool(self.conflicts)

    @cached_property
    def decided_by(self) -> RungName | None:
        """Return the rung that names the operator, if one does."""
        return next(
            (r.name for r in self.rungs if r.operator == self.operator and r.name != "stack-hint"), None
        )


class Operators:
    """Answers who runs a host on one day.

    Args:
        table: The rows that hold on that day.
    """

    def __init__(self, table: HostTable) -> None:
        self._table = table

    @classmethod
    def on(cls, day: date | None = None) -> Operators:
        """Return the shipped table as it stands for a day; for today without one."""
        return cls(HostTable(rows(), day))

    def of(
        self,
        host: str,
        *,
        url: str = "",
        headers: Mapping[str, str] | None = None,
        request_headers: Mapping[str, str] | None = None,
    ) -> Operator:
        """Climb the ladder for one host.

        Args:
            host: Host name or address, or the scheme of a deep link with its colon (`gojek:`).
            url: A URL of the host, for the marks that storage and edge leave in it.
            headers: Headers of a response of the host.
            request_headers: Headers of a request to it: hints only.
        """
        if host.endswith(":"):
            known = (("host", self._table.scheme(host[:-1].lower())),)
            return _operator(host, known, (), ())
        host = normalise(host)
        table: tuple[tuple[RungName, HostRow | None], ...] = (
            ("host", self._table.exact(host)),
            ("pattern", self._table.pattern(host)),
            ("suffix", self._table.suffix(host)),
        )
        decisive = _decisive_marks(host, url, headers or {})
        return _operator(host, table, decisive, _hints(url, request_headers or {}))


def _operator(
    host: str,
    table: tuple[tuple[Any, HostRow | None], ...],
    decisive: tuple[tuple[Group, str], ...],
    hints: tuple[tuple[Group, str], ...],
) -> Operator:
    row = next((row for _, row in table if row is not None), None)
    rungs = (
        *(_table_rung(name, found) for name, found in table),
        _marks_rung("stack", decisive),
        _marks_rung("stack-hint", hints),
        *(Rung(name=name, result="not looked at") for name in NOT_LOOKED_AT),
    )
    by_stack = decisive[0][0] if decisive else None
    by_table = row.operator if row and row.operator not in ("split", "unknown") else None
    operator: Group = by_table or by_stack or "unknown"
    name_class = row.name_class if row else _suggested(host)
    return Operator(
        host=host,
        name_class=name_class,
        operator=operator,
        owner=row.owner if row else "",
        role=row.role if row and row.operator != "split" else "",
        payment=row.payment if row and row.operator != "split" else "unknown",
        rungs=rungs,
        confidence=row.confidence if row and by_table else "medium" if by_stack else "none",
        conflicts=_conflicts(name_class, operator, by_table, by_stack),
    )


def _conflicts(
    name_class: Group, operator: Group, by_table: Group | None, by_stack: Group | None
) -> tuple[Literal["name", "stack"], ...]:
    groups = ("tokopedia_goto", "tiktok_bytedance")
    by_name = name_class in groups and operator not in ("unknown", name_class)
    by_marks = by_table is not None and by_stack is not None and by_table != by_stack
    return (*(("name",) if by_name else ()), *(("stack",) if by_marks else ()))


def _table_rung(name: RungName, row: HostRow | None) -> Rung:
    if row is None:
        return Rung(name=name, result="none")
    return Rung(
        name=name,
        result="match",
        operator=row.operator,
        evidence=row.host,
        sources=row.sources,
        note=row.note,
    )


def _marks_rung(name: RungName, marks: tuple[tuple[Group, str], ...]) -> Rung:
    if not marks:
        return Rung(name=name, result="none")
    evidence = ", ".join(sorted({mark for _, mark in marks}))
    return Rung(
        name=name, result="match", operator=marks[0][0], evidence=evidence, sources="stack-marks.toml"
    )


def _decisive_marks(host: str, url: str, headers: Mapping[str, str]) -> tuple[tuple[Group, str], ...]:
    names = {name.lower() for name in headers}
    found: list[tuple[Group, str]] = []
    for group, marks in _groups():
        decides = marks["decides"]
        prefixes = tuple(decides["response_header_prefixes"])
        found += [
            (group, name)
            for name in names
            if name in decides["response_headers"] or name.startswith(prefixes)
        ]
        found += [(group, match.group()) for match in _searched(decides["url"], _path(url))]
        found += [(group, match.group()) for match in _searched(decides["host"], host)]
    return tuple(found)


def _hints(url: str, request_headers: Mapping[str, str]) -> tuple[tuple[Group, str], ...]:
    names = {name.lower() for name in request_headers}
    query = {name for name, _ in parse_qsl(url.partition("?")[2].partition("#")[0], keep_blank_values=True)}
    found: list[tuple[Group, str]] = []
    for group, marks in _groups():
        hints = marks["hints"]
        found += [(group, name) for name in hints["request_headers"] if name in names]
        found += [(group, name) for name in hints["query"] if name in query]
    return tuple(found)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _searched(patterns: list[str], text: str) -> list[re.Match[str]]:
    return [match for pattern in patterns if (match := re.search(pattern, text))]


def _suggested(host: str) -> Group:
    """Return the group that the registered part of an unlisted name suggests."""
    parts = set(re.split(r"[.-]", registrable(host)))
    names: dict[Group, list[str]] = words.load("stack-marks")["names"]
    return next((group for group, brands in names.items() if parts & set(brands)), "unknown")


@cache
def _groups() -> tuple[tuple[Group, dict[str, Any]], ...]:
    data = words.load("stack-marks")
    known = get_args(Group)
    return tuple((group, data[group]) for group in known if group in data)
