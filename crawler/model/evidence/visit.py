"""What a visit leaves: pages, artifacts, and what could not be looked at."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field

from crawler.model.evidence.pictures import Scale, ScreenPx
from crawler.model.evidence.record import Moment, Record
from crawler.model.scenario import Stage

LEFT_OUT = "LeftOut"  # the error of a collector that kept as much as it may and counted the rest
EVERY_COLLECTOR = "all"  # stands for the collectors of a page that could not be looked at


ArtifactKind = Literal[
    "viewport",
    "fullpage",
    "tiles",
    "text",
    "html",
    "frames",
    "forms",
    "storage",
    "transport",
    "stopped-at",
    "download",
    "downloads",
    "icon",
    "icons",
    "unsettled",
]


class Artifact(Record):
    """One file taken at a visit. `page` counts pages of the visit from 1; popups are 2, 3, ….

    `unsettled` was taken while the page changed, so it belongs to no one moment: it is kept, and was taken
    again or is told as missing.
    """

    kind: ArtifactKind
    path: str
    page: int
    sha256: str
    bytes: int


class CollectorFailure(Record):
    """A collector that could not look, and why. It stands where its artifact would have stood.

    With the error `LEFT_OUT` the artifact named by `collector` is there and holds only a part.
    """

    collector: str
    page: int
    error: str
    message: str

    @classmethod
    def left_out(cls, collector: str, page: int, what: str, count: int) -> Self:
        """Return the record of a bound: how many of what were not kept."""
        return cls(collector=collector, page=page, error=LEFT_OUT, message=f"left out: {count} {what}")


class PageRecord(Record):
    """One document that a tab or popup showed at a visit; `status` is that of its answer, if there was one.

    `follows` is the page that the same tab showed before it. `addresses` are other addresses that the same
    document gave itself later at the visit (`pushState`, a fragment).
    """

    page: int
    url: str
    follows: int | None = None
    addresses: tuple[str, ...] = ()
    title: str
    opener: int | None = None
    status: int | None = None
    viewport_px: tuple[ScreenPx, ScreenPx]
    scale: Scale


Reason = Literal[
    "not opened",
    "timeout",
    "navigation",
    "address refused",
    "guard",
    "element missing",
    "error page",
    "challenge",
    "login wall",
    "queue",
    "maintenance",
    "provider block",
    "restricted",
    "empty page",
    "download",
    "page closed",
    "driver died",
    "page crashed",
    "browser crashed",
    "script error",
    "no invoice named",
    "no payment page named",
    "interrupted",
    "deadline",
    "memory",
    "capture failed",
]


class Visit(Record):
    """One stage the journey went through, or meant to. `reached` is true only if its body ran through."""

    ordinal: int
    kind: Stage
    reached: bool
    reason: Reason | None = None
    detail: str = ""
    urls: tuple[str, ...] = ()
    started: Moment | None = None
    settled: str | None = None
    ended: Moment | None = None
    settle: dict[str, Any] = Field(default_factory=dict)
    pages: tuple[PageRecord, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    failures: tuple[CollectorFailure, ...] = ()

    @property
    def page_numbers(self) -> tuple[int, ...]:
        """The numbers of the pages that were there, captured or not; 1 where none is on record.

        They need not begin with 1: the page before may have been closed, and its number is not given again.
        """
        failed = (failure.page for failure in self.failures if failure.collector == EVERY_COLLECTOR)
        return tuple(sorted({*(page.page for page in self.pages), *failed})) or (1,)

    def artifact(self, kind: ArtifactKind, page: int = 1) -> Artifact | None:
        """Return the artifact of a kind that a page left; None where it left none."""
        return next(iter(self.artifacts_of(kind, page)), None)

    def artifacts_of(self, kind: ArtifactKind, page: int | None = None) -> tuple[Artifact, ...]:
        """Return all artifacts of a kind: of one page, or of them all."""
        return tuple(each for each in self.artifacts if each.kind == kind and page in (None, each.page))

    def url_of(self, page: int) -> str:
        """Return the address of a page; that of the visit where the page has none on record."""
        seen = next((record.url for record in self.pages if record.page == page), "")
        return seen or (self.urls[-1] if self.urls else "")
