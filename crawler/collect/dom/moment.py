"""What a page is at a moment: which document it shows, and what stands on it and where.

Collectors run one after the other, and a page may go on meanwhile: to another document, or within its own to
another view. What was read before and after tells. Prices, clocks and counters differ in their digits only
and do not count as change; nor does what moves sideways, or stands hidden in the page before it is shown.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playwright.sync_api import CDPSession

    from crawler.collect.target import Target

MAX_NODES = 20_000
MAX_RUNS = 2_000
MAX_CHARS = 200_000
MOVED_PX = 4
# So much of the letters of a page may have changed between its pictures and its text: a carousel, a ticker.
SAME_SHARE = 0.75
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class PlacedText:
    """The text of one block, and how far from the page's top it begins, in CSS px."""

    text: str
    top: int

    @property
    def key(self) -> str:
        """The text as it is compared."""
        return folded(self.text)


def folded(text: str) -> str:
    """Return a text as it is compared: numbers are all alike, and so is white space."""
    return _DIGITS.sub("0", " ".join(text.split()))


def document_of(cdp: CDPSession) -> str:
    """Return which document a page shows: its frame and what was loaded into it (loader id).

    A reload is another document; a route change (`pushState`, a fragment) is not.

    Raises:
        Error: Playwright's; the page does not say.
    """
    frame = cdp.send("Page.getFrameTree")["frameTree"]["frame"]
    return f"{frame['id']} {frame['loaderId']}"


def view_of(target: Target) -> tuple[PlacedText, ...]:
    """Return what stands on a page now, in the order of the document. Foreign frames are not part of it.

    Raises:
        CollectorError: the page went away meanwhile.
    """
    script = resources.files(__package__).joinpath("moment.js").read_text(encoding="utf-8")
    runs = target.isolated(f"({script})({MAX_NODES},{MAX_RUNS},{MAX_CHARS})")
    return tuple(PlacedText(str(text), int(top)) for text, top in runs or ())


def same(before: Iterable[PlacedText], after: Iterable[PlacedText]) -> bool:
    """Say whether two moments show the same in the same places, up to what moves on any page."""
    left: Counter[tuple[str, int]] = Counter()
    for run in after:
        left[run.key, run.top // MOVED_PX] += 1
    total = stayed = 0
    for run in before:
        letters = len(run.key)
        total += letters
        place = run.top // MOVED_PX
        found = next((at for at in (place, place - 1, place + 1) if left[run.key, at]), None)
        if found is not None:
            left[run.key, found] -= 1
            stayed += letters
    return stayed >= SAME_SHARE * total


def gone(before: Iterable[PlacedText], texts: Iterable[str]) -> Iterator[str]:
    """Yield what stood on a page before and does not stand anywhere in its texts now, each once.

    Args:
        before: What stood on it.
        texts: Its texts now, in the order of the document, hidden ones too.
    """
    now, told = _close("".join(texts)), set[str]()
    for run in before:
        key = _close(run.text)
        if key and key not in now and key not in told:
            told.add(key)
            yield run.text


def _close(text: str) -> str:
    """Return a text without white space, which differs between a block's text and its parts."""
    return _DIGITS.sub("0", "".join(text.split()))
