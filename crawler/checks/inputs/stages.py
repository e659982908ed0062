"""Which stages a rule looks at, whether they were reached, and whether their pages bear their marks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from crawler.checks.inputs.unread import Notes
from crawler.lib import marks
from crawler.model.finding import Gap, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.checks.base import RuleMeta
    from crawler.checks.inputs.unread import Unread
    from crawler.derive.reading import BundleReading
    from crawler.model.evidence import Visit
    from crawler.model.finding import Sighting

WALL = "wall"  # a page of a stage that was reached, and was no page or became none


class StageViews:
    """The visits of the stages that one rule looks at.

    Attributes:
        all_visits: The visits of the rule's stages, reached or not.
        visits: Those of them that were reached.
    """

    def __init__(self, reading: BundleReading, meta: RuleMeta) -> None:
        self._reading = reading
        self._meta = meta
        of_rule = (each for each in reading.run.visits if each.kind in meta.stages)
        self.all_visits: tuple[Visit, ...] = tuple(of_rule)
        self.visits: tuple[Visit, ...] = tuple(each for each in self.all_visits if each.reached)

    @property
    def last(self) -> Visit | None:
        """The visit at which what concerns the whole run is told; None where the run has none."""
        visits = self.all_visits or self._reading.run.visits
        return visits[-1] if visits else None

    def unread(self) -> tuple[Unread, ...]:
        """Return what could not be looked at: stages that were not reached, pages that were walls."""
        notes = Notes()
        for visit in self.all_visits:
            if not visit.reached:
                reason = visit.reason or "not opened"
                notes.note(visit, "gap.unreached", stage=visit.kind.value, reason=reason)
        for visit in self.visits:
            for failure in visit.failures:
                if failure.collector == WALL:
                    notes.note(visit, "gap.wall", page=failure.page, reason=failure.error)
        return notes.unread

    def confirmed(self, visit: Visit) -> bool:
        """Say whether a visit shows the stage it was taken for, or there is nothing to tell that by."""
        return self._sightings[visit.ordinal].state in ("confirmed", "no marks")

    def shopping(self) -> tuple[Visit, ...]:
        """Return the visits where a page of a shop was seen, whichever of its pages."""
        surfaces = marks.shopping()
        return tuple(
            visit
            for visit in self.visits
            if visit.kind.value in surfaces and surfaces & set(self._sightings[visit.ordinal].bears)
        )

    def rests(self) -> dict[str, int]:
        """Return what a pass of the rule would rest on: pages of the right kind that were seen."""
        own = [visit for visit in self.visits if visit.kind in self._meta.rests_on and self.confirmed(visit)]
        counted = {"stages-confirmed": len(own)} if self._meta.rests_on else {}
        return counted | ({"shopping-pages": len(self.shopping())} if self._meta.shopping else {})

    def unconfirmed(self) -> Iterator[Gap]:
        """Yield a gap for each kind of stage that was reached and of which no visit bears the marks."""
        for kind in self._meta.rests_on:
            reached = [visit for visit in self.visits if visit.kind is kind]
            if reached and not any(map(self.confirmed, reached)):
                params = {"stage": kind.value, "marks": marks.looked_for(kind.value)}
                said = Message(id="gap.unconfirmed", params=params)
                yield Gap(rule=self._meta.id, stage=kind, visit=reached[0].ordinal, message=said)
        if self._meta.shopping and not self.shopping():
            said = Message(id="gap.no-shopping-page", params={"stages": sorted(marks.shopping())})
            first = next(iter(self.visits), None)  # it concerns them all, and stands where the journey began
            yield Gap(
                rule=self._meta.id,
                stage=first.kind if first else None,
                visit=first.ordinal if first else None,
                message=said,
            )

    @cached_property
    def _sightings(self) -> dict[int, Sighting]:
        return {each.visit: each for each in self._reading.sightings}
