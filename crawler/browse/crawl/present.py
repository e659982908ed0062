"""The visit under way, as those need to know it who note what happens meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.browse.crawl.trail import Trail
    from crawler.model.scenario import Stage


@dataclass
class Present:
    """Which visit is under way.

    Before the first visit `ordinal` is 0, between two it is that of the last. `kind` and `trail` are None
    while no visit is under way.
    """

    ordinal: int = 0
    kind: Stage | None = None
    trail: Trail | None = None

    @property
    def counted(self) -> int:
        """The ordinal that what happens now counts to: what comes before the first visit counts to it."""
        return max(1, self.ordinal)

    def stage(self) -> tuple[int, Stage | None]:
        """Return the ordinal and the kind of the present visit."""
        return self.ordinal, self.kind

    def next_ordinal(self) -> int:
        """Count one visit more and return its ordinal."""
        self.ordinal += 1
        return self.ordinal

    def begin(self, kind: Stage, trail: Trail) -> None:
        """Note that the visit counted last begins."""
        self.kind, self.trail = kind, trail

    def end(self) -> None:
        """Note that the visit is over."""
        self.kind = self.trail = None
