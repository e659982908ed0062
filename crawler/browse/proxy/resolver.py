"""Asks for the addresses of a name: once for each connection, so that what is checked is what is used."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

if TYPE_CHECKING:
    from crawler.browse.proxy.ranges import IpAddress

ASK_S = 8.0
MAX_ADDRESSES = 16  # of one name; those beyond are not tried
_LOCAL = "localhost"
_HERE: tuple[IpAddress, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))


class NameNotFoundError(Exception):
    """A name has no address, or nobody says which; the text says why."""


class Resolver:
    """Asks the machine's own name servers; names of this machine's own files are not known to it.

    Args:
        asked: Asks others; tests have name servers of their own.
    """

    def __init__(self, asked: dns.asyncresolver.Resolver | None = None) -> None:
        self._asked: dns.asyncresolver.Resolver | None = asked

    async def addresses(self, name: str) -> tuple[IpAddress, ...]:
        """Return the addresses of a name, those of IPv4 first.

        Raises:
            NameNotFoundError: there is none.
        """
        bare = name.rstrip(".").lower()
        if bare == _LOCAL or bare.endswith(f".{_LOCAL}"):
            return _HERE  # RFC 6761: never asked for
        asked = await asyncio.gather(self._ask(bare, dns.rdatatype.A), self._ask(bare, dns.rdatatype.AAAA))
        found = [address for addresses, _ in asked for address in addresses]
        if not found:
            raise NameNotFoundError(next(filter(None, (why for _, why in asked)), "NoAnswer"))
        return tuple(dict.fromkeys(found))[:MAX_ADDRESSES]

    async def _ask(self, name: str, kind: dns.rdatatype.RdataType) -> tuple[list[IpAddress], str]:
        """Return addresses, or why there are none."""
        try:
            if self._asked is None:
                self._asked = dns.asyncresolver.Resolver()
                self._asked.cache = dns.resolver.LRUCache()
            answer = await self._asked.resolve(
                dns.name.from_text(name), kind, search=False, lifetime=ASK_S, raise_on_no_answer=False
            )
        except (dns.exception.DNSException, OSError, ValueError) as error:
            return [], type(error).__name__
        return [ip_address(item.address) for item in answer.rrset or () if hasattr(item, "address")], ""
