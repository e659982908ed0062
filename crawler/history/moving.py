"""The parts of a page that move by themselves, and pages that are served in more than one variant.

Two visits of one night are of the same shop: what differs between them changes from visit to visit (a
carousel, a timer, a price) and is masked where nights are compared with each other. Where most of their text
has no counterpart, these are no moving parts but two variants of the page, as in an A/B test.

Only text and pictures are masked. Findings never are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.history.texts import block_key, blocks
from crawler.model.evidence import CssBox

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.history.pictures import Alignment
    from crawler.history.texts import Block
    from crawler.model.evidence import TextRecord

VARIANT_FROM = 0.5  # share of the blocks of both pages that have no counterpart
MIN_BLOCKS = 6  # of each page; what has fewer is too little to tell a variant by
MARGIN_PX = 8.0  # CSS px around what moved: the edges of letters and shadows
MAX_BOXES = 400  # of a page; those of text come after those of pictures
COVERED = 0.5  # share of a block's area from which on it lies in a moving part


@dataclass(frozen=True)
class Moving:
    """What moves on a page of the newer run: places in CSS px, and texts by their keys."""

    boxes: tuple[CssBox, ...] = ()
    texts: frozenset[str] = frozenset()

    def covers(self, block: Block, of_old: bool, *, pair: Alignment | None) -> bool:
        """Say whether a block of text moves: by what it says, or by where it stands.

        Args:
            block: A block of one of the two pages.
            of_old: It is one of the older page.
            pair: Both pictures with their rows aligned, if there are any.
        """
        if block_key(block.text) in self.texts:
            return True
        boxes = block.boxes
        if of_old and pair is not None:
            boxes = tuple(pair.counterpart(box, to="new") for box in boxes)
        area = sum(w * h for _, _, w, h in boxes)
        inside = sum(max((_overlap(box, part) for part in self.boxes), default=0.0) for box in boxes)
        return area > 0 and inside >= COVERED * area


def moving_parts(new: TextRecord, repeat: TextRecord, pictured: Iterable[CssBox]) -> Moving:
    """Return what moves on a page, from two visits of one night.

    Args:
        new: The page's text in the visit that is compared.
        repeat: The same in the other visit.
        pictured: Where the picture of `new` is another than that of `repeat`.
    """
    keys_new, keys_repeat = _keys(new), _keys(repeat)
    texts = frozenset((keys_new - keys_repeat) | (keys_repeat - keys_new))
    boxes = [box for each in blocks(new) if block_key(each.text) in texts for box in each.boxes]
    return Moving(tuple(_wider(box) for box in [*pictured, *boxes][:MAX_BOXES]), texts)


def is_other_variant(one: TextRecord, other: TextRecord) -> bool:
    """Say whether two pages are two variants of a page rather than one that changed here and there."""
    if min(_keys(one).total(), _keys(other).total()) < MIN_BLOCKS:
        return False
    return _likeness(one, other) <= 1 - VARIANT_FROM


def nearest(page: TextRecord, known: Sequence[TextRecord]) -> int | None:
    """Return which of some pages is the same variant as a page, the most alike; None where none is."""
    alike = [at for at, each in enumerate(known) if not is_other_variant(page, each)]
    return max(alike, key=lambda at: _likeness(page, known[at]), default=None)


def _likeness(one: TextRecord, other: TextRecord) -> float:
    """Return which share of the blocks of two pages has a counterpart, 0 to 1."""
    first, second = _keys(one), _keys(other)
    return 2 * (first & second).total() / max(1, first.total() + second.total())


def _keys(page: TextRecord) -> Counter[str]:
    return Counter(block_key(each.text) for each in blocks(page))


def _wider(box: CssBox) -> CssBox:
    x, y, w, h = box
    return CssBox(x - MARGIN_PX, y - MARGIN_PX, w + 2 * MARGIN_PX, h + 2 * MARGIN_PX)


def _overlap(box: CssBox, part: CssBox) -> float:
    wide, high = _within(box.x, box.w, part.x, part.w), _within(box.y, box.h, part.y, part.h)
    return wide * high


def _within(start: float, length: float, from_: float, span: float) -> float:
    return max(0.0, min(start + length, from_ + span) - max(start, from_))
