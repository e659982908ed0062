"""How the full-page pictures of one stage differ between two runs.

Rows are aligned first: a banner that pushed the page down is one change, not a whole page of them. Rows that
are the same and alone in both pictures are anchors; what lies between two anchors is compared with each other
pixel by pixel. Both pictures are looked at in grey and smaller, at most `WORK_PX` wide, so that a page of
60,000 px costs some megabytes and no more.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import cv2
import numpy as np

from crawler.derive.pictures.joined import join_cells
from crawler.errors import BadPicture, BundleCorrupt
from crawler.lib.images import open_png
from crawler.model.box import ImageBox
from crawler.model.comparison import PictureChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from crawler.model.evidence import CssBox, TileMap
    from crawler.store.bundle import Bundle

    Grey = NDArray[np.uint8]

WORK_PX = 400
MAX_WORK_PX = 50_000_000  # in all: a map of tiles may come from elsewhere
LEVELS = 16  # of grey, a row's signature: what an encoder rounds is no change
APART = 24  # grey levels of 256 from which on a pixel counts as another
MAX_BOXES = 60
MIN_AREA_PX = 4  # working px; below this it is the edge of a letter


class _Page(NamedTuple):
    """A page in grey; `scale` is working px per CSS px."""

    rows: Grey
    scale: float


class _Stretch(NamedTuple):
    """Rows of the older and the newer picture between two anchors."""

    old: slice
    new: slice


@dataclass(frozen=True)
class Alignment:
    """Two pictures of a page with the rows that belong to each other."""

    old: _Page
    new: _Page
    stretches: tuple[_Stretch, ...]

    def counterpart(self, box: CssBox, *, to: Literal["old", "new"]) -> CssBox:
        """Return where the place of a box lies on the other picture, in CSS px of that page.

        Rows without a counterpart, such as a banner that went, lead to the nearest that has one.
        """
        here, there = (self.old, self.new) if to == "new" else (self.new, self.old)
        row = min(max(0, round(box.y * here.scale)), len(here.rows))
        pairs = ((each.old, each.new) if to == "new" else (each.new, each.old) for each in self.stretches)
        for mine, other in pairs:
            if row < mine.stop:
                found = min(other.start + max(0, row - mine.start), max(other.start, other.stop - 1))
                return box._replace(y=found / there.scale)
        return box._replace(y=len(there.rows) / there.scale)


def picture_change(
    pair: Alignment, old_tiles: TileMap, new_tiles: TileMap, masked: Sequence[CssBox] = ()
) -> PictureChange | None:
    """Return how two full-page pictures differ, None where nothing does.

    Args:
        pair: Both pictures, aligned.
        old_tiles: The older page's sizes.
        new_tiles: The newer page's sizes.
        masked: Parts of the newer page that move by themselves, in CSS px; what differs there is left out.
    """
    changed = _changed(pair)
    for x, y, w, h in masked:
        left, top, right, bottom = (round(side * pair.new.scale) for side in (x, y, x + w, y + h))
        changed[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = 0
    found = _boxes(changed, pair.new.scale)
    if not found:
        return None
    return PictureChange(
        share=round(float(np.count_nonzero(changed)) / changed.size, 6),
        boxes=tuple(found[:MAX_BOXES]),
        old_height=old_tiles.page_height,
        new_height=new_tiles.page_height,
        left_out=max(0, len(found) - MAX_BOXES),
    )


def align(old: Bundle, old_tiles: TileMap, new: Bundle, new_tiles: TileMap) -> Alignment:
    """Return two full-page pictures, in grey and small, with their rows aligned.

    Raises:
        BundleCorrupt: a tile is no picture.
    """
    before, after = _read_page(old, old_tiles), _read_page(new, new_tiles)
    return Alignment(before, after, tuple(_stretches(_signatures(before.rows), _signatures(after.rows))))


def are_same(old_tiles: TileMap, new_tiles: TileMap) -> bool:
    """Say whether two full-page pictures are the same, byte for byte."""
    return [tile.sha256 for tile in old_tiles.tiles] == [tile.sha256 for tile in new_tiles.tiles]


def _changed(pair: Alignment) -> Grey:
    """Return which pixels of the newer picture are not in the older one, as 1."""
    changed = np.zeros(pair.new.rows.shape, np.uint8)
    ground = int(np.bincount(pair.new.rows.ravel(), minlength=256).argmax())
    for stretch in pair.stretches:
        changed[stretch.new] = _differing_pixels(
            pair.old.rows[stretch.old], pair.new.rows[stretch.new], ground
        )
    return changed


def _read_page(bundle: Bundle, tiles: TileMap) -> _Page:
    """Return a page in grey, small, with its tiles where they lie; what no tile shows is white."""
    across, down = tiles.taken
    scale = min(1.0, WORK_PX / max(across, 1.0), math.sqrt(MAX_WORK_PX / max(across * down, 1.0)))
    width = max(1, round(across * scale))
    rows = np.full((max(1, round(down * scale)), width), 255, np.uint8)
    for together in tiles.pictures:
        try:
            box, pixels = join_cells(together, lambda tile: open_png(bundle.read(tile.path)))
        except BadPicture as error:
            raise BundleCorrupt(f"{together[0].path} in {bundle.root}: {error.message}") from error
        picture = np.asarray(pixels.convert("L"))
        x, y, w, h = (round(side * scale) for side in box)
        w, h = min(w, width - x), min(h, rows.shape[0] - y)
        if w > 0 and h > 0:
            rows[y : y + h, x : x + w] = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA)
    return _Page(rows, scale)


def _signatures(rows: Grey) -> list[bytes]:
    """Return for each row what it looks like, in few levels of grey and few columns."""
    columns = max(1, rows.shape[1] // 8)
    small = cv2.resize(rows, (columns, rows.shape[0]), interpolation=cv2.INTER_AREA)
    return [row.tobytes() for row in (small // LEVELS)]


def _stretches(old: list[bytes], new: list[bytes]) -> Iterator[_Stretch]:
    """Yield the rows that belong to each other, from anchor to anchor."""
    last_old, last_new = 0, 0
    for at_old, at_new in (*_anchors(old, new), (len(old), len(new))):
        yield _Stretch(slice(last_old, at_old), slice(last_new, at_new))
        last_old, last_new = at_old, at_new


def _anchors(old: list[bytes], new: list[bytes]) -> list[tuple[int, int]]:
    """Return rows that are alone in both pictures and alike, in the same order in both (patience diff)."""
    alone_old, alone_new = _alone(old), _alone(new)
    pairs = sorted((alone_old[row], at) for row, at in alone_new.items() if row in alone_old)
    # The longest run of pairs that climbs on both sides.
    tops: list[int] = []
    chains: list[int] = []
    before: list[int] = []
    for number, (_, at) in enumerate(pairs):
        pile = bisect_left(tops, at)
        before.append(chains[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(at)
            chains.append(number)
        else:
            tops[pile], chains[pile] = at, number
    found: list[tuple[int, int]] = []
    number = chains[-1] if chains else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _alone(rows: list[bytes]) -> dict[bytes, int]:
    """Return the rows that are there once, with where they are."""
    places: dict[bytes, int] = {}
    twice: set[bytes] = set()
    for at, row in enumerate(rows):
        if row in places:
            twice.add(row)
        places[row] = at
    return {row: at for row, at in places.items() if row not in twice}


def _differing_pixels(old: Grey, new: Grey, ground: int) -> Any:
    """Return which pixels of the newer rows are others; without a counterpart, those that are not ground."""
    found = np.zeros(new.shape, np.uint8)
    rows, columns = min(old.shape[0], new.shape[0]), min(old.shape[1], new.shape[1])
    if rows and columns:
        apart = cv2.absdiff(old[:rows, :columns], new[:rows, :columns])
        found[:rows, :columns] = (apart >= APART).astype(np.uint8)
    rest = new[rows:]
    if rest.size:
        found[rows:] = (cv2.absdiff(rest, np.full_like(rest, ground)) >= APART).astype(np.uint8)
    return found


def _boxes(changed: Any, scale: float) -> list[CssBox]:
    """Return where changed pixels lie together, in CSS px, the largest first."""
    joined = cv2.dilate(changed, np.ones((9, 15), np.uint8))
    _, _, facts, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    for x, y, w, h, _area in facts[1:].tolist():
        if int(np.count_nonzero(changed[y : y + h, x : x + w])) >= MIN_AREA_PX:
            found.append((w * h, ImageBox(x, y, w, h).to_css(scale)))
    return [box for _, box in sorted(found, reverse=True)]
