"""The rungs of the ladder: what each kind of evidence says of who runs a host."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import parse_qsl, urlsplit

from crawler.derive.operators.groups import groups
from crawler.derive.operators.hosts import Group, HostRow, HostTable
from crawler.lib import words
from crawler.lib.hosts import registrable, under
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.derive.network.certificates import Certificate
    from crawler.derive.operators.networks import NetworkTable

RungName = Literal["host", "pattern", "suffix", "stack", "stack-hint", "cname", "certificate", "as-number"]
SIDES = groups().sides
MAX_NAMES_SHOWN = 8


class Rung(Record):
    """One step of the ladder: what it says, and by which evidence. `result` none means: looked, nothing."""

    name: RungName
    result: Literal["match", "none", "not looked at"]
    operator: Group | None = None
    evidence: str = ""
    sources: str = ""
    note: str = ""


def table_rung(name: RungName, row: HostRow | None) -> Rung:
    """Return what the table of hosts says."""
    if row is None:
        return _nothing(name)
    return Rung(
        name=name,
        result="match",
        operator=row.operator,
        evidence=row.host,
        sources=row.sources,
        note=row.note,
    )


def stack_rung(host: str, url: str, headers: Mapping[str, str]) -> Rung:
    """Return what the serving system shows of itself in headers, address and name."""
    return _marks_rung("stack", _decisive_marks(host, url, headers))


def hint_rung(url: str, request_headers: Mapping[str, str]) -> Rung:
    """Return what a page sends along, which says who made the page's scripts."""
    return _marks_rung("stack-hint", _hints(url, request_headers))


def cname_rung(table: HostTable, aliases: tuple[str, ...] | None) -> Rung:
    """Return whose the first known name behind a host is. One of a shared content network proves nothing."""
    if aliases is None:
        return _nothing("cname", "not looked at")
    rows = [(alias, table.exact(alias) or table.pattern(alias) or table.suffix(alias)) for alias in aliases]
    known = [(alias, row) for alias, row in rows if row is not None]
    sided = next(((alias, row) for alias, row in known if row.operator in SIDES), None)
    alias, row = sided or (known[0] if known else ("", None))
    chain = " → ".join(aliases)
    if row is None:
        return Rung(name="cname", result="none", evidence=chain)
    return Rung(
        name="cname", result="match", operator=row.operator, evidence=chain, sources=row.sources, note=alias
    )


def certificate_rung(table: HostTable, host: str, certificate: Certificate | None) -> Rung:
    """Return which group a certificate points to: by its organisation, else by names it holds for others.

    A hint: anybody may be named by a certificate that a content network holds.
    """
    if certificate is None:
        return _nothing("certificate", "not looked at")
    shown = ", ".join(certificate.names[:MAX_NAMES_SHOWN])
    more = f" +{len(certificate.names) - MAX_NAMES_SHOWN}" if len(certificate.names) > MAX_NAMES_SHOWN else ""
    evidence = f"{certificate.subject}; issuer {certificate.issuer}; names {shown}{more}"
    group = _group_of(certificate.organisation) or _shared(table, host, certificate.names)
    if group is None:
        return Rung(name="certificate", result="none", evidence=evidence)
    return Rung(
        name="certificate", result="match", operator=group, evidence=evidence, sources=certificate.sha256[:16]
    )


def network_rung(networks: NetworkTable, address: str) -> Rung:
    """Return whose network an address lies in."""
    if not address:
        return _nothing("as-number", "not looked at")
    row = networks.row_of(address)
    if row is None:
        return Rung(name="as-number", result="none", evidence=address)
    return Rung(
        name="as-number",
        result="match",
        operator=row.operator,
        evidence=f"{address} in {row.prefix}, AS{row.as_number} {row.as_name}",
        sources=row.sources,
        note=f"seen {row.seen.isoformat()}",
    )


@cache
def _nothing(name: RungName, result: Literal["none", "not looked at"] = "none") -> Rung:
    return Rung(name=name, result=result)


def suggested(host: str) -> Group:
    """Return the group that the registered part of an unlisted name suggests."""
    return _group_of(registrable(host)) or "unknown"


def _group_of(text: str) -> Group | None:
    """Return the group whose brand is a whole word of a text."""
    parts = set(re.split(r"[^a-z0-9]+", text.casefold()))
    names: dict[Group, list[str]] = words.load("stack-marks")["names"]
    return next((group for group, brands in names.items() if parts & set(brands)), None)


def _shared(table: HostTable, host: str, names: tuple[str, ...]) -> Group | None:
    """Return the one side whose names stand beside the host's in a certificate."""
    own = registrable(host)
    others = (name.removeprefix("*.") for name in names)
    rows = (table.exact(name) or table.suffix(name) for name in others if not under(name, own))
    seen = {row.operator for row in rows if row is not None and row.operator in SIDES}
    return seen.pop() if len(seen) == 1 else None


def _marks_rung(name: RungName, marks: tuple[tuple[Group, str], ...]) -> Rung:
    if not marks:
        return _nothing(name)
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


@cache
def _groups() -> tuple[tuple[Group, dict[str, Any]], ...]:
    data = words.load("stack-marks")
    known = get_args(Group)
    return tuple((group, data[group]) for group in known if group in data)
