"""Who runs a host: a ladder of evidence, every rung reported.

Name, owner and operator are three facts. A name may be Tokopedia's while ByteDance runs the host
(`pay.tokopediax.com`); such conflicts are shown, never settled silently. The first rung that knows the host
decides: the table, then the marks of the serving system, the names behind the host, the network it lies in.
Later rungs are looked at all the same and may contradict. Identifiers that a page sends and certificates are
hints and decide nothing.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from crawler.derive.network.evidence import Evidence
from crawler.derive.operators import networks, rungs
from crawler.derive.operators.hosts import Confidence, Group, HostRow, HostTable, rows
from crawler.derive.operators.lookalikes import resembles
from crawler.derive.operators.networks import NetworkTable
from crawler.derive.operators.rungs import SIDES, Rung, RungName
from crawler.lib.hosts import normalise
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

__all__ = ["DECISIVE", "Conflict", "Evidence", "Operator", "Operators", "Rung"]

Conflict = Literal["name", "stack", "cname", "certificate", "as-number"]
DECISIVE: tuple[RungName, ...] = ("stack", "cname", "as-number")  # after the table, in this order
NOTHING = Evidence()
MAX_KNOWN = 10_000


class Operator(Record):
    """Who a host is by name, who owns it, who runs it, and how that is known.

    `conflicts` holds `name` where name and operator point to different groups, and the name of every later
    rung that contradicts. `resembles` is the known name that an unknown host looks like. A payment
    provider being known says nothing about its licence.
    """

    host: str
    name_class: Group
    operator: Group
    owner: str
    role: str
    payment: Literal["yes", "maybe", "no", "sandbox", "unknown"]
    rungs: tuple[Rung, ...]
    confidence: Confidence | Literal["none"]
    conflicts: tuple[Conflict, ...] = ()
    resembles: str = ""

    @property
    def conflict(self) -> bool:
        """Say whether anything contradicts."""
        return bool(self.conflicts)

    @cached_property
    def decided_by(self) -> RungName | None:
        """Return the rung that names the operator, if one does."""
        hints = ("stack-hint", "certificate")
        return next((r.name for r in self.rungs if r.operator == self.operator and r.name not in hints), None)


class Operators:
    """Answers who runs a host on one day.

    Args:
        table: The rows that hold on that day.
        numbers: The networks that hold on that day; the shipped ones unless given.
    """

    def __init__(self, table: HostTable, numbers: NetworkTable | None = None) -> None:
        self._table = table
        self._networks = numbers or NetworkTable(networks.rows())
        # A journey asks for the same few hosts hundreds of times; only the marks of a request differ.
        self._known: dict[tuple[str, Evidence, tuple[Rung, Rung]], Operator] = {}

    @classmethod
    def on(cls, day: date | None = None) -> Operators:
        """Return the tables as they stand for a day; for today without one."""
        return cls(HostTable(rows(), day), NetworkTable(networks.rows(), day))

    def operator_of(
        self,
        host: str,
        *,
        url: str = "",
        headers: Mapping[str, str] | None = None,
        request_headers: Mapping[str, str] | None = None,
        evidence: Evidence = NOTHING,
    ) -> Operator:
        """Climb the ladder for one host.

        Args:
            host: Host name or address, or the scheme of a deep link with its colon (`gojek:`).
            url: A URL of the host, for the marks that storage and edge leave in it.
            headers: Headers of a response of the host.
            request_headers: Headers of a request to it: hints only.
            evidence: What the browser's own connection to it shows.
        """
        if host.endswith(":"):
            known = (("host", self._table.scheme(host[:-1].lower())),)
            return self._operator(host, known, ())
        host = normalise(host)
        marks = (rungs.stack_rung(host, url, headers or {}), rungs.hint_rung(url, request_headers or {}))
        asked = (host, evidence, marks)
        if asked not in self._known:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[asked] = self._climb(host, evidence, marks)
        return self._known[asked]

    def _climb(self, host: str, evidence: Evidence, marks: tuple[Rung, Rung]) -> Operator:
        table: tuple[tuple[RungName, HostRow | None], ...] = (
            ("host", self._table.exact(host)),
            ("pattern", self._table.pattern(host)),
            ("suffix", self._table.suffix(host)),
        )
        connection = (
            rungs.cname_rung(self._table, evidence.aliases),
            rungs.certificate_rung(self._table, host, evidence.certificate),
            rungs.network_rung(self._networks, evidence.address or (host if _is_address(host) else "")),
        )
        return self._operator(host, table, (*marks, *connection))

    def _operator(
        self, host: str, table: tuple[tuple[Any, HostRow | None], ...], later: tuple[Rung, ...]
    ) -> Operator:
        row = next((row for _, row in table if row is not None), None)
        said = {rung.name: rung.operator for rung in later if rung.operator in SIDES}
        by_table = row.operator if row and row.operator not in ("split", "unknown") else None
        by_rung = next((said[name] for name in DECISIVE if name in said), None)
        operator: Group = by_table or by_rung or "unknown"
        name_class = row.name_class if row else rungs.suggested(host)
        return Operator(
            host=host,
            name_class=name_class,
            operator=operator,
            owner=row.owner if row else "",
            role=row.role if row and row.operator != "split" else "",
            payment=row.payment if row and row.operator != "split" else "unknown",
            rungs=(*(rungs.table_rung(name, found) for name, found in table), *later),
            confidence=row.confidence if row and by_table else "medium" if by_rung else "none",
            conflicts=_conflicts(name_class, operator, said),
            resembles="" if row else resembles(host, self._table),
        )


def _conflicts(name_class: Group, operator: Group, said: dict[RungName, Group]) -> tuple[Conflict, ...]:
    by_name = name_class in SIDES and operator not in ("unknown", name_class)
    contradicting: tuple[Any, ...] = tuple(
        name for name, group in said.items() if name != "stack-hint" and operator not in ("unknown", group)
    )
    return (*(("name",) if by_name else ()), *contradicting)


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdecimal()
