"""Weighs what may be removed of old nights: by age, by count, by what the evidence takes on disk.

Only bundles of nights are weighed; those that somebody made with `pantau run` belong to that person's case.
Protected are: what has a `hold` file; every bundle of the last good night, and the last good one of every
journey, which the next night is compared with; of a finding that is still open the first and the last bundle
that show it; what a notice names. Where the budget asks for more than that leaves, the rest is told.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from crawler.errors import BundleCorrupt
from crawler.model.stock import Kept, PrunePlan, Removal
from crawler.store import layout
from crawler.store.pool import drop_unused
from crawler.store.pruning import held, pruning_held, remove_bundle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from crawler.model.night import JourneyNight, Night, NightFinding
    from crawler.model.stock import Pruned, WhyKept, WhyRemoved
    from crawler.model.target import Retention

_BLOCK_BYTES = 512  # of `st_blocks`, whatever the file system's own


class Protection(NamedTuple):
    """Why a bundle stays, and what exactly protects it."""

    why: WhyKept
    detail: str


def plan_pruning(
    out: Path, nights: Sequence[Night], retention: Retention, *, today: date, noticed: Mapping[str, str]
) -> PrunePlan:
    """Return what the limits of retention would remove below `out`, oldest night first; nothing is touched.

    Args:
        out: Folder of the evidence.
        nights: All nights, by number.
        retention: The limits; one that is None removes nothing.
        today: The day that ages are counted from.
        noticed: Bundles that a notice names, and its letter.
    """
    stock = Stock(out)
    night_of = {bundle: night for night in reversed(nights) for bundle in night_bundles(night)}
    present = [bundle for bundle in night_of if bundle in stock.bundles]
    present.sort(key=lambda bundle: (night_of[bundle].number, bundle))
    safe = protections(out, nights, present) | {
        bundle: Protection("notice", letter) for bundle, letter in noticed.items()
    }
    total, used = len(stock.bundles), stock.used_bytes
    removals: list[Removal] = []
    kept: list[Kept] = []
    recent = {night.number for night in nights[-retention.keep_nights :]} if retention.keep_nights else None
    for bundle in present:
        night = night_of[bundle]
        over = retention.budget_bytes is not None and stock.used_bytes > retention.budget_bytes
        limit = _limit(night, retention, today, recent, over=over)
        if limit and bundle in safe:
            why = safe[bundle]
            kept.append(Kept(bundle=bundle, night=night.date, limit=limit, why=why.why, detail=why.detail))
        elif limit:
            freed = stock.without(bundle)
            removals.append(Removal(bundle=bundle, night=night.date, why=limit, freed_bytes=freed))
    return PrunePlan(
        bundles=total,
        others=total - len(present),
        used_bytes=used,
        budget_bytes=retention.budget_bytes,
        removals=tuple(removals),
        kept=tuple(kept),
        over_bytes=max(0, stock.used_bytes - retention.budget_bytes) if retention.budget_bytes else 0,
    )


def prune(out: Path, plan: PrunePlan, *, by: str) -> tuple[tuple[Pruned, ...], tuple[Kept, ...]]:
    """Remove what a plan says, and return the lines of the log and the bundles that stay after all.

    What has a `hold` file by now, is gone already, or is damaged, stays as it is.

    Args:
        out: Folder of the evidence.
        plan: What `plan_pruning` said of it.
        by: Who removes it, for the log.

    Raises:
        PruneFailed: the disk does not let go of a bundle; those before it are gone, and stand in the log.
    """
    lines: list[Pruned] = []
    kept: list[Kept] = []
    with pruning_held(out):
        for removal in plan.removals:
            facts = {"bundle": removal.bundle, "night": removal.night, "limit": removal.why}
            said = held(out, removal.bundle)
            if said is not None:
                kept.append(Kept(**facts, why="hold", detail=said))
                continue
            try:
                lines.append(remove_bundle(out, removal, by=by))
            except BundleCorrupt as error:
                kept.append(Kept(**facts, why="damaged", detail=error.message))
    drop_unused(out)
    return tuple(lines), tuple(kept)


def night_bundles(night: Night) -> Iterator[str]:
    """Yield every bundle that a night left, its canary's too."""
    yield from (each.bundle for each in night.outcomes if each.bundle)
    if night.canary and night.canary.bundle:
        yield night.canary.bundle


def open_findings(nights: Iterable[Night]) -> dict[tuple[str, str, str, str, str], NightFinding]:
    """Return every finding that no later night saw remedied, as it was last told.

    By target, device, rule, stage and fingerprint. A void night remedies nothing.
    """
    found: dict[tuple[str, str, str, str, str], NightFinding] = {}
    for night in nights:
        for journey in night.journeys:
            for each in journey.findings:
                key = (journey.target, journey.device, each.rule, each.stage.value, each.fingerprint)
                if each.status != "open" or (each.state == "gone" and not night.void):
                    found.pop(key, None)
                elif each.state != "gone":
                    found[key] = each
    return found


def protections(out: Path, nights: Sequence[Night], present: Iterable[str]) -> dict[str, Protection]:
    """Return the bundles that no limit removes, and why; of several reasons the one that people gave."""
    safe: dict[str, Protection] = {}
    last: dict[tuple[str, str], tuple[Night, JourneyNight]] = {}
    for key, finding in open_findings(nights).items():
        for sighting in (finding.first_seen, finding.last_seen):
            safe[sighting.bundle] = Protection("open-finding", f"{key[0]}/{key[1]} {finding.rule}")
    good = [night for night in nights if not night.void and night.journeys]
    for night in good:  # a later one takes the place of an earlier
        for journey in night.journeys:
            if journey.bundle:
                last[journey.target, journey.device] = night, journey
    for night, journey in last.values():
        safe |= {
            bundle: Protection("last-good", str(night.date))
            for bundle in (journey.bundle, journey.repeat, journey.last_good and journey.last_good.bundle)
            if bundle
        }
    if good:
        safe |= {bundle: Protection("last-good", str(good[-1].date)) for bundle in night_bundles(good[-1])}
    return safe | {
        bundle: Protection("hold", said) for bundle in present if (said := held(out, bundle)) is not None
    }


class Stock:
    """What lies below the folder of the evidence, and what the disk has of it.

    A file with several names counts once, and is given back when the last bundle that has it goes.
    """

    def __init__(self, out: Path) -> None:
        self.used_bytes = 0
        self.bundles: dict[str, Counter[int]] = {}
        self._sizes: dict[int, int] = {}
        self._links: Counter[int] = Counter()
        for path, entry in _files(out):
            if entry.st_ino not in self._sizes:
                self._sizes[entry.st_ino] = entry.st_blocks * _BLOCK_BYTES
                self.used_bytes += self._sizes[entry.st_ino]
            bundle = _bundle_of(path)
            if bundle is not None:
                self._links[entry.st_ino] += 1
                self.bundles.setdefault(bundle, Counter())[entry.st_ino] += 1
        self.bundles = {bundle: files for bundle, files in self.bundles.items() if _is_sealed(out / bundle)}

    def without(self, bundle: str) -> int:
        """Take a bundle out of the count and return the bytes that this gives back."""
        freed = 0
        for inode, links in self.bundles.pop(bundle).items():
            self._links[inode] -= links
            if not self._links[inode]:
                freed += self._sizes[inode]
        self.used_bytes -= freed
        return freed


def _limit(
    night: Night, retention: Retention, today: date, recent: set[int] | None, *, over: bool
) -> WhyRemoved | None:
    if retention.keep_days and night.date < today - timedelta(days=retention.keep_days):
        return "age"
    if recent is not None and night.number not in recent:
        return "count"
    return "budget" if over else None


def _files(out: Path) -> Iterator[tuple[tuple[str, ...], os.stat_result]]:
    """Yield every plain file below a folder: the parts of its path, and what the disk says of it."""
    for folder, _, names in os.walk(out):
        parts = Path(folder).relative_to(out).parts
        for name in names:
            try:
                yield (*parts, name), os.lstat(os.path.join(folder, name))  # noqa: PTH118 - a hot loop
            except FileNotFoundError:
                continue  # somebody else's, gone meanwhile


def _bundle_of(parts: tuple[str, ...]) -> str | None:
    """Return the bundle that a file lies in; the pool and what is left of removed bundles are none."""
    if len(parts) < 3 or parts[0].startswith("."):
        return None
    return "/".join(parts[:2])


def _is_sealed(root: Path) -> bool:
    return layout.is_sealed(root)
