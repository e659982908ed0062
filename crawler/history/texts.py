"""Visible text that is there in one of two runs only, block by block.

A block is what the page lays out as one run of text. Blocks are compared as a bag, so that a carousel that
turned or a list in another order is no change of text. Amounts, counts, clocks and dates are left out of what
is compared, since they move from visit to visit; what is shown is the text as it stood.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from crawler.model.comparison import TextChange

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.model.evidence import CssBox, TextRecord

MAX_BLOCKS = 100  # listed a side
MAX_BLOCK_CHARS = 400
_MOVING = re.compile(r"\d+(?:[.,:/-]\d+)*\s*(?:%|rb|ribu|jt|juta|k|kg|gr?|ml|km|m|s)?\b", re.IGNORECASE)


class Block(NamedTuple):
    """One run of visible text as the page laid it out, white space folded, and where it stands in CSS px."""

    text: str
    boxes: tuple[CssBox, ...]


def text_change(
    old: TextRecord, new: TextRecord, *, moves: Callable[[Block, bool], bool] | None = None
) -> TextChange | None:
    """Return how the visible text of a page changed, None where no block came or went.

    Args:
        old: The older page.
        new: The newer page.
        moves: Says of a block, and whether it is one of the older page, that it moves by itself; such blocks
            are counted as masked and not listed.
    """
    before, after = blocks(old), blocks(new)
    keys_before, keys_after = (Counter(block_key(each.text) for each in side) for side in (before, after))
    gone, come = _beyond(before, keys_after), _beyond(after, keys_before)
    removed = [each.text for each in gone if moves is None or not moves(each, True)]
    added = [each.text for each in come if moves is None or not moves(each, False)]
    if not removed and not added:
        return None
    listed = (tuple(each[:MAX_BLOCK_CHARS] for each in side[:MAX_BLOCKS]) for side in (removed, added))
    shown_removed, shown_added = listed
    return TextChange(
        removed=shown_removed,
        added=shown_added,
        same=(keys_before & keys_after).total(),
        left_out=len(removed) + len(added) - len(shown_removed) - len(shown_added),
        masked=len(gone) + len(come) - len(removed) - len(added),
    )


def blocks(record: TextRecord) -> list[Block]:
    """Return the visible blocks of a page in document order."""
    joined: dict[tuple[int, int], tuple[list[str], list[CssBox]]] = {}
    for node in record.nodes:
        if node.visible and node.channel in ("text", "pseudo"):
            texts, boxes = joined.setdefault((node.frame, node.block), ([], []))
            texts.append(node.text)
            boxes.extend(node.boxes)
    folded = (Block(" ".join("".join(texts).split()), tuple(boxes)) for texts, boxes in joined.values())
    return [block for block in folded if block.text]


def block_key(text: str) -> str:
    """Return what a block is compared by: its text without what moves from visit to visit."""
    return _MOVING.sub("#", text).casefold()


def _beyond(listed: list[Block], others: Counter[str]) -> list[Block]:
    """Return the blocks that the other side does not have, or has less often."""
    left = others.copy()
    found = []
    for block in listed:
        key = block_key(block.text)
        if left[key] > 0:
            left[key] -= 1
        else:
            found.append(block)
    return found
