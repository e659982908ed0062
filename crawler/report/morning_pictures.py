"""Pictures for the morning page: one place of a journey as it looked before and as it looks now.

Rows of both pictures are aligned first, so that a banner that came does not show another place. All pictures
of a page share one size; pairs beyond it are counted and shown without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.errors import CrawlerError
from crawler.history.pictures import align
from crawler.model.finding import Message
from crawler.report.pages import pages_of
from crawler.report.pictures import Gallery

if TYPE_CHECKING:
    from crawler.history.judged import JourneyPlace, Judged
    from crawler.history.pictures import Alignment
    from crawler.model.evidence import CssBox, Visit
    from crawler.model.finding import Finding
    from crawler.report.pictures import Crop
    from crawler.report.views import PageView, PictureView

TOTAL_BYTES = 8 * 2**20
MAX_PAIRS = 60


class PairedPictures:
    """Cuts the pictures of one morning page out of its bundles, within one total size."""

    def __init__(self) -> None:
        self.left_out = 0
        self._left_bytes = TOTAL_BYTES
        self._pairs = 0
        self._galleries: dict[str, Gallery] = {}
        self._pages: dict[tuple[str, int], tuple[PageView, ...]] = {}
        self._aligned: dict[tuple[str, str, JourneyPlace, int], Alignment | None] = {}

    def of_finding(
        self, finding: Finding | None, shown_in: Judged | None, other: Judged | None, *, shown_is_new: bool
    ) -> tuple[Crop | Message, Crop | Message]:
        """Return the place of a finding in the bundle that shows it, and in the other one.

        Args:
            finding: The finding, None where its judgement cannot be read any more.
            shown_in: The bundle that shows it.
            other: The bundle of the other night.
            shown_is_new: The bundle that shows it is the newer of the two.
        """
        if finding is None or shown_in is None:
            nothing = Message(id="morning.no-bundle")
            return nothing, nothing
        if self._is_full():
            return Message(id="morning.no-room"), Message(id="morning.no-room")
        place = shown_in.place(finding.visit)
        here = self._cut(shown_in, place, finding.locus.page, finding.locus.box)
        if other is None:
            return here, Message(id="morning.no-earlier" if shown_is_new else "morning.no-bundle")
        box = finding.locus.box
        if box is not None and place is not None:
            box = self._counterpart(
                shown_in, other, place, finding.locus.page, box, shown_is_new=shown_is_new
            )
        return here, self._cut(other, place, finding.locus.page, box)

    def of_place(self, run: Judged | None, place: JourneyPlace | None) -> Crop | Message:
        """Return the first screen of a place of a journey; of one not reached, where the journey stopped."""
        if run is None:
            return Message(id="morning.no-bundle")
        if self._is_full():
            return Message(id="morning.no-room")
        return self._cut(run, place, 1, None)

    def _is_full(self) -> bool:
        full = self._pairs >= MAX_PAIRS or self._left_bytes <= 0
        self.left_out += full
        self._pairs += not full
        return full

    def _cut(self, run: Judged, place: JourneyPlace | None, page: int, box: CssBox | None) -> Crop | Message:
        """Return what lies around a box; without one, or where it cannot be drawn, the first screen."""
        visit = run.visits.get(place) if place else None
        if visit is None:
            return Message(id="morning.no-stage")
        try:
            pages = self._pages_of(run, visit)
            wanted = next((each for each in pages if each.page == page), pages[0] if pages else None)
            picture = _best(wanted)
            if wanted is None or picture is None:
                return Message(id="morning.no-picture")
            crop = self._gallery(run).crop(picture, box) if box and picture.holds(box) else None
            crop = crop or self._gallery(run).first_screen(picture, wanted.viewport_px)
        except CrawlerError:
            return Message(id="morning.unreadable")
        if crop is None:
            return Message(id="morning.no-picture")
        self._left_bytes -= len(crop.uri)
        return crop

    def _counterpart(
        self,
        shown_in: Judged,
        other: Judged,
        place: JourneyPlace,
        page: int,
        box: CssBox,
        *,
        shown_is_new: bool,
    ) -> CssBox:
        old, new = (other, shown_in) if shown_is_new else (shown_in, other)
        key = (old.bundle.run.run_id, new.bundle.run.run_id, place, page)
        if key not in self._aligned:
            self._aligned[key] = _aligned(old, new, place, page)
        pair = self._aligned[key]
        return pair.counterpart(box, to="old" if shown_is_new else "new") if pair else box

    def _pages_of(self, run: Judged, visit: Visit) -> tuple[PageView, ...]:
        key = (run.bundle.run.run_id, visit.ordinal)
        if key not in self._pages:
            self._pages[key] = pages_of(run.bundle, visit)
        return self._pages[key]

    def _gallery(self, run: Judged) -> Gallery:
        return self._galleries.setdefault(run.bundle.run.run_id, Gallery(run.bundle, 1))


def _best(page: PageView | None) -> PictureView | None:
    """Return the picture that shows a page best: where the journey stopped, if it did."""
    pictures = page.pictures if page else ()
    stopped = next((each for each in pictures if each.kind == "stopped-at"), None)
    return stopped or next(iter(pictures), None)


def _aligned(old: Judged, new: Judged, place: JourneyPlace, page: int) -> Alignment | None:
    """Return the aligned pictures of a page in two runs, None where a run has no picture that can be read."""
    found = []
    for run in (old, new):
        visit = run.visits.get(place)
        tiles = visit.artifact("tiles", page) if visit else None
        if tiles is None:
            return None
        found.append((run.bundle, run.reading, tiles.path))
    (older, old_reading, old_path), (newer, new_reading, new_path) = found
    try:
        return align(older, old_reading.tiles(old_path), newer, new_reading.tiles(new_path))
    except CrawlerError:
        return None
