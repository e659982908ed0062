"""The dated table of hosts, `policies/hosts.csv`: who is known to run which name."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ValidationError

from crawler.errors import PolicyError
from crawler.lib import words
from crawler.lib.hosts import normalise
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

TABLE = "hosts.csv"
Group = Literal[
    "tokopedia_goto", "tiktok_bytedance", "payment_id", "third_party", "comparator", "split", "unknown"
]
Confidence = Literal["high", "medium", "low"]


_PLAIN = re.compile(r"[a-z0-9._-]*")


def _day(value: str | date | None) -> str | date | None:
    return value or None


def _pattern(value: str) -> str:
    if not _PLAIN.fullmatch(value):  # a plain name is a pattern anyhow, and to compile 600 takes long
        re.compile(value)
    return value


Day = Annotated[date | None, BeforeValidator(_day)]


class HostRow(Record):
    """One row: a host, what its name suggests, who runs it, since when and by which sources.

    `match` says how `host` is meant: the `host` itself; a `suffix` at a dot; the name of a content network's
    customer (`cname`, matched like a suffix); a `pattern` for the whole name; the `scheme` of a deep link.
    `operator` is `split` where subdomains are run by different parties.
    """

    host: Annotated[str, AfterValidator(_pattern)]
    match: Literal["host", "suffix", "cname", "pattern", "scheme"]
    name_class: Group
    operator: Group
    owner: str
    role: str
    payment: Literal["yes", "maybe", "no", "sandbox"]
    valid_from: Day
    valid_to: Day
    sources: str
    confidence: Confidence
    note: str

    def holds(self, day: date | None) -> bool:
        """Say whether the row holds on a day; with no day, whether it still holds."""
        if day is None:
            return self.valid_to is None
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


class HostTable:
    """The rows that hold on one day, ready for look-up.

    Args:
        rows: Rows of any day.
        day: The day in question; none for today's rows.
    """

    def __init__(self, rows: Iterable[HostRow], day: date | None = None) -> None:
        kept = [row for row in rows if row.holds(day)]
        self._hosts = {row.host: row for row in kept if row.match == "host"}
        self._suffixes = {row.host: row for row in kept if row.match in ("suffix", "cname")}
        self._patterns = [(re.compile(row.host), row) for row in kept if row.match == "pattern"]
        self.rows = tuple(kept)
        self._schemes = [(re.compile(row.host), row) for row in kept if row.match == "scheme"]

    def exact(self, host: str) -> HostRow | None:
        """Return the row of exactly this host."""
        return self._hosts.get(host)

    def pattern(self, host: str) -> HostRow | None:
        """Return the first row whose pattern is the whole host."""
        return next((row for pattern, row in self._patterns if pattern.fullmatch(host)), None)

    def suffix(self, host: str) -> HostRow | None:
        """Return the row of the longest domain that the host is or lies below."""
        labels = host.split(".")
        names = (".".join(labels[start:]) for start in range(len(labels)))
        return next((self._suffixes[name] for name in names if name in self._suffixes), None)

    def scheme(self, scheme: str) -> HostRow | None:
        """Return the row of a deep link's scheme."""
        return next((row for pattern, row in self._schemes if pattern.fullmatch(scheme)), None)


def rows() -> tuple[HostRow, ...]:
    """Return the shipped table, with the rows of the user's own file over it.

    Raises:
        PolicyError: a row of the user's file is wrong; the line is named.
    """
    path = own_file()
    try:
        text = path.read_bytes() if path else b""
    except FileNotFoundError:
        text = b""
    except OSError as error:
        raise PolicyError(f"{path} cannot be read: {error.strerror}.", hint="See docs/hosts.md.") from error
    return _layered(text, str(path))


def own_file() -> Path | None:
    """Return where the user's own rows stand: `$PANTAU_HOSTS`, or `pantau/hosts.csv` in the settings folder.

    Source: XDG Base Directory Specification 0.8: a path that is not absolute is ignored.
    """
    if named := os.environ.get("PANTAU_HOSTS"):
        return Path(named)
    folder = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    try:
        return (folder if folder.is_absolute() else Path.home() / ".config") / "pantau" / TABLE
    except RuntimeError:  # no home folder
        return None


def own_sha256() -> str:
    """Return the SHA-256 of the user's own file; empty where there is none."""
    path = own_file()
    return hashlib.sha256(path.read_bytes()).hexdigest() if path and path.is_file() else ""


@cache
def _layered(own: bytes, name: str) -> tuple[HostRow, ...]:
    shipped = parse_hosts(words.raw(TABLE).decode(), TABLE)
    if not own.strip():
        return shipped
    added = parse_hosts(own.decode("utf-8-sig", "replace"), name)
    replaced = {(row.host, row.match) for row in added}
    return (*added, *(row for row in shipped if (row.host, row.match) not in replaced))


def parse_hosts(text: str, name: str) -> tuple[HostRow, ...]:
    """Read a table.

    Raises:
        PolicyError: a row is wrong or holds together with another of the same host; the line is named.
    """
    found: list[HostRow] = []
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        for fields in reader:
            row = HostRow.model_validate(fields)
            _check(row, found)
            found.append(row)
    except (ValidationError, ValueError, csv.Error, re.error) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise PolicyError(f"{name}, line {reader.line_num}: {why}.", hint="See docs/hosts.md.") from error
    return tuple(found)


def _check(row: HostRow, before: list[HostRow]) -> None:
    if row.match in ("host", "suffix", "cname") and normalise(row.host) != row.host:
        raise ValueError(f"{row.host} is not a normalised host name")
    for other in before:
        same = (other.host, other.match) == (row.host, row.match)
        if same and _starts(row) <= _ends(other) and _starts(other) <= _ends(row):
            raise ValueError(f"{row.host} has two rows for the same time")


def _starts(row: HostRow) -> date:
    return row.valid_from or date.min


def _ends(row: HostRow) -> date:
    return row.valid_to or date.max
