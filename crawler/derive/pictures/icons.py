"""What the icons of a page show: the one beside its title, and the one that a phone puts on the home screen.

Each is laid on white and on black, since its own ground may be clear, and looked at like any small picture.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Literal

from PIL import Image, UnidentifiedImageError

from crawler.derive.cache import cached
from crawler.derive.documents import svg
from crawler.derive.pictures import looks, sheets
from crawler.derive.pictures.logos import Mark
from crawler.derive.pictures.looks import TextLine
from crawler.derive.pictures.sheets import ICON_EDGE, Piece
from crawler.errors import BadPicture, DocumentUnreadable, ReaderError
from crawler.model.evidence import CssBox, Record

if TYPE_CHECKING:
    from crawler.derive.pictures.brand import Terms
    from crawler.store.bundle import Bundle

VERSION = 1  # raise it whenever the same icon may show other things
SIDE = 96  # px that an icon is looked at in
MAX_PIXELS = 4_096 * 4_096
FORMATS = ("PNG", "ICO", "JPEG", "WEBP", "GIF", "BMP")
GROUNDS = ("white", "black")


class IconPixels(Record):
    """What one icon shows. `failed` says that it could not be looked at, with the kind of error and why.

    Boxes of lines and marks are in px of the icon's own file; of an SVG in those of `size_px`.
    """

    status: Literal["read", "failed"]
    error: str = ""
    message: str = ""
    size_px: tuple[int, int] = (0, 0)
    lines: tuple[TextLine, ...] = ()
    marks: tuple[Mark, ...] = ()
    engine: str = ""
    second_engine: str = ""


def look_at_icon(bundle: Bundle, path: str, terms: Terms) -> IconPixels:
    """Return what a kept icon shows, from the cache if it was looked at before."""
    try:
        found = looks.engines()
        inputs = {
            "version": f"{VERSION} {looks.VERSION}",
            "engines": found.model_dump_json(),
            "terms": repr(terms),
            "file": bundle.sha256(path),
        }
        return cached(
            bundle,
            "icons",
            inputs,
            IconPixels,
            lambda: _look_at_icon(open_icon(bundle.read(path)), terms, found),
        )
    except (ReaderError, BadPicture, DocumentUnreadable) as error:
        return IconPixels(status="failed", error=type(error).__name__, message=error.message)


def open_icon(data: bytes) -> Image.Image:
    """Return an icon's picture with its clear parts.

    Raises:
        BadPicture: it is no picture, damaged or too large.
        DocumentUnreadable: it is an SVG that cannot be drawn.
    """
    if b"<svg" in data[:4_096].lower():
        data = svg.drawn(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is below
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            if picture.width * picture.height > MAX_PIXELS:
                raise BadPicture(f"An icon of {picture.width}x{picture.height} px is too large to read.")
            return picture.convert("RGBA")
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, EOFError) as error:
        raise BadPicture(f"An icon cannot be decoded: {error}.") from error
    except Image.DecompressionBombError as error:
        raise BadPicture("An icon is too large to read.") from error


def _look_at_icon(icon: Image.Image, terms: Terms, found: looks.Engines) -> IconPixels:
    by = SIDE / max(icon.size)
    size = max(1, round(icon.width * by)), max(1, round(icon.height * by))
    small = icon.resize(size, Image.Resampling.LANCZOS)
    seen = looks.look_at_pieces([_piece(small, ground) for ground in GROUNDS], terms, found)
    lines = tuple(_own(line, by) for line in seen.lines)
    marks = tuple(mark.model_copy(update={"box": _own_box(mark.box, by)}) for mark in seen.marks)
    return IconPixels(
        status="read", size_px=icon.size, lines=lines, marks=marks, engine=found.first,
        second_engine=found.second,
    )  # fmt: skip


def _piece(icon: Image.Image, ground: str) -> Piece:
    edge = round(ICON_EDGE)
    shown = Image.new("RGB", (icon.width + 2 * edge, icon.height + 2 * edge), ground)
    shown.paste(icon, (edge, edge), icon)
    place = CssBox(-ICON_EDGE, -ICON_EDGE, float(shown.width), float(shown.height))
    return Piece(shown, 1.0, (place,), sheets.key(shown))


def _own(line: TextLine, by: float) -> TextLine:
    hits = tuple(hit.model_copy(update={"box": _own_box(hit.box, by)}) for hit in line.hits)
    return line.model_copy(update={"box": _own_box(line.box, by), "hits": hits})


def _own_box(box: CssBox, by: float) -> CssBox:
    """Return a box in px of the icon's own file."""
    x, y, width, height = (round(value / by, 1) for value in box)
    return CssBox(max(0.0, x), max(0.0, y), width, height)
