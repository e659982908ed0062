"""The pictures of a stage as the desk shows them: made anew, with the places of findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.derive.pictures.joined import box_of

if TYPE_CHECKING:
    from crawler.model.evidence import CssBox
    from crawler.report.views import FindingView, PageView, PictureView, VisitView
    from crawler.review.views.kept_run import KeptRun
    from crawler.review.views.run import RunAddresses

MOST_PARTS = 60  # of one picture; beyond them it is said


@dataclass(frozen=True)
class Part:
    """A part of a picture: its address, and where it lies, in CSS px of the page."""

    address: str
    box: CssBox


@dataclass(frozen=True)
class StagePicture:
    """A picture of a page of a stage. `left_out` counts parts that are not shown."""

    page: PageView
    picture: PictureView
    parts: tuple[Part, ...]
    left_out: int
    boxes: tuple[tuple[FindingView, CssBox], ...]


def stage_pictures(kept: KeptRun, visit: VisitView, at: RunAddresses) -> tuple[StagePicture, ...]:
    """Return every picture of a stage."""
    return tuple(
        _picture(kept, visit, page, place, at) for page in visit.pages for place in range(len(page.pictures))
    )


def _picture(kept: KeptRun, visit: VisitView, page: PageView, place: int, at: RunAddresses) -> StagePicture:
    picture = page.pictures[place]
    seal = kept.summary.integrity.seal[:16]
    parts = []
    for number, cells in enumerate(picture.taken[:MOST_PARTS]):
        address = at.below("stages", visit.ordinal, "pictures", page.page, place, number, seal=seal)
        parts.append(Part(address, box_of(cells)))
    left_out = max(0, len(picture.taken) - MOST_PARTS)
    return StagePicture(page, picture, tuple(parts), left_out, tuple(_boxes(kept, visit, picture)))


def _boxes(kept: KeptRun, visit: VisitView, picture: PictureView) -> list[tuple[FindingView, CssBox]]:
    found = []
    for view in kept.summary.findings:
        locus = view.finding.locus
        here = view.finding.visit == visit.ordinal and locus.page == picture.page
        if here and view.finding.status == "open" and locus.box and picture.holds(locus.box):
            found.append((view, locus.box))
    return found
