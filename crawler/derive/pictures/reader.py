"""Reads the pictures of one bundle for all rules of one judgement: pages and icons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.derive.pictures import icons, looks, ocr
from crawler.derive.pictures.brand import NOTHING, Terms
from crawler.errors import ReaderError

if TYPE_CHECKING:
    from crawler.derive.pictures.icons import IconPixels
    from crawler.derive.pictures.ocr import Mode, PixelText
    from crawler.store.bundle import Bundle


class PictureReader:
    """Reads pictures; those of all pages at the first question, since together they take less time.

    Args:
        bundle: The sealed bundle.
        terms: Names that are looked for.
        mode: How much of the pixels OCR reads.
    """

    def __init__(self, bundle: Bundle, terms: Terms = NOTHING, mode: Mode = "media") -> None:
        self._bundle = bundle
        self._terms = terms
        self._mode = mode
        self._ahead = False

    def page(self, visit: int, page: int) -> PixelText:
        """Return what OCR reads on a page's pictures."""
        if not self._ahead:
            self._ahead = True
            ocr.read_ahead(self._bundle, terms=self._terms, mode=self._mode)
        return ocr.pixel_text(self._bundle, visit, page, terms=self._terms, mode=self._mode)

    def icon(self, path: str) -> IconPixels:
        """Return what an icon shows."""
        return icons.look_at_icon(self._bundle, path, self._terms)

    def versions(self) -> dict[str, str]:
        """Return what a reading stands on: its version, how much is read, and what reads first here."""
        return {
            "reader:ocr": str(looks.VERSION),
            "reader:ocr-mode": self._mode,
            "reader:ocr-first": _first_engine(),
        }


def _first_engine() -> str:
    """Return what reads pixels first on this machine; nothing where nobody does."""
    try:
        return looks.engines().first
    except ReaderError:
        return ""
