"""Frames of other processes: they are not painted beyond the viewport, and lay themselves out when they like.

A picture beyond the viewport resizes the page to 1 x 1 px for a moment (seen in Chromium 156: both page and
frames get resize events), and a frame may be painted as it was laid out in that moment. So each has a picture
of its own, scrolled into view and cut from the viewport, which resizes nothing.
A frame far below is asleep. Scrolled into view it wakes, lays itself out and paints, at its own pace: on a
busy machine long after its page. So it is asked itself how wide it is, before and after its picture, and
whether it paints. Its text was read in a layout of its own, too, and must be of the same width.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from playwright.sync_api import Error as PlaywrightError

from crawler.collect.dom import snapshot
from crawler.lib.kept import keep_first
from crawler.model.evidence import CssBox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import CDPSession

    from crawler.collect.dom.document import Document
    from crawler.collect.target import Target
    from crawler.lib.kept import Kept
    from crawler.model.evidence import Tile

MAX_FRAME_TILES = 30
WAKE_LIMIT_S = 4.0
FRAMES_LIMIT_S = 16.0  # of all frames of a page; after that none is waited for
PAINT_LIMIT_MS = 1_000.0
ANSWER_LIMIT_MS = 6_000.0
MIN_SIDE_PX = 4  # smaller frames count visits and show nothing
SAME_WIDTH_PX = 1.0


@dataclass(frozen=True)
class ForeignPlace:
    """A part of the page, at most as high as the viewport, where a frame of another process lies."""

    box: CssBox
    document: Document
    session: CDPSession


def places(target: Target, page: tuple[float, float], viewport_px: float) -> Kept[ForeignPlace]:
    """Return the parts of a page that show other processes' frames, each at most as high as the viewport."""
    read = snapshot.read_documents(target)
    found: list[ForeignPlace] = []
    for document, session in zip(read.documents, read.sessions, strict=True):
        parent, box = document.frame.parent, document.frame.box
        if parent is None or box is None or session is target.cdp or read.sessions[parent] is not target.cdp:
            continue
        x, y = max(0.0, box.x), max(0.0, box.y)
        right, bottom = min(page[0], box.right), min(page[1], box.bottom)
        while right - x >= MIN_SIDE_PX and bottom - y >= 1:
            height = min(bottom - y, viewport_px)
            found.append(ForeignPlace(CssBox(x, y, right - x, height), document, session))
            y += height
    return keep_first(found, MAX_FRAME_TILES)


@dataclass(frozen=True)
class _Told:
    """What a frame says of itself: its width in CSS px, None where it does not answer; whether it paints."""

    width: float | None
    paints: bool


class Awake:
    """Takes pictures of foreign frames that are awake and laid out as their text was.

    Args:
        target: The page.
        take: Takes the picture of a box.

    Attributes:
        unsteady: Numbers of frames whose picture and text stayed in different layouts.
    """

    def __init__(self, target: Target, take: Callable[[CssBox], Tile]) -> None:
        self.unsteady: list[int] = []
        self._target, self._take = target, take
        self._worlds: dict[int, int] = {}
        self._until = time.monotonic() + FRAMES_LIMIT_S

    def tile(self, place: ForeignPlace) -> Iterator[Tile]:
        """Yield the picture of a frame that was scrolled into view, taken again while it changes its layout.

        Nothing where its text was read in another layout: the page would explain what the picture shows by
        words that stand elsewhere. A frame that never paints is behind something and shows nothing.
        """
        number, until = place.document.frame.number, min(self._until, time.monotonic() + WAKE_LIMIT_S)
        while True:
            before, picture, after = self._ask(place, until), self._take(place.box), self._ask(place, until)
            still = before.width is not None and before.width == after.width
            if (still and before.paints) or time.monotonic() >= until:
                break
            self._target.disown(len(self._target.taken) - 1)
        if still and _agree(before.width, place.document.width):
            yield picture
            return
        self._target.disown(len(self._target.taken) - 1)
        if number not in self.unsteady:
            self.unsteady.append(number)

    def _ask(self, place: ForeignPlace, until: float) -> _Told:
        """Wait until a frame paints, bounded, and ask how wide it is."""
        script = resources.files(__package__).joinpath("awake.js").read_text(encoding="utf-8")
        wait_ms = max(0.0, min(PAINT_LIMIT_MS, (until - time.monotonic()) * 1000))
        try:
            asked = {"contextId": self._world(place), "awaitPromise": True, "returnByValue": True}
            query = {"expression": f"({script})({wait_ms})", **asked}
            answer = place.session.send("Runtime.evaluate", query, timeout=ANSWER_LIMIT_MS)
            width, paints = answer["result"]["value"]
            return _Told(float(width), bool(paints))
        except (PlaywrightError, KeyError, TypeError, ValueError):  # gone on, or stuck
            return _Told(None, paints=False)

    def _world(self, place: ForeignPlace) -> int:
        number = place.document.frame.number
        if number not in self._worlds:
            frame = {"frameId": place.document.frame.frame_id, "worldName": "pantau"}
            world = place.session.send("Page.createIsolatedWorld", frame, timeout=ANSWER_LIMIT_MS)
            self._worlds[number] = int(world["executionContextId"])
        return self._worlds[number]


def _agree(width: float | None, read: float | None) -> bool:
    return width is not None and (read is None or abs(width - read) <= SAME_WIDTH_PX)
