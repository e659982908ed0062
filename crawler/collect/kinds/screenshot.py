"""Pictures of a page: as seen, and whole.

The whole page is taken in clip tiles beyond the viewport, after one scroll pass that lets lazy parts load.
Scrolling between the pictures would repeat sticky headers, a viewport as high as the page would inflate
`100vh` blocks, and one picture of everything goes wrong past the size of a GPU texture. Frames of other
processes are not painted beyond the viewport, so those below it are taken again, scrolled into view.
"""

from __future__ import annotations

import base64
import math
from importlib import resources
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error as PlaywrightError

from crawler.collect import snapshot
from crawler.collect.target import image_size
from crawler.errors import CollectorError
from crawler.model.evidence import Artifact, Tile, TileMap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.collect.target import Target
    from crawler.model.evidence import Box

# Source: measured on Chromium 156 with software GL, November 2026: rows past 8,192 px were wrong.
MAX_TILE_PX = 8_192
SCROLL_PASS_LIMIT_MS = 20_000
IMAGES_LIMIT_MS = 5_000
MAX_FRAME_TILES = 30


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
        limits = (target.settings.max_page_px, SCROLL_PASS_LIMIT_MS, IMAGES_LIMIT_MS)
        facts = target.isolated(f"({_script('scroll_pass.js')})({','.join(map(str, limits))})")
        size = target.cdp.send("Page.getLayoutMetrics")["cssContentSize"]
        width, height = _bounded(target, size["width"], size["height"])
        tiles = [
            _tile(target, number, box)
            for number, box in enumerate(_boxes(width, height, target.device.scale), start=1)
        ]
        tiles += _foreign_frames(target, (width, height), len(tiles), facts)
        record = TileMap(
            page_width=size["width"],
            page_height=size["height"],
            scale=target.device.scale,
            tiles=tuple(tiles),
            truncated=width < size["width"] or height < size["height"],
            scroll_pass=facts,
        )
        target.keep_json("tiles", "tiles.json", record)
        return tuple(target.taken[before:])


def _foreign_frames(
    target: Target, page: tuple[float, float], taken: int, facts: dict[str, Any]
) -> list[Tile]:
    """Take frames of other processes again, each scrolled into view: beyond the viewport they stay blank.

    Their tiles lie over the others. What could not be taken is named in `facts`.
    """
    tiles: list[Tile] = []
    try:
        for box in _blank(target, page):
            middle = box[1] + box[3] / 2 - target.isolated("innerHeight") / 2
            target.isolated(f"({_script('show.js')})({middle})")
            tiles.append(_tile(target, taken + len(tiles) + 1, box))
    except (PlaywrightError, CollectorError) as error:
        facts["foreign_frames_error"] = str(error).splitlines()[0][:300]
    if tiles:
        target.isolated(f"({_script('show.js')})(0)")
    facts["foreign_frame_tiles"] = len(tiles)
    return tiles


def _blank(target: Target, page: tuple[float, float]) -> list[Box]:
    """Return the parts of the page that show other processes' frames below the first viewport."""
    read = snapshot.read(target)
    viewport_px = target.isolated("innerHeight")
    boxes: list[Box] = []
    for document, session in zip(read.documents, read.sessions, strict=True):
        parent, box = document.frame.parent, document.frame.box
        if parent is None or box is None or session is target.cdp or read.sessions[parent] is not target.cdp:
            continue
        x, y = max(0.0, box[0]), max(0.0, box[1])
        right, bottom = min(page[0], box[0] + box[2]), min(page[1], box[1] + box[3])
        while right - x >= 1 and bottom - y >= 1 and bottom > viewport_px:
            height = min(bottom - y, viewport_px)
            boxes.append((x, y, right - x, height))
            y += height
    return boxes[:MAX_FRAME_TILES]


def _picture(target: Target, **parameters: Any) -> bytes:
    target.emulate()
    answer = target.cdp.send(
        "Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True, **parameters}
    )
    return base64.b64decode(answer["data"])


def _tile(target: Target, number: int, box: Box) -> Tile:
    x, y, width, height = box
    clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
    png = _picture(target, clip=clip, captureBeyondViewport=True)
    artifact = target.keep("fullpage", f"fullpage-{number:03d}.png", png)
    width_px, height_px = image_size(png)
    return Tile(path=artifact.path, box=box, width_px=width_px, height_px=height_px, sha256=artifact.sha256)


def _boxes(width: float, height: float, scale: float) -> Iterator[Box]:
    """Yield the tiles' boxes from top to bottom, each as high as a picture may be."""
    step = math.floor(MAX_TILE_PX / scale)
    top = 0
    while top < height:
        yield (0, top, width, min(step, height - top))
        top += step


def _bounded(target: Target, width: float, height: float) -> tuple[float, float]:
    """Return the part of the page in CSS px that fits the settings and one picture's width."""
    widest = math.floor(MAX_TILE_PX / target.device.scale)
    return min(math.ceil(width), widest), min(math.ceil(height), target.settings.max_page_px)


def _script(name: str) -> str:
    return resources.files("crawler.collect").joinpath(name).read_text(encoding="utf-8")
