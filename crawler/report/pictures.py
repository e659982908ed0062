"""Pictures for a report: smaller copies, within one total size. Originals stay untouched.

Pages get equal shares of the total; a page that needs less leaves its rest to those that follow. What does
not fit even at the smallest step is left out and said to be.
"""

from __future__ import annotations

import base64
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from crawler.derive.pictures.joined import box_of, join_cells
from crawler.errors import BadPicture
from crawler.lib.images import MAX_IMAGE_PIXELS, open_png
from crawler.model.box import overlap
from crawler.model.evidence import CssBox

if TYPE_CHECKING:
    from crawler.derive.pictures.joined import Joined
    from crawler.model.evidence import Tile
    from crawler.report.views import PictureView
    from crawler.store.bundle import Bundle

TOTAL_BYTES = 16 * 2**20
CROP_BYTES = 6 * 2**20
MAX_CROPS = 120
MAX_TILE_PIXELS = MAX_IMAGE_PIXELS
CANVAS_PIXELS = 4_000_000  # of one crop, whatever sizes a page or its map of tiles gives
_STEPS = ((860, 62), (640, 50), (440, 40), (300, 30))  # width px, WebP quality
_MAX_SCALE = 1.6  # image px per CSS px of a page
_MAX_WEBP_PX = 16_383  # of a side, by the format
_CROP_MARGIN = (120, 60)  # CSS px around a box
_CROP_MIN = (560, 140)  # CSS px, so that a small box shows its surroundings
_CROP_MAX = (1_000, 620)  # CSS px
_THUMBNAIL_PX = (320, 420)
_SCREEN_PX = (640, 900)
_CROP_MAX_SCALE = 2.0  # image px per CSS px


class _Encoded:
    """A picture made anew: as WebP, for a server, and as a `data:` address, for a file that is alone."""

    webp: bytes

    @property
    def uri(self) -> str:
        """The picture as a `data:` address."""
        return "data:image/webp;base64," + base64.b64encode(self.webp).decode("ascii")


@dataclass(frozen=True)
class ShownTile(_Encoded):
    """A picture as it was taken, as the report shows it: file and box, in percent of the whole, of its place.

    Where it was cut into cells, `path` and `sha256` are those of the first.
    """

    webp: bytes
    path: str
    sha256: str
    box_percent: CssBox


@dataclass(frozen=True)
class Crop(_Encoded):
    """A part of a page, cut out of the original. `box_percent` is the box of a finding on it, if any."""

    webp: bytes
    width: float
    height: float
    box_percent: CssBox | None


@dataclass(frozen=True)
class Thumbnail(_Encoded):
    """The top of a page, small, as a film strip shows it. Sides in CSS px of the page."""

    webp: bytes
    width: float
    height: float


class Gallery:
    """Makes the pictures of one report and keeps to its total size.

    Args:
        bundle: Where the originals are.
        pictures: How many pictures the report means to show.
    """

    def __init__(self, bundle: Bundle, pictures: int) -> None:
        self._bundle = bundle
        self._left_bytes = TOTAL_BYTES
        self._left_pictures = max(pictures, 1)
        self._crop_bytes = CROP_BYTES
        self._crops = 0
        self._opened: tuple[str, Joined | None] = ("", None)

    def tiles(self, picture: PictureView) -> tuple[ShownTile, ...] | None:
        """Return the tiles of a picture, or None if they do not fit or cannot be decoded."""
        share = self._left_bytes // max(self._left_pictures, 1)
        self._left_pictures -= 1
        encoded = self._within(picture, share)
        if encoded is None:
            return None
        self._left_bytes -= sum(len(data) for data in encoded)
        return tuple(
            ShownTile(data, cells[0].path, cells[0].sha256, percent(box_of(cells), picture))
            for cells, data in zip(picture.taken, encoded, strict=True)
        )

    def tile(self, picture: PictureView, number: int) -> ShownTile | None:
        """Return one of `picture.taken` by its place, from 0, as a report shows it; None if undecodable."""
        cells = picture.taken[number]
        taken = self._open(cells)
        if taken is None:
            return None
        width_px, quality = _STEPS[0]
        data = _webp(_resized(taken, _factor(width_px, picture)), quality)
        return ShownTile(data, cells[0].path, cells[0].sha256, percent(taken.box, picture))

    def whole(self, picture: PictureView) -> Crop | None:
        """Return a whole picture as one, as large as `CANVAS_PIXELS` allow; None if it cannot be decoded."""
        image = self._cut(picture, CssBox(0, 0, picture.width, picture.height))
        if image is None:
            return None
        image.thumbnail((_STEPS[0][0], _MAX_WEBP_PX))
        return Crop(_webp(image, _STEPS[0][1]), picture.width, picture.height, None)

    def thumbnail(self, picture: PictureView, viewport_px: tuple[int, int]) -> Thumbnail | None:
        """Return what the first screen of a page looked like, or None if it cannot be decoded."""
        width = min(picture.width, max(viewport_px[0], 1))  # a page may be wider by far than any screen
        height = min(picture.height, width * viewport_px[1] / max(viewport_px[0], 1))
        image = self._cut(picture, CssBox(0, 0, width, height))
        if image is None:
            return None
        image.thumbnail(_THUMBNAIL_PX)
        return Thumbnail(_webp(image, 60), width, height)

    def first_screen(self, picture: PictureView, viewport_px: tuple[int, int]) -> Crop | None:
        """Return the first screen of a page as a crop without a box, or None if it cannot be decoded."""
        height = min(picture.height, picture.width * viewport_px[1] / max(viewport_px[0], 1))
        image = self._cut(picture, CssBox(0, 0, picture.width, height))
        if image is None:
            return None
        image.thumbnail(_SCREEN_PX)
        return Crop(_webp(image, 70), picture.width, height, None)

    def crop(self, picture: PictureView, box: CssBox) -> Crop | None:
        """Return what lies around a box, or None if it is not on the picture or the crops' share is used."""
        if self._crops >= MAX_CROPS or self._crop_bytes <= 0 or not picture.holds(box):
            return None
        frame = _frame(picture, box)
        image = self._cut(picture, frame)
        if image is None:
            return None
        data = _webp(image, 78)
        self._crops += 1
        self._crop_bytes -= len(data)
        x, y, w, h = frame
        inner = box._replace(x=box.x - x, y=box.y - y)
        return Crop(data, w, h, _percent(inner, w, h))

    def _within(self, picture: PictureView, share_bytes: int) -> list[bytes] | None:
        """Encode all tiles at the largest step that fits the share."""
        images: list[Joined] = []
        for cells in picture.taken:
            taken = self._open(cells)
            if taken is None:
                return None
            images.append(taken._replace(pixels=_resized(taken, _factor(_STEPS[0][0], picture))))
        for width_px, quality in _STEPS:
            factor = _factor(width_px, picture)
            encoded = [_webp(_resized(taken, factor), quality) for taken in images]
            if sum(len(data) for data in encoded) <= share_bytes:
                return encoded
        return None

    def _cut(self, picture: PictureView, frame: CssBox) -> Image.Image | None:
        """Return a part of a picture put together from the tiles under it; None if one cannot be decoded."""
        x, y, w, h = frame
        pictures = [cells for cells in picture.taken if overlap(box_of(cells), frame)]
        fits = math.sqrt(CANVAS_PIXELS / (w * h))
        scales = [cells[0].width_px / cells[0].box.w for cells in pictures]
        factor = min([_CROP_MAX_SCALE, fits, *scales])
        canvas = Image.new("RGB", (max(1, int(w * factor)), max(1, int(h * factor))), "white")
        for cells in pictures:
            taken = self._open(cells)
            if taken is None:
                return None
            (tx, ty, tw, th), image = taken
            left, top, right, bottom = max(x, tx), max(y, ty), min(x + w, tx + tw), min(y + h, ty + th)
            sx, sy = image.width / tw, image.height / th
            source = ((left - tx) * sx, (top - ty) * sy, (right - tx) * sx, (bottom - ty) * sy)
            size = (max(1, round((right - left) * factor)), max(1, round((bottom - top) * factor)))
            part = image.resize(size, Image.Resampling.LANCZOS, box=source).convert("RGB")
            canvas.paste(part, (round((left - x) * factor), round((top - y) * factor)))
        return canvas

    def _open(self, cells: tuple[Tile, ...]) -> Joined | None:
        """Decode a picture; the last one stays at hand, since findings come in the order of the page."""
        if cells[0].path != self._opened[0]:
            self._opened = (cells[0].path, self._decoded(cells))
        return self._opened[1]

    def _decoded(self, cells: tuple[Tile, ...]) -> Joined | None:
        def opened(tile: Tile) -> Image.Image:
            return open_png(self._bundle.read(tile.path), max_pixels=MAX_TILE_PIXELS)

        try:
            return join_cells(cells, opened)
        except BadPicture:
            return None


def _factor(width_px: int, picture: PictureView) -> float:
    """Return image px per CSS px for a step: a narrow page needs no more than it can show."""
    return min(width_px / picture.width, _MAX_SCALE)


def _resized(taken: Joined, factor: float) -> Image.Image:
    """Return a picture at `factor` image px per CSS px, or smaller where it has fewer."""
    (_, _, width, height), image = taken
    shrink = min(factor, image.width / width, image.height / height)
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    return image.resize(size, Image.Resampling.HAMMING, reducing_gap=1.5).convert("RGB")


def percent(box: CssBox, picture: PictureView) -> CssBox:
    """Return a box in percent of a picture, cut off at its edges."""
    return _percent(box, picture.width, picture.height)


def _percent(box: CssBox, width: float, height: float) -> CssBox:
    x, y, w, h = box
    left, top = max(x, 0.0), max(y, 0.0)
    right, bottom = min(x + w, width), min(y + h, height)
    wide, high = max(right - left, 0.0), max(bottom - top, 0.0)
    return CssBox(left / width * 100, top / height * 100, wide / width * 100, high / height * 100)


def _frame(picture: PictureView, box: CssBox) -> CssBox:
    """Return the part of a picture to show for a box: the box with a margin, within least and most sizes."""
    left, wide = _side(box.x, box.w, picture.width, 0)
    top, high = _side(box.y, box.h, picture.height, 1)
    return CssBox(left, top, wide, high)


def _side(start: float, length: float, page: float, axis: int) -> tuple[float, float]:
    wanted = min(max(length + 2 * _CROP_MARGIN[axis], _CROP_MIN[axis]), _CROP_MAX[axis], page)
    middle = start + min(length, _CROP_MAX[axis]) / 2
    return min(max(middle - wanted / 2, 0.0), page - wanted), wanted


def _webp(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()
