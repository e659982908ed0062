"""Which server stood behind a connection that the browser made by the checking proxy.

Chromium's network log has the proxy's address for every connection then. The proxy's own log has that of the
server, and the port of the browser's end, by which the two are joined.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from crawler.derive.network.entries import seconds
from crawler.lib.hosts import host_and_port

if TYPE_CHECKING:
    from crawler.model.evidence import Address, ProxiedConnection
    from crawler.store.bundle import Bundle

SLACK_S = 1.0  # two clocks' rounding; a port is not given again within a minute


class Proxied:
    """The connections of a run that went by the checking proxy."""

    def __init__(self, records: tuple[ProxiedConnection, ...]) -> None:
        self.records = records
        self._by_port: dict[int, list[ProxiedConnection]] = defaultdict(list)
        self._ranges: dict[tuple[str, int], str] = {}
        for record in records:
            self._by_port[record.client_port].append(record)
            if record.decision == "refused":
                self._ranges.setdefault((record.host, record.port), record.range)

    def server(self, client_port: int, time_ms: int) -> Address | None:
        """Return the server behind a connection that began at a time; None where none was connected to."""
        at_s = time_ms / 1000 - SLACK_S
        later = (each for each in self._by_port.get(client_port, ()) if seconds(each.time) >= at_s)
        found = next(later, None)
        return found.address if found is not None and found.decision == "connected" else None

    def refused(self, url: str) -> str:
        """Return the range for which connections for a URL were refused; empty where none was."""
        return self._ranges.get(host_and_port(url), "")


def proxied_of(bundle: Bundle) -> Proxied | None:
    """Return what the proxy of a run says, None where it had none."""
    records = bundle.proxied_connections()
    return None if records is None else Proxied(records)
