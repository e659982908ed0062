"""The dated table of network numbers, `policies/networks.csv`: whose network an address lies in.

Only networks of groups that matter are listed, so a match is evidence and none is no evidence: everybody
rents from the same content networks and clouds.
"""

from __future__ import annotations

import csv
import io
import ipaddress
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, ValidationError

from crawler.derive.operators.hosts import Day, Group
from crawler.errors import PolicyError
from crawler.lib import words
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

TABLE = "networks.csv"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(value: str) -> str:
    return str(ipaddress.ip_network(value))


class NetworkRow(Record):
    """One announced prefix, the number of its network, who runs that, and when it was seen."""

    prefix: Annotated[str, AfterValidator(_network)]
    as_number: int
    as_name: str
    operator: Group
    valid_from: Day
    valid_to: Day
    seen: date
    sources: str

    def holds(self, day: date | None) -> bool:
        """Say whether the row holds on a day; with no day, whether it still holds."""
        if day is None:
            return self.valid_to is None
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


class NetworkTable:
    """The prefixes that hold on one day, ready for look-up.

    Args:
        rows: Rows of any day.
        day: The day in question; none for today's rows.
    """

    def __init__(self, rows: Iterable[NetworkRow], day: date | None = None) -> None:
        self._rows: dict[tuple[int, int], dict[int, NetworkRow]] = {}
        for row in rows:
            if row.holds(day):
                network = ipaddress.ip_network(row.prefix)
                place = self._rows.setdefault((network.version, network.prefixlen), {})
                place[int(network.network_address)] = row

    def row_of(self, address: str) -> NetworkRow | None:
        """Return the row of the longest prefix that an address lies in; None for what is no address."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return None
        for version, length in sorted(self._rows, key=lambda key: -key[1]):
            if version == found.version:
                shift = found.max_prefixlen - length
                row = self._rows[version, length].get(int(found) >> shift << shift)
                if row:
                    return row
        return None


@cache
def rows() -> tuple[NetworkRow, ...]:
    """Return the shipped table."""
    return parse_networks(words.raw(TABLE).decode(), TABLE)


def parse_networks(text: str, name: str) -> tuple[NetworkRow, ...]:
    """Read a table.

    Raises:
        PolicyError: a row is wrong; the line is named.
    """
    reader = csv.DictReader(io.StringIO(text), strict=True)
    found: list[NetworkRow] = []
    try:
        found.extend(NetworkRow.model_validate(fields) for fields in reader)
    except (ValidationError, ValueError, csv.Error) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise PolicyError(f"{name}, line {reader.line_num}: {why}.", hint="See docs/hosts.md.") from error
    return tuple(found)
