"""Who stands at the other end: the browser's address, and whom a proxy says it has let in.

A proxy is believed only if the connection comes from one of the addresses that the desk was started with.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from crawler.review.refusal import Refusal

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from crawler.review.desk import Entrance

_FORWARDED = "x-forwarded-for"


def is_proxy(address: str, entrance: Entrance) -> bool:
    """Say whether an address is one of the named proxies'."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(mapped in network for network in entrance.proxies)


def client_address(connection: HTTPConnection, entrance: Entrance) -> str:
    """Return the address that a request came from; where a named proxy forwards it, what that proxy wrote."""
    peer = connection.client.host if connection.client else ""
    if not is_proxy(peer, entrance):
        return peer
    forwarded = ",".join(connection.headers.getlist(_FORWARDED)).split(",")
    return next(
        (hop for word in reversed(forwarded) if (hop := word.strip()) and not is_proxy(hop, entrance)), peer
    )


def name_by_proxy(connection: HTTPConnection, entrance: Entrance) -> str | None:
    """Return the account's name that a named proxy says is logged in; None where none says so.

    Raises:
        Refusal: 403 where the header comes from elsewhere, or twice: somebody plays the proxy.
    """
    if entrance.user_header is None:
        return None
    names = connection.headers.getlist(entrance.user_header)
    if not names:
        return None
    peer = connection.client.host if connection.client else ""
    if len(names) != 1 or not is_proxy(peer, entrance):
        raise Refusal(403, "desk.refusal.proxy")
    return names[0].strip().lower()
