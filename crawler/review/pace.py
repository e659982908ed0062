"""How often somebody may try to log in, by address and by name."""

from __future__ import annotations

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
        by_address = self._attempts.hit(self._allowed, "address", address)
        return by_address and self._attempts.hit(self._allowed, "name", name[:_NAME_LENGTH])
