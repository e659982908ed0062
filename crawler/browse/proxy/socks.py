"""What is needed of SOCKS 5 (RFC 1928): the greeting, CONNECT, and the answers. Nothing else is taken.

SOCKS and not an HTTP proxy, since it passes bytes as they are: no header of a page's request is touched, and
a refusal is a failed connection, never a page that looks like one of the shop's.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

VERSION, CONNECT, NO_AUTHENTICATION, NONE_ACCEPTABLE = 5, 1, 0, 0xFF
_IPV4, _NAME, _IPV6 = 1, 3, 4


class Answer(IntEnum):
    """What the client is told."""

    CONNECTED = 0
    FAILED = 1
    REFUSED = 2
    HOST_UNREACHABLE = 4
    CONNECTION_REFUSED = 5
    TIMED_OUT = 6


class NotSocksError(Exception):
    """The client does not speak SOCKS 5, or asks for something other than a TCP connection."""


async def read_request(reader: StreamReader, writer: StreamWriter) -> tuple[str, int]:
    """Greet a client and return host and port that it wants to be connected to.

    Raises:
        NotSocksError: it asks for something else.
        asyncio.IncompleteReadError: it goes before it has asked.
    """
    version, count = await reader.readexactly(2)
    if version != VERSION:
        raise NotSocksError(f"version {version}")
    methods = await reader.readexactly(count)
    if NO_AUTHENTICATION not in methods:
        writer.write(bytes((VERSION, NONE_ACCEPTABLE)))
        raise NotSocksError("authentication")
    writer.write(bytes((VERSION, NO_AUTHENTICATION)))
    version, command, _, kind = await reader.readexactly(4)
    if version != VERSION or command != CONNECT:
        raise NotSocksError(f"command {command}")
    host = await _read_host(reader, kind)
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    return host, port


def answer(code: Answer) -> bytes:
    """Return the bytes of an answer; the address in it is of no use to a browser."""
    return bytes((VERSION, code, 0, _IPV4, 0, 0, 0, 0, 0, 0))


async def _read_host(reader: StreamReader, kind: int) -> str:
    if kind == _NAME:
        (size,) = await reader.readexactly(1)
        return (await reader.readexactly(size)).decode("ascii", "backslashreplace").lower()
    if kind == _IPV4:
        return str(IPv4Address(await reader.readexactly(4)))
    if kind == _IPV6:
        return str(IPv6Address(await reader.readexactly(16)))
    raise NotSocksError(f"address type {kind}")
