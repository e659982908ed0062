"""The nouns of what lies on disk: files that bundles share, and what retention would remove of them."""

from __future__ import annotations

from typing import Literal

from crawler.model.evidence import Record

WhyKept = Literal["hold", "last-good", "open-finding", "notice", "latest", "no-night", "unsealed", "damaged"]
WhyRemoved = Literal["age", "count", "budget"]


class Shared(Record):
    """What came of letting a bundle share its files. `saved_bytes` lie on disk once less than before.

    `own` counts files that could not be shared because the file system has no link for them; `problems` name
    files, of the bundle or of the pool, whose bytes are not what their name or manifest says.
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


class Stored(Record):
    """A sealed bundle as retention weighs it. `own_bytes` is what its removal gives back."""

    bundle: str
    started: str
    own_bytes: int


class Removal(Record):
    """A bundle that may go, and by which limit."""

    stored: Stored
    why: WhyRemoved


class Kept(Record):
    """A bundle that a limit would have removed and that stays, and what protects it."""

    bundle: str
    limit: WhyRemoved
    why: WhyKept
    detail: str = ""


class PrunePlan(Record):
    """What retention would do. Sizes in bytes; `over_bytes` is how far above the budget it would still be."""

    bundles: int
    used_bytes: int
    removals: tuple[Removal, ...] = ()
    kept: tuple[Kept, ...] = ()
    over_bytes: int = 0

    @property
    def freed_bytes(self) -> int:
        """What the removals give back."""
        return sum(each.stored.own_bytes for each in self.removals)
