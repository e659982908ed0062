"""The left-over meter: how much of the social medium's brand stands at each stage, counted from findings.

Nothing is looked at again. A finding of a rule that looks for left-over brands counts once for each place
where it was observed. What is excused is counted apart, and a stage that was not reached, or not read whole,
says so: a zero there is no absence.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from crawler.model.finding import Leftovers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from crawler.model.evidence import CssBox, RunRecord, Visit
    from crawler.model.finding import Finding, Gap, Locus, RuleResult, Spot

Size = tuple[float, float]  # CSS px
MAX_BOXES = 400  # of one page: beyond that the share is a lower bound


def measure(
    run: RunRecord,
    results: Iterable[RuleResult],
    counted: Mapping[str, str],
    size_of: Callable[[Visit, int], Size | None],
) -> tuple[Leftovers, ...]:
    """Return the meter of every visit, in the order of the journey.

    Args:
        run: The run that was judged.
        results: What the rules said of it.
        counted: What a finding of a rule is, by the rule's id: `mention` or `logo`; other rules do not count.
        size_of: Returns the size of a page of a visit; none where no picture of all of it was taken.
    """
    mine = [result for result in results if result.rule in counted]
    findings = [finding for result in mine for finding in result.findings]
    gaps = [gap for result in mine for gap in result.gaps]
    broken = any(result.error for result in mine)
    return tuple(
        _amount_at(
            visit,
            [finding for finding in findings if finding.visit == visit.ordinal],
            counted,
            whole=not broken and not any(_concerns(gap, visit) for gap in gaps),
            sizes={page: size_of(visit, page) for page in visit.page_numbers},
        )
        for visit in run.visits
    )


def _amount_at(
    visit: Visit,
    findings: list[Finding],
    counted: Mapping[str, str],
    *,
    whole: bool,
    sizes: dict[int, Size | None],
) -> Leftovers:
    open_findings = [finding for finding in findings if finding.status == "open"]
    kinds: Counter[str] = Counter()
    channels: Counter[str] = Counter()
    for finding in open_findings:
        kinds[counted[finding.rule]] += finding.times
        channels[finding.locus.channel] += finding.times
    first = sum(_on_first_screen(box, visit, page) for page, box in _boxes(open_findings))
    placed = sum(1 for _ in _boxes(open_findings))
    return Leftovers(
        visit=visit.ordinal,
        stage=visit.kind,
        measured="not" if not visit.reached else "whole" if whole else "partly",
        mentions=kinds["mention"],
        logos=kinds["logo"],
        in_review=sum(each.times for each in open_findings if each.outcome == "needs_review"),
        excused=sum(each.times for each in findings if each.status == "excused"),
        first_screen=first,
        below=placed - first,
        unplaced=sum(channels.values()) - placed,
        area_share=_share(open_findings, sizes) if visit.reached else None,
        channels=dict(sorted(channels.items())),
    )


def _concerns(gap: Gap, visit: Visit) -> bool:
    return gap.visit == visit.ordinal or (gap.visit is None and gap.stage in (None, visit.kind))


def _boxes(findings: Iterable[Finding]) -> Iterator[tuple[int, CssBox]]:
    """Yield page and box of every place where something was observed that anybody can see."""
    for finding in findings:
        places: tuple[Locus | Spot, ...] = (finding.locus, *finding.also)
        for place in places:
            if place.box is not None and not finding.hidden:
                yield place.page, place.box


def _on_first_screen(box: CssBox, visit: Visit, page: int) -> bool:
    """Say whether any of a box shows before anybody scrolls."""
    viewport = next((each.viewport_px for each in visit.pages if each.page == page), None)
    if viewport is None:
        return False
    return box.x < viewport[0] and box.y < viewport[1] and box.right > 0 and box.bottom > 0


def _share(findings: list[Finding], sizes: dict[int, Size | None]) -> float | None:
    """Return the part of the pages' area that is covered; None where a page's size is not known."""
    known = {page: size for page, size in sizes.items() if size is not None}
    total = sum(width * height for width, height in known.values())
    if len(known) < len(sizes) or total <= 0:
        return None
    covered = 0.0
    for page, size in known.items():
        boxes = [box for on, box in _boxes(findings) if on == page]
        covered += area(boxes[:MAX_BOXES], size)
    return round(covered / total, 6)


def area(boxes: Iterable[CssBox], size: Size) -> float:
    """Return the area in CSS px that boxes cover together on a page of a size; what overlaps counts once."""
    width, height = size
    edges = [
        (max(0.0, x), max(0.0, y), min(width, x + w), min(height, y + h))
        for x, y, w, h in boxes
        if min(width, x + w) > max(0.0, x) and min(height, y + h) > max(0.0, y)
    ]
    lines = sorted({line for left, _, right, _ in edges for line in (left, right)})
    covered = 0.0
    for left, right in pairwise(lines):
        spans = sorted((top, bottom) for x, top, end, bottom in edges if x <= left and end >= right)
        covered += (right - left) * _length(spans)
    return covered


def _length(spans: list[tuple[float, float]]) -> float:
    """Return how long sorted spans are together."""
    total, end = 0.0, float("-inf")
    for start, stop in spans:
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return total
