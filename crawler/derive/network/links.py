"""What a network log tells of connections, as it is put together: TCP, UDP, QUIC, and names of addresses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.model.evidence import Address

LATE_MS = 5  # two threads write the log
SOON_MS = 10_000  # a name is looked up for what is sent at once


@dataclass
class Socket:
    """A TCP connection under way. `error` is the browser's, where it broke before it could be used."""

    time_ms: int
    address: Address | None = None
    protocol: str = ""
    certificate: str = ""
    error: str = ""


class Named(NamedTuple):
    """Whom a job works for: an origin or a host, and the site of the page; empty where there is none."""

    time_ms: int
    origin: str
    host: str
    site: str
    pooled: bool = False


@dataclass
class Datagrams:
    """What went by UDP to one address: bytes sent and received."""

    time_ms: int
    address: Address
    sent: int = 0
    received: int = 0
    last_ms: int = 0


@dataclass
class Udp:
    """A UDP socket. `peer` is whom it is connected with, None where each datagram names its own."""

    peer: Address | None = None
    error: str = ""
    to: dict[Address, Datagrams] = field(default_factory=dict)


@dataclass
class Session:
    """A WebTransport session or a QUIC session. `url` is empty for the latter."""

    named: Named
    url: str = ""
    error: str = ""
    ended_ms: int | None = None


class LookUp(NamedTuple):
    """A name that was looked up for a site, empty where the log does not name one."""

    host: str
    site: str
    time_ms: int


class Naming:
    """Gives datagrams to an address the name that was looked up for them."""

    def __init__(self, look_ups: list[LookUp], addresses: Mapping[str, tuple[str, ...]]) -> None:
        self._left, self._addresses = look_ups, addresses
        self._given: dict[str, Named] = {}

    def name_for(self, sent: Datagrams) -> Named | None:
        """Return the name that was looked up for datagrams, None where no look-up could be it."""
        ip = sent.address.ip
        before = [each for each in self._left if -LATE_MS <= sent.time_ms - each.time_ms <= SOON_MS]
        known = [each for each in before if ip in self._addresses.get(each.host, ())]
        open_ = [each for each in before if not self._addresses.get(each.host)]
        chosen = next(iter(known or open_), None)
        if chosen is None:
            return self._given.get(ip)
        self._left.remove(chosen)
        self._given[ip] = Named(chosen.time_ms, f"udp://{chosen.host}:{sent.address.port}", chosen.host, "")
        return self._given[ip]
