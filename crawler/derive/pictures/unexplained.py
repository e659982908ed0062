"""Pixels that may hold letters and that neither page text nor a picture's box explains.

A page can draw words in ways that no element tells: a border image, a mask, a list marker, whatever comes to
be invented. What stands out on the page beyond all known boxes is read like a picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.derive.pictures import sheets
from crawler.lib.lazy import LazyPackage
from crawler.model.box import CssBox, around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import cv2
    import numpy as np
    from PIL import Image

    from crawler.derive.pictures.joined import Joined

    Mask = np.ndarray[Any, np.dtype[np.uint8]]
else:
    cv2 = LazyPackage("cv2")
    np = LazyPackage("numpy")

VERSION = 3  # raise it whenever the same pixels may give other boxes
DIFFERS = 24  # grey levels between neighbours: letters of the least contrast that is read
AROUND_PX = 4.0  # around a known box: shadows, underlines, outlines and overhanging letters belong to it
EDGE_PX = 4.0  # of ground left around what is found; no more than is cleared around known boxes
LONGEST_PX = 24  # a straight edge this long is a frame or a rule, not a letter
BLOCK_PX = 12  # what stands out is gathered in blocks, and blocks that touch in boxes
FILLED = (0.06, 0.9)  # part of its box that a line of letters covers with edges
MOST = 60  # boxes of a page: where there are more, neighbours are put together until there are not
CELL_PX = (400.0, 300.0)  # within which boxes are neighbours at first


def unexplained_boxes(known: Iterable[CssBox], pictures: Iterable[Joined]) -> tuple[CssBox, ...]:
    """Return boxes in CSS px of the page that may hold letters nothing explains; at most `MOST`.

    None is dropped: where there are more, one box stands around several.

    Args:
        known: Boxes of texts and pictures, in CSS px of the page.
        pictures: The page's pictures as they were taken.
    """
    explained = list(known)
    found: list[CssBox] = []
    for (x, y, width, height), pixels in pictures:
        mask = _edges(pixels, (max(1, round(width)), max(1, round(height))))
        for box in explained:
            _clear(mask, box._replace(x=box.x - x, y=box.y - y))
        found += [box._replace(x=box.x + x, y=box.y + y) for box in _gathered(mask)]
    return _bounded(found)


def _bounded(found: list[CssBox]) -> tuple[CssBox, ...]:
    """Return boxes put together by the cells of a grid, which grow until few enough are left."""
    across, down = CELL_PX
    boxes = found
    while len(boxes) > MOST:
        cells: dict[tuple[int, int], CssBox] = {}
        for box in boxes:
            cell = int(box.middle[0] // across), int(box.middle[1] // down)
            cells[cell] = around(cells[cell], box) if cell in cells else box
        boxes = list(cells.values())
        across, down = 2 * across, 2 * down
    return tuple(boxes)


def _edges(picture: Image.Image, size: tuple[int, int]) -> Mask:
    """Return where neighbours differ at one px for a CSS px, long straight edges left out."""
    grey = cv2.cvtColor(np.asarray(picture), cv2.COLOR_RGB2GRAY)
    if picture.size != size:
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    steep = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8))
    mask = np.asarray(cv2.threshold(steep, DIFFERS, 1, cv2.THRESH_BINARY)[1], np.uint8)
    for kernel in (np.ones((1, LONGEST_PX), np.uint8), np.ones((LONGEST_PX, 1), np.uint8)):
        mask &= 1 - np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel), np.uint8)
    return mask


def _clear(mask: Mask, box: CssBox) -> None:
    left, top = max(0, round(box.x - AROUND_PX)), max(0, round(box.y - AROUND_PX))
    right, bottom = round(box.right + AROUND_PX), round(box.bottom + AROUND_PX)
    if right > 0 and bottom > 0:
        mask[top:bottom, left:right] = 0


def _gathered(mask: Mask) -> Iterator[CssBox]:
    """Yield the boxes of what stands out, as wide as a name and as full as letters are."""
    points = cv2.findNonZero(mask)
    if points is None:
        return
    xs, ys = np.asarray(points).reshape(-1, 2).T
    busy = np.zeros((mask.shape[0] // BLOCK_PX + 1, mask.shape[1] // BLOCK_PX + 1), np.uint8)
    busy[ys // BLOCK_PX, xs // BLOCK_PX] = 1
    count, labels = cv2.connectedComponents(busy, connectivity=8)
    owners = labels[ys // BLOCK_PX, xs // BLOCK_PX]
    for owner in range(1, count):
        mine = owners == owner
        left, top = int(xs[mine].min()), int(ys[mine].min())
        width, height = int(xs[mine].max()) + 1 - left, int(ys[mine].max()) + 1 - top
        box = CssBox(float(left), float(top), float(width), float(height))
        if sheets.wide(box) and FILLED[0] <= np.count_nonzero(mine) / (width * height) <= FILLED[1]:
            yield CssBox(left - EDGE_PX, top - EDGE_PX, width + 2 * EDGE_PX, height + 2 * EDGE_PX)
