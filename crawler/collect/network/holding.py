"""Request lines that wait a moment, since the guard may still refuse the request.

The browser tells of one refused request twice, over two channels, in any order and with no common id: as a
request that starts, and as one that is paused for the guard. A line is therefore held until the request is
answered, has failed, was refused, or a short time has passed; and a refusal that came first waits for its
request. The two are matched by method and URL, oldest first. Requests that only the guard saw (unload
beacons, shared workers) are never matched, and what waits for them is forgotten after a while.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urldefrag

if TYPE_CHECKING:
    from collections.abc import Callable

# A refusal follows its request within milliseconds, unless a CORS preflight goes first: only those methods
# that can create an order wait for that.
READ_HOLD_S = 0.5
WRITE_HOLD_S = 5.0
EXPECT_S = 10.0
READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Entry = TypeVar("Entry")


class Holding(Generic[Entry]):
    """Entries that wait, oldest first, and refusals whose request has not been told of yet.

    Args:
        release: Called with each entry whose wait is over.
        clock: Monotonic seconds.
    """

    def __init__(self, release: Callable[[Entry], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._release = release
        self._clock = clock
        self._held: dict[int, tuple[tuple[str, str], float, Entry]] = {}
        self._expected: list[tuple[tuple[str, str], float, str]] = []

    def hold(self, method: str, url: str, entry: Entry) -> None:
        """Let an entry wait."""
        wait = READ_HOLD_S if method in READ_METHODS else WRITE_HOLD_S
        self._held[id(entry)] = (_key(method, url), self._clock() + wait, entry)

    def settle(self, entry: Entry) -> None:
        """Release an entry: its request was answered or has failed. One that does not wait is left alone."""
        if self._held.pop(id(entry), None):
            self._release(entry)

    def take(self, method: str, url: str) -> Entry | None:
        """Return the oldest waiting entry of a request that was just refused; it waits no longer."""
        key = _key(method, url)
        for ident, (held, _, entry) in self._held.items():
            if held == key:
                del self._held[ident]
                return entry
        return None

    def expect(self, method: str, url: str, request_id: str) -> None:
        """Remember a refusal whose request has not been told of yet."""
        self._expected.append((_key(method, url), self._clock() + EXPECT_S, request_id))

    def expected(self, method: str, url: str) -> str | None:
        """Return the id of the refusal that a new request belongs to, once."""
        key, now = _key(method, url), self._clock()
        self._expected = [entry for entry in self._expected if entry[1] > now]
        for entry in self._expected:
            if entry[0] == key:
                self._expected.remove(entry)
                return entry[2]
        return None

    def flush(self, *, everything: bool = False) -> None:
        """Release what has waited long enough, or all of it."""
        now = self._clock()
        due = [entry for _, until, entry in self._held.values() if everything or until <= now]
        for entry in due:
            self.settle(entry)


def _key(method: str, url: str) -> tuple[str, str]:
    return method.upper(), urldefrag(url).url
