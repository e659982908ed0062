"""Which variant of each page two runs were served, so that an A/B test is no change and no remedy.

A page that is another variant than the older run's is a change of the shop unless there is evidence that both
are served: an earlier run that was served it too, or a second visit of the same night that was served the
older one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from crawler.errors import CrawlerError
from crawler.history.moving import is_other_variant, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crawler.history.judged import JourneyPlace, Judged
    from crawler.model.evidence import TextRecord


@dataclass(frozen=True)
class OtherVariant:
    """What is known of a place where the newer run was served another variant: the run to hold it against."""

    kind: Literal["known", "beside"]
    against: Judged


def other_variants(
    old: Judged, new: Judged, repeat: Judged | None, known: Sequence[Judged]
) -> Mapping[JourneyPlace, OtherVariant]:
    """Return the places where both variants are known to be served.

    Args:
        old: The older run.
        new: The newer run.
        repeat: The other visit of the newer run's night.
        known: Earlier runs of the same journey.
    """
    found = {}
    for place in new.visits:
        other = _variant_at(place, old, new, repeat, known)
        if other is not None:
            found[place] = other
    return found


def _variant_at(
    place: JourneyPlace, old: Judged, new: Judged, repeat: Judged | None, known: Sequence[Judged]
) -> OtherVariant | None:
    before, after = page_text(old, place), page_text(new, place)
    if before is None or after is None or not is_other_variant(before, after):
        return None
    pages = [(run, text) for run in known if (text := page_text(run, place)) is not None]
    at = nearest(after, [text for _, text in pages])
    if at is not None:
        return OtherVariant("known", pages[at][0])
    beside = page_text(repeat, place) if repeat else None
    if beside is not None and not is_other_variant(before, beside):
        return OtherVariant("beside", old)
    return None


def page_text(run: Judged, place: JourneyPlace, page: int = 1) -> TextRecord | None:
    """Return the text of a page, None where the place was not reached or its text cannot be read."""
    visit = run.visits.get(place)
    artifact = visit.artifact("text", page) if visit and visit.reached else None
    if artifact is None:
        return None
    try:
        return run.reading.text(artifact.path)
    except CrawlerError:
        return None
