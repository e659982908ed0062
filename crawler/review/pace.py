"""How often somebody may try to log in, by address and by name."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_NAME_LENGTH = 64  # longer ones are no names, and are counted as one


class LogInPace:
    """Counts attempts to log in; each address and each name has its own minute.

    The counts are kept in memory: who starts the desk again starts them again.
    """

    def __init__(self, attempts_a_minute: int) -> None:
        self._allowed = RateLimitItemPerMinute(attempts_a_minute)
        self._attempts = MovingWindowRateLimiter(MemoryStorage())

    def allows(self, address: str, name: str) -> bool:
        """Count an attempt and say whether it may be made."""
        by_address = self._attempts.hit(self._allowed, "address", _owner_of(address))
        return by_address and self._attempts.hit(self._allowed, "name", name[:_NAME_LENGTH])


def _owner_of(address: str) -> str:
    """Return what stands for all addresses of one owner: an IPv6 network of 64 bits is somebody's alone."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((parsed, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
