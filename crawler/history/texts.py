"""Visible text that is there in one of two runs only, block by block.

A block is what the page lays out as one run of text. Blocks are compared as a bag, so that a carousel that
turned or a list in another order is no change of text. Amounts, counts, clocks and dates are left out of what
is compared, since they move from visit to visit; what is shown is the text as it stood.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from crawler.model.comparison import TextChange

if TYPE_CHECKING:
    from crawler.model.evidence import TextRecord

MAX_BLOCKS = 100  # listed a side
MAX_BLOCK_CHARS = 400
_MOVING = re.compile(r"\d+(?:[.,:/-]\d+)*\s*(?:%|rb|ribu|jt|juta|k|kg|gr?|ml|km|m|s)?\b", re.IGNORECASE)


def text_change(old: TextRecord, new: TextRecord) -> TextChange | None:
    """Return how the visible text of a page changed, None where no block came or went."""
    before, after = _blocks(old), _blocks(new)
    keys_before, keys_after = Counter(map(_key, before)), Counter(map(_key, after))
    removed = _beyond(before, keys_after)
    added = _beyond(after, keys_before)
    if not removed and not added:
        return None
    listed = (tuple(each[:MAX_BLOCK_CHARS] for each in side[:MAX_BLOCKS]) for side in (removed, added))
    shown_removed, shown_added = listed
    return TextChange(
        removed=shown_removed,
        added=shown_added,
        same=sum((keys_before & keys_after).values()),
        left_out=len(removed) + len(added) - len(shown_removed) - len(shown_added),
    )


def _blocks(record: TextRecord) -> list[str]:
    """Return the visible blocks of a page in document order, white space folded."""
    joined: dict[tuple[int, int], list[str]] = {}
    for node in record.nodes:
        if node.visible and node.channel in ("text", "pseudo"):
            joined.setdefault((node.frame, node.block), []).append(node.text)
    folded = (" ".join("".join(parts).split()) for parts in joined.values())
    return [block for block in folded if block]


def _key(block: str) -> str:
    return _MOVING.sub("#", block).casefold()


def _beyond(blocks: list[str], others: Counter[str]) -> list[str]:
    """Return the blocks that the other side does not have, or has less often."""
    left = others.copy()
    found = []
    for block in blocks:
        key = _key(block)
        if left[key] > 0:
            left[key] -= 1
        else:
            found.append(block)
    return found
