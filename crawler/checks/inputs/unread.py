"""What could not be looked at of a visit, noted while it is read, in the words in which it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from crawler.errors import CrawlerError
from crawler.model.evidence import LEFT_OUT
from crawler.model.finding import Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.model.evidence import Artifact, ArtifactKind, Visit

MESSAGES = {
    "gap.unreached": ("stage", "reason"),
    "gap.undeclared": ("stage", "reason"),
    "gap.wall": ("page", "reason"),
    "gap.artifact-missing": ("artifact", "page", "error"),
    "gap.artifact-cut": ("artifact", "page"),
    "gap.unreadable": ("reader", "page", "error"),
    "gap.frame-unread": ("frame", "page"),
    "gap.text-truncated": ("page",),
    "gap.source-cut": ("page",),
    "gap.document-unread": ("name", "error"),
    "gap.document-cut": ("name", "error"),
    "gap.downloads-untaken": ("error",),
    "gap.icon-unseen": ("page", "why"),
    "gap.picture-truncated": ("page",),
    "gap.picture-unsteady": ("page",),
    "gap.pixels-unread": ("page",),
    "gap.pixels-contrary": ("page", "count"),
    "gap.lines-dropped": ("count",),
    "gap.wire-silent": ("stage",),
    "gap.recorder-failed": ("collector", "error"),
    "gap.log-cut": (),
    "gap.log-damaged": ("count",),
    "gap.unconfirmed": ("stage", "marks"),
    "gap.no-shopping-page": ("stages",),
    "gap.no-claim": ("stage",),
    "gap.no-shopping-request": (),
    "gap.no-checkout": (),
}

ValueT = TypeVar("ValueT")


class Unread(NamedTuple):
    """Something that could not be looked at, and the visit that it concerns."""

    visit: Visit
    message: Message


class WithGaps(NamedTuple, Generic[ValueT]):
    """What was read, and what could not be."""

    value: ValueT
    unread: tuple[Unread, ...] = ()


class Notes:
    """Collects what could not be looked at while an input is read."""

    def __init__(self) -> None:
        self._unread: list[Unread] = []

    @property
    def unread(self) -> tuple[Unread, ...]:
        """All that was noted, in that order."""
        return tuple(self._unread)

    def note(self, visit: Visit, message_id: str, **params: object) -> None:
        """Note something that could not be looked at."""
        self._unread.append(Unread(visit, Message(id=message_id, params=params)))

    def artifacts(self, visit: Visit, kind: ArtifactKind) -> list[tuple[int, Artifact]]:
        """Return the artifacts of a kind with their pages, in their order; note the pages that have none."""
        found = {artifact.page: artifact for artifact in reversed(visit.artifacts_of(kind))}
        for page in visit.page_numbers:
            if page not in found:
                errors = {failure.error for failure in visit.failures if failure.page == page}
                self.note(
                    visit, "gap.artifact-missing", artifact=kind, page=page, error=", ".join(sorted(errors))
                )
        self.cuts(visit, kind)
        return sorted(found.items())

    def cuts(self, visit: Visit, kind: ArtifactKind) -> None:
        """Note where an artifact of a kind holds only a part of what its page had."""
        cut = [each for each in visit.failures if each.error == LEFT_OUT and each.collector == kind]
        for page in sorted({each.page for each in cut}):
            self.note(visit, "gap.artifact-cut", artifact=kind, page=page)

    def read(self, visit: Visit, page: int, reader: str, read: Callable[[], ValueT]) -> ValueT | None:
        """Return what a reader reads of a page; note where it cannot, and return None."""
        try:
            return read()
        except CrawlerError as error:
            self.note(visit, "gap.unreadable", reader=reader, page=page, error=type(error).__name__)
            return None
