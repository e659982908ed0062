"""Pictures of a page: as seen, and whole.

The whole page is taken in clip tiles beyond the viewport, after one scroll pass that lets lazy parts load.
Scrolling between the pictures would repeat sticky headers, a viewport as high as the page would inflate
`100vh` blocks, and one picture of everything goes wrong past the size of a GPU texture. Frames of other
processes are not painted beyond the viewport, so those below it are taken again, scrolled into view.

For a night a tile is cut into cells afterwards: what stays as it was is the same file night after night.

Text is read right after the pictures. Where the page has moved between the two, or a frame had another
layout, both are taken again; where that does not help, the map says so.
"""

from __future__ import annotations

import base64
import math
import time
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from crawler.collect.dom import foreign, moment, snapshot
from crawler.collect.target import image_size
from crawler.errors import CollectorError
from crawler.lib import png_cells
from crawler.model.evidence import Artifact, CssBox, Tile, TileMap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.collect.target import Target

# Source: measured on Chromium 156 with software GL, November 2026: rows past 8,192 px were wrong.
MAX_TILE_PX = 8_192
SCROLL_PASS_LIMIT_MS = 20_000
IMAGES_LIMIT_MS = 5_000  # without one more that is there
PASS_MS = 15_000  # with pictures that still come: the page must answer within a step
TIMER_LIMIT_MS = 3_000
SCROLL_STEP_MS = 120
ATTEMPTS = 3
ATTEMPTS_LIMIT_S = 20.0


class Viewport:
    """The page as a person sees it at this moment."""

    id = "viewport"

    def collect(self, target: Target) -> tuple[Artifact, ...]:
        """Take `viewport.png`."""
        return (target.keep("viewport", "viewport.png", _picture(target)),)


class StoppedAt:
    """The page where a stage stopped that was not reached."""

    id = "stopped-at"

    def collect(self, target: Target) -> tuple[Artifact, ...]:
        """Take `stopped-at.png`."""
        return (target.keep("stopped-at", "stopped-at.png", _picture(target)),)


class FullPage:
    """The whole page in tiles, with a map of where they lie."""

    id = "fullpage"

    def collect(self, target: Target) -> tuple[Artifact, ...]:
        """Take `fullpage-001.png`, … and `tiles.json`, each written as soon as it is there."""
        before = len(target.taken)
        target.emulate()
        facts = _scrolled(target) if _timers_run(target) else _scrolled_from_outside(target)
        facts["attempts"], until = 1, time.monotonic() + ATTEMPTS_LIMIT_S
        taken = _Attempt(target, facts)
        while not taken.steady and facts["attempts"] < ATTEMPTS and time.monotonic() < until:
            facts["attempts"] += 1
            target.disown(before)
            snapshot.forget(target)
            taken = _Attempt(target, facts)
        target.keep_json("tiles", "tiles.json", taken.map())
        return tuple(target.taken[before:])


def _timers_run(target: Target) -> bool:
    """Say whether timers run in the page: where scripts are forbidden (CSP `sandbox`) none does."""
    asked = {"expression": "new Promise((done) => setTimeout(() => done(true), 0))", "awaitPromise": True}
    try:
        target.cdp.send("Runtime.evaluate", target.in_our_world(asked), timeout=TIMER_LIMIT_MS)
    except PlaywrightTimeout:
        return False
    return True


def _scrolled(target: Target) -> dict[str, Any]:
    """Scroll once down the page, so that what is lazy loads; return facts about the pass."""
    limits = (target.settings.max_page_px, SCROLL_PASS_LIMIT_MS, IMAGES_LIMIT_MS, PASS_MS)
    facts: dict[str, Any] = target.isolated(f"({_script('scroll_pass.js')})({','.join(map(str, limits))})")
    return facts


def _scrolled_from_outside(target: Target) -> dict[str, Any]:
    """Scroll once down a page that runs no scripts, step by step; return facts about the pass."""
    began, steps, top = time.monotonic(), 0, 0.0
    while True:
        target.isolated(f"scrollTo({{top: {top}, behavior: 'instant'}})")
        target.page.wait_for_timeout(SCROLL_STEP_MS)
        steps += 1
        height, view = target.isolated(
            "[document.scrollingElement?.scrollHeight ?? innerHeight, innerHeight]"
        )
        end = min(height, target.settings.max_page_px) - view
        late = time.monotonic() - began > SCROLL_PASS_LIMIT_MS / 1000
        if top >= end or late:
            break
        top = min(top + 0.9 * view, end)
    target.isolated("scrollTo({top: 0, behavior: 'instant'})")
    target.page.wait_for_timeout(SCROLL_STEP_MS)
    pending = target.isolated("[...document.images].filter((image) => !image.complete).length")
    return {
        "steps": steps,
        "ms": round((time.monotonic() - began) * 1000),
        "scripts_run": False,
        "stopped_early": top < end,
        "images_incomplete": pending,
    }


class _Attempt:
    """Pictures of the whole page and the text that was read right after them."""

    def __init__(self, target: Target, facts: dict[str, Any]) -> None:
        self._target, self._facts = target, facts
        self._size = target.cdp.send("Page.getLayoutMetrics")["cssContentSize"]
        self._bounds = _bounded(target, self._size["width"], self._size["height"])
        seen = moment.view_of(target)
        width, height = target.isolated("[innerWidth, innerHeight]")
        self._view = float(width), float(height)
        seen_whole = self._view if self._bounds[1] <= height else None
        boxes = _boxes(*self._bounds, target.device.scale)
        self._tiles = [
            tile
            for number, box in enumerate(boxes, 1)
            for tile in _tiles(target, box, number, viewport=seen_whole)
        ]
        snapshot.read_documents(target)
        self._moved = not moment.same(seen, moment.view_of(target))
        self._frames = 0
        if not self._moved:
            self._foreign_frames()
        self.steady = not self._moved and not self._frames

    def map(self) -> TileMap:
        """Return how the pictures lie."""
        width, height = self._bounds
        return TileMap(
            page_width=self._size["width"],
            page_height=self._size["height"],
            scale=self._target.device.scale,
            tiles=tuple(self._tiles),
            truncated=width < self._size["width"] or height < self._size["height"],
            unsteady=self._moved,
            scroll_pass=self._facts,
        )

    def _foreign_frames(self) -> None:
        """Take frames of other processes again, each scrolled into view: beyond the viewport they stay blank.

        Their tiles lie over the others. What could not be taken is named in the facts of the pass.
        """
        target, facts = self._target, self._facts
        own = len(self._tiles)
        awake = foreign.Awake(target, lambda box: _tile(target, box, viewport=self._view))
        facts.pop("foreign_frames_error", None)
        try:
            places = foreign.places(target, self._bounds, self._view[1])
            for place in places.items(partial(facts.__setitem__, "foreign_frame_tiles_left_out")):
                middle = place.box.middle[1] - self._view[1] / 2
                target.isolated(f"({_script('show.js')})({middle})")
                self._tiles += awake.tile(place)
        except (PlaywrightError, CollectorError) as error:
            facts["foreign_frames_error"] = str(error).splitlines()[0][:300]
        if len(self._tiles) > own or awake.unsteady:
            target.isolated(f"({_script('show.js')})(0)")
        facts["foreign_frame_tiles"] = len(self._tiles) - own
        self._frames = facts["foreign_frames_unsteady"] = len(awake.unsteady)


def _picture(target: Target, **parameters: Any) -> bytes:
    target.emulate()
    answer = target.cdp.send(
        "Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True, **parameters}
    )
    return base64.b64decode(answer["data"])


def _tiles(
    target: Target, box: CssBox, picture: int, *, viewport: tuple[float, float] | None
) -> Iterator[Tile]:
    """Take a part of the page, and yield its tiles: one, or its cells where pictures are to be cut."""
    png = _clip(target, box, viewport)
    cut = target.settings.cut_pictures
    cells = png_cells.cut_png(png, box, target.device.scale) if cut else (png_cells.Cell(box, png),)
    together = picture if len(cells) > 1 else None
    for cell in cells:
        yield _kept(target, CssBox(*cell.box), cell.png, together)


def _tile(target: Target, box: CssBox, *, viewport: tuple[float, float]) -> Tile:
    """Take a part of the page that is scrolled into the viewport, given with its size."""
    return _kept(target, box, _clip(target, box, viewport))


def _clip(target: Target, box: CssBox, viewport: tuple[float, float] | None) -> bytes:
    """Take a part of the page; with the size of the viewport, a part that is scrolled into it."""
    x, y, width, height = box
    clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
    beyond = viewport is None or x + width > viewport[0] or height > viewport[1]
    return _picture(target, clip=clip, captureBeyondViewport=beyond)


def _kept(target: Target, box: CssBox, png: bytes, picture: int | None = None) -> Tile:
    number = target.count("fullpage")
    artifact = target.keep("fullpage", f"fullpage-{number:03d}.png", png)
    width_px, height_px = image_size(png)
    return Tile(
        path=artifact.path,
        box=box,
        width_px=width_px,
        height_px=height_px,
        sha256=artifact.sha256,
        picture=picture,
    )


def _boxes(width: float, height: float, scale: float) -> Iterator[CssBox]:
    """Yield the tiles' boxes from top to bottom, each as high as a picture may be."""
    step = math.floor(MAX_TILE_PX / scale)
    top = 0
    while top < height:
        yield CssBox(0, top, width, min(step, height - top))
        top += step


def _bounded(target: Target, width: float, height: float) -> tuple[float, float]:
    """Return the part of the page in CSS px that fits the settings and one picture's width."""
    widest = math.floor(MAX_TILE_PX / target.device.scale)
    return min(math.ceil(width), widest), min(math.ceil(height), target.settings.max_page_px)


def _script(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
