"""Copies of a bundle's pictures to look at: what lies around a finding, and pyramids for the deep zoom.

A full-page picture is stored as strips. Each strip becomes a pyramid of small tiles when somebody first looks
at it, one strip at a time, so that a page of any length takes the memory of one strip. Copies lie in the
desk's own folder, named by seal and hash; the bundle is only read. The oldest go when there are too many.
"""

from __future__ import annotations

import math
import shutil
from threading import Lock
from typing import TYPE_CHECKING
from uuid import uuid4

from PIL import Image

from crawler.errors import BadPicture
from crawler.lib.images import open_png
from crawler.report.pictures import Gallery
from crawler.review.refusal import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.model.evidence import CssBox, Tile
    from crawler.report.views import PictureView
    from crawler.store.bundle import Bundle

TILE_PX = 512
QUALITY = 88
MOST_STRIPS, MOST_CROPS = 400, 4_000  # kept; a strip of 8,192 px takes some 2 MB
_ONE_AT_A_TIME = Lock()


class Copies:
    """Makes and keeps copies of pictures below one folder."""

    def __init__(self, folder: Path) -> None:
        self._strips = folder / "strips"
        self._crops = folder / "crops"

    def crop(self, bundle: Bundle, picture: PictureView, box: CssBox) -> Path | None:
        """Return the file of what lies around a box, as WebP; None where the box is not on the picture.

        Raises:
            ArtifactMissing: the bundle lacks the picture.
            BundleCorrupt: a file of the bundle changed.
        """
        if not all(map(math.isfinite, box)):
            return None
        place = "-".join(f"{side:.0f}" for side in box)
        path = self._crops / f"{bundle.seal[:32]}-{picture.tiles[0].sha256[:16]}-{place}.webp"
        if path.exists():
            return path
        with _ONE_AT_A_TIME:
            cut = Gallery(bundle, 1).crop(picture, box)
        if cut is None:
            return None
        _write(path, cut.webp)
        _trim(self._crops, MOST_CROPS)
        return path

    def tile(self, bundle: Bundle, strip: Tile, level: int, column: int, row: int) -> Path:
        """Return the file of one tile of the pyramid of a strip, as JPEG; see `levels`.

        Raises:
            Refusal: 404 where the pyramid has no such tile, 415 where the strip cannot be decoded.
        """
        folder = self._strips / f"{bundle.seal[:32]}-{strip.sha256[:32]}"
        if not folder.exists():
            with _ONE_AT_A_TIME:
                if not folder.exists():
                    _build(folder, bundle.read(strip.path))
            _trim(self._strips, MOST_STRIPS)
        path = folder / f"{level}-{column}-{row}.jpg"
        if not path.exists():
            raise Refusal(404, "desk.refusal.not-found")
        return path


def levels(width_px: int, height_px: int) -> tuple[int, int]:
    """Return the first and last level of a pyramid: the first fits one tile, the last is the original."""
    last = max(1, math.ceil(math.log2(max(width_px, height_px, 1))))
    return min(last, int(math.log2(TILE_PX))), last


def _build(folder: Path, data: bytes) -> None:
    """Cut a picture into the tiles of all levels, then give the folder its name."""
    try:
        image = open_png(data)
    except BadPicture as error:
        raise Refusal(415, "desk.refusal.no-picture") from error
    unfinished = folder.parent / f".{uuid4().hex}"
    unfinished.mkdir(parents=True)
    try:
        _cut(unfinished, _opaque(image))
        unfinished.replace(folder)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _opaque(image: Image.Image) -> Image.Image:
    """Return a picture without transparency, on white."""
    if image.mode != "RGBA":
        return image if image.mode in ("L", "RGB") else image.convert("RGB")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _cut(folder: Path, image: Image.Image) -> None:
    first, last = levels(image.width, image.height)
    for level in range(last, first - 1, -1):
        for row in range(math.ceil(image.height / TILE_PX)):
            for column in range(math.ceil(image.width / TILE_PX)):
                left, top = column * TILE_PX, row * TILE_PX
                box = (left, top, min(left + TILE_PX, image.width), min(top + TILE_PX, image.height))
                image.crop(box).save(folder / f"{level}-{column}-{row}.jpg", quality=QUALITY)
        if level > first:
            image = image.resize(
                (math.ceil(image.width / 2), math.ceil(image.height / 2)), Image.Resampling.BOX
            )


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.parent / f".{uuid4().hex}"
    unfinished.write_bytes(data)
    unfinished.replace(path)


def _trim(folder: Path, most: int) -> None:
    """Let the oldest copies go; they are made again when somebody looks."""
    kept = sorted((path for path in folder.iterdir() if path.name[0] != "."), key=_made_at)
    for path in kept[:-most]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _made_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another thread let it go
        return 0.0
