"""Which addresses a run may connect to: public ones, and ranges that an administrator has allowed."""

from __future__ import annotations

import re
import socket
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

OWN = "own"  # an address of this machine, whatever it looks like
NOT_PUBLIC = "not public"  # no range that is named here, and not of the public network either
_NUMERIC = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?\Z")
_ISATAP = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")


class _Carrier(NamedTuple):
    """IPv6 addresses with an IPv4 address in them: `bits` and `turned` say where it begins."""

    network: IPv6Network
    bits: tuple[int, ...]
    turned: tuple[int, ...]


@dataclass(frozen=True)
class Ranges:
    """What is refused and what is allowed all the same.

    Attributes:
        allowed: Ranges that an administrator has opened.
        own: The addresses of this machine.
    """

    allowed: tuple[IpNetwork, ...] = ()
    own: frozenset[IpAddress] = frozenset()

    def refusal(self, address: IpAddress) -> str:
        """Return the name of the range that forbids an address; empty where it may be connected to.

        An address that carries another is looked at as both, and allowed only where all of it is.
        """
        if isinstance(address, IPv6Address) and address.scope_id is not None:
            return "link-local"
        if self._is_allowed(address):
            return ""
        carried = carried_addresses(address)
        if carried:
            return next(filter(None, map(self.refusal, carried)), "")
        return _named(address) or (OWN if address in self.own else "")

    def _is_allowed(self, address: IpAddress) -> bool:
        return any(address.version == each.version and address in each for each in self.allowed)


def ranges_here(allowed: Iterable[str]) -> Ranges:
    """Return the ranges of a run on this machine.

    Raises:
        ValueError: one that is allowed is no range of addresses.
    """
    return Ranges(tuple(ip_network(each) for each in allowed), own_addresses())


def own_addresses() -> frozenset[IpAddress]:
    """Return the addresses of this machine: a service may listen there that is meant for nobody outside."""
    kinds = (socket.AF_INET, socket.AF_INET6)
    found = (
        each.address.partition("%")[0]
        for addresses in psutil.net_if_addrs().values()
        for each in addresses
        if each.family in kinds
    )
    return frozenset(ip_address(each) for each in found)


def literal(host: str) -> IpAddress | None:
    """Return the address that a host is written as, in brackets or not; None where it is a name.

    Raises:
        ValueError: it is neither: its last part is a number, so no name, and it is no address in plain form
            (octal, hexadecimal, short or one number, as the C library would take them).
    """
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        return ip_address(bare)
    except ValueError:
        if ":" in bare or _NUMERIC.search(bare):
            raise
        return None


def carried_addresses(address: IpAddress) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses that an IPv6 address carries."""
    if not isinstance(address, IPv6Address):
        return ()
    for carrier in _carriers():
        if address in carrier.network:
            plain = (_part(address, bit, turned=False) for bit in carrier.bits)
            turned = (_part(address, bit, turned=True) for bit in carrier.turned)
            return (*plain, *turned)
    if address.packed[8:12] in _ISATAP:
        return (_part(address, 96, turned=False),)
    return ()


def range_names() -> tuple[str, ...]:
    """Return the names under which an address may be refused."""
    return (*(each["name"] for each in _data()["range"]), OWN, NOT_PUBLIC)


def _part(address: IPv6Address, bit: int, *, turned: bool) -> IPv4Address:
    value = (int(address) >> (96 - bit)) & 0xFFFF_FFFF
    return IPv4Address(value ^ 0xFFFF_FFFF if turned else value)


def _named(address: IpAddress) -> str:
    """Return the name of the range an address lies in; empty where it is public."""
    for name, network in _refused():
        if address.version == network.version and address in network:
            return name
    if isinstance(address, IPv6Address) and not any(address in each for each in _public()):
        return NOT_PUBLIC
    return "" if address.is_global else NOT_PUBLIC


@cache
def _refused() -> tuple[tuple[str, IpNetwork], ...]:
    return tuple(
        (each["name"], ip_network(network)) for each in _data()["range"] for network in each["networks"]
    )


@cache
def _carriers() -> tuple[_Carrier, ...]:
    return tuple(
        _Carrier(IPv6Network(each["network"]), tuple(each["bits"]), tuple(each.get("turned", ())))
        for each in _data()["carries"]
    )


@cache
def _public() -> tuple[IPv6Network, ...]:
    return tuple(IPv6Network(each) for each in _data()["public"]["networks"])


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("ranges.toml").read_text(encoding="utf-8"))
