"""A bound is a value: what was kept and how many were left out travel together.

Whoever wants what was kept has to say who is told of the rest, so that nothing is cut silently.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Item = TypeVar("Item")


@dataclass(frozen=True)
class Kept(Generic[Item]):
    """What a bound let through, and the number of those it left out."""

    _items: tuple[Item, ...]
    left_out: int = 0

    def items(self, tell: Callable[[int], object]) -> tuple[Item, ...]:
        """Return what was kept.

        Args:
            tell: Called with the number left out, if there are any.
        """
        if self.left_out:
            tell(self.left_out)
        return self._items


class Keeping(Generic[Item]):
    """Takes one item after the other up to a bound, and counts those beyond it.

    Args:
        limit: How many are kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: list[Item] = []
        self._left_out = 0

    def __len__(self) -> int:
        """Return how many came, kept or not."""
        return len(self._items) + self._left_out

    def add(self, item: Item) -> None:
        """Keep an item, or count it."""
        if len(self._items) < self._limit:
            self._items.append(item)
        else:
            self._left_out += 1

    def since(self, came: int) -> Kept[Item]:
        """Return what was kept of those that came after the first `came`, and how many of them were not."""
        after = max(0, came - len(self._items))
        return Kept(tuple(self._items[came:]), self._left_out - after)


def keep_first(items: Iterable[Item], limit: int) -> Kept[Item]:
    """Keep the first `limit` of some items."""
    rest = iter(items)
    kept = tuple(islice(rest, limit))
    return Kept(kept, sum(1 for _ in rest))


def keep_characters(text: str, limit: int) -> Kept[str]:
    """Keep the first `limit` characters of a text, as one piece; the rest is counted in characters."""
    return Kept((text[:limit],), max(0, len(text) - limit))
