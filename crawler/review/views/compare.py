"""Two runs side by side, as `pantau compare` holds them against each other."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.derive.cache import cached, code_sha256
from crawler.history.comparison import compare
from crawler.model.comparison import Comparison

if TYPE_CHECKING:
    from crawler.history.judged import Judged
    from crawler.model.comparison import StageChange
    from crawler.model.evidence import CssBox
    from crawler.report.views import PictureView
    from crawler.review.views.kept_run import KeptRun
    from crawler.review.views.run import RunAddresses

_KEPT_BESIDE = 8
_MADE_BY = ("derive", "history", "lib", "model", "policies", "store")


@dataclass(frozen=True)
class StageSides:
    """One stage in both runs. The addresses are those of its pictures; None where a run has none.

    `size` are the sides of the newer picture in CSS px; `changed` and `moving` lie on it.
    """

    change: StageChange
    old: str | None
    new: str | None
    size: tuple[float, float]
    changed: tuple[CssBox, ...]
    moving: tuple[CssBox, ...]

    @property
    def is_same(self) -> bool:
        """Whether nothing of the stage is to be told."""
        change = self.change
        return not (change.text or change.picture or change.moving or change.variant or change.why)


def compared(old: Judged, new: Judged, repeat: Judged | None) -> Comparison:
    """Return what lies between two runs; kept beside the newer one, since it takes seconds to make.

    Raises:
        EvidenceError: a bundle changed while it was read.
    """
    sides = [each for each in (old, new, repeat) if each]
    said = "\n".join(f"{each.bundle.seal} {each.judgement.model_dump_json()}" for each in sides)
    inputs = {"sides": hashlib.sha256(said.encode()).hexdigest(), "code": code_sha256(*_MADE_BY)}

    def make() -> Comparison:
        return compare(old, new, repeat=repeat)

    return cached(new.bundle, "compared", inputs, Comparison, make, most=_KEPT_BESIDE)


def stage_sides(
    found: Comparison, old: tuple[KeptRun, RunAddresses], new: tuple[KeptRun, RunAddresses]
) -> tuple[StageSides, ...]:
    """Return the stages of a comparison with the addresses of their pictures."""
    return tuple(_sides(change, old, new) for change in found.stages)


def _sides(
    change: StageChange, old: tuple[KeptRun, RunAddresses], new: tuple[KeptRun, RunAddresses]
) -> StageSides:
    picture = _picture(new[0], change.new_visit, change.page)
    return StageSides(
        change=change,
        old=_address(old, change.old_visit, change.page),
        new=_address(new, change.new_visit, change.page),
        size=(picture.width, picture.height) if picture else (0.0, 0.0),
        changed=change.picture.boxes if change.picture else (),
        moving=change.moving,
    )


def _address(side: tuple[KeptRun, RunAddresses], ordinal: int | None, page: int) -> str | None:
    kept, at = side
    if ordinal is None or _picture(kept, ordinal, page) is None:
        return None
    return at.below("stages", ordinal, "whole", page, seal=kept.summary.integrity.seal[:16])


def _picture(kept: KeptRun, ordinal: int | None, page: int) -> PictureView | None:
    """Return the picture that shows a page best, None where there is none."""
    visit = next((each for each in kept.summary.visits if each.ordinal == ordinal), None)
    shown = next((each for each in visit.pages if each.page == page), None) if visit else None
    return next(iter(shown.pictures), None) if shown else None
