"""What texts became under redaction, remembered until one more secret is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.lib.learned import Learned

MOST_TEXTS, MOST_CHARS = 10_000, 4 * 2**20  # texts, and characters of them all
LONG_CHARS = 16 * 2**10  # a certificate chain in a network log comes with every connection to its host


class Answers:
    """Remembers what was made of texts. All is forgotten when a value is learned that may stand in them.

    Args:
        learned: The values known; they only grow.
    """

    def __init__(self, learned: Learned) -> None:
        self._learned = learned
        self._known: dict[str, str] = {}
        self._chars = 0
        self._made_with = 0

    def of(self, text: str, make: Callable[[str], str]) -> str:
        """Return what `make` makes of a text; always the same function for one memory."""
        if len(text) > LONG_CHARS:
            return make(text)
        full = len(self._known) >= MOST_TEXTS or self._chars >= MOST_CHARS
        if full or self._made_with != len(self._learned):
            self._known.clear()
            self._chars = 0
            self._made_with = len(self._learned)
        answer = self._known.get(text)
        if answer is None:
            answer = make(text)
            if self._made_with == len(self._learned):  # else something was learned from it just now
                self._known[text] = answer
                self._chars += len(text)
        return answer
