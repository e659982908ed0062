"""What a finding in pixels looks like, as a hash: a decision about it ends when it looks otherwise."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from crawler.derive.cache import cached
from crawler.errors import ArtifactMissing, BadPicture
from crawler.lib.images import open_png
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from PIL import Image

    from crawler.model.finding import PixelPlace
    from crawler.store.bundle import Bundle

VERSION = 1


class CropHash(Record):
    """The SHA-256 of the RGB pixels of a place; empty where there are none."""

    sha256: str


class Crops:
    """Hashes places on the pictures of one bundle; the last picture stays at hand."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._opened: tuple[str, Image.Image | None] = ("", None)

    def sha256(self, place: PixelPlace) -> str:
        """Return the hash of the pixels of a place; of the whole file where it is no PNG, such as an icon.

        Empty where the bundle has no such file.
        """
        try:
            inputs = {
                "picture": self._bundle.sha256(place.path),
                "box": repr(tuple(place.box_px)),
                "version": str(VERSION),
            }
        except ArtifactMissing:
            return ""
        return cached(
            self._bundle, "crops", inputs, CropHash, lambda: CropHash(sha256=self._hash(place))
        ).sha256

    def _hash(self, place: PixelPlace) -> str:
        image = self._open(place.path)
        if image is None:
            return self._bundle.sha256(place.path)
        box = place.box_px
        crop = image.crop(box.edges if box.w and box.h else (0, 0, *image.size))
        digest = hashlib.sha256(repr(crop.size).encode())
        digest.update(crop.convert("RGB").tobytes())
        return digest.hexdigest()

    def _open(self, path: str) -> Image.Image | None:
        if path != self._opened[0]:
            try:
                self._opened = (path, open_png(self._bundle.read(path)))
            except BadPicture:
                self._opened = (path, None)
        return self._opened[1]
