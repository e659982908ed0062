"""The nouns of what lies on disk: files that bundles share, and what retention removes of old nights.

Bundles are named `<scenario>/<run-id>`; sizes are bytes on disk.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from crawler.model.evidence import Record

WhyKept = Literal["hold", "last-good", "open-finding", "notice", "damaged"]
WhyRemoved = Literal["age", "count", "budget"]


class Shared(Record):
    """What came of letting bundles share their files. `saved_bytes` lie on disk once less than before.

    `own` counts files that could not be shared because the file system has no link for them; `problems` name
    files, of a bundle or of the pool, whose bytes are not what their manifest or name says.
    """

    files: int = 0
    saved_bytes: int = 0
    own: int = 0
    problems: tuple[str, ...] = ()


class Damage(Record):
    """A shared file whose bytes are not what its name says, and the files of bundles that it is.

    `touches` has `<scenario>/<run-id>/<path>` of every file that bears the damage.
    """

    sha256: str
    path: str
    why: Literal["changed", "unreadable"]
    touches: tuple[str, ...]


class Removal(Record):
    """A bundle that may go: its night, the limit that says so, and what its removal gives back."""

    bundle: str
    night: date
    why: WhyRemoved
    freed_bytes: int


class Kept(Record):
    """A bundle that a limit would have removed and that stays, and what protects it."""

    bundle: str
    night: date
    limit: WhyRemoved
    why: WhyKept
    detail: str = ""


class PrunePlan(Record):
    """What retention would do. `over_bytes` is how far above the budget the evidence would still be.

    `others` counts bundles that belong to no night, such as those of `pantau run`: they are never removed.
    """

    bundles: int
    others: int
    used_bytes: int
    budget_bytes: int | None = None
    removals: tuple[Removal, ...] = ()
    kept: tuple[Kept, ...] = ()
    over_bytes: int = 0

    @property
    def freed_bytes(self) -> int:
        """What the removals give back."""
        return sum(each.freed_bytes for each in self.removals)


class Pruned(Record):
    """A line of `.pruned/log.jsonl`: a bundle that was removed, by whom and why, and what names it still.

    `remains` is the folder, below that of the evidence, of what was left of it.
    """

    bundle: str
    night: date
    by: str
    why: WhyRemoved
    chain_head: str
    tagmanifest_sha256: str
    freed_bytes: int
    remains: str
