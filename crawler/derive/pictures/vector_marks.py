"""The social medium's logo in vector drawings: each drawn once, large and clean, for the classifier of logos.

What a page says in geometry needs no luck with pixels: an icon of 12 px is as clear as one of a hundred.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from crawler.derive.cache import find_shared, keep_shared
from crawler.derive.pictures import logos
from crawler.derive.pictures.sheets import Piece, key
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

VERSION = 1  # raise it whenever the same drawing may look otherwise
DRAWN_PX, EDGE_PX = 64, 16
GROUND = "#8a8a8a"  # black and white both stand out from it


class _Sure(Record):
    confidence: float


def look_at_drawings(drawings: Iterable[str]) -> dict[str, float]:
    """Return for each drawing how sure it is that it shows the logo, 0 to 1; 0 where it cannot be drawn.

    Args:
        drawings: Geometry as `crawler.collect.dom.drawings` keeps it.

    Raises:
        ReaderError: the classifier does not start.
    """
    known = {drawing: find_shared("vector-marks", _inputs(drawing), _Sure) for drawing in drawings}
    new = {drawing: drawn(drawing) for drawing, kept in known.items() if kept is None}
    pieces = {drawing: Piece(picture, 1.0, (), key(picture)) for drawing, picture in new.items() if picture}
    marks = dict(zip(pieces, logos.find_logos(list(pieces.values())), strict=True))
    for drawing in new:
        sure = max((sure for sure, _ in marks.get(drawing, ())), default=0.0)
        known[drawing] = made = _Sure(confidence=sure)
        keep_shared("vector-marks", _inputs(drawing), made)
    return {drawing: kept.confidence for drawing, kept in known.items() if kept is not None}


def _inputs(drawing: str) -> dict[str, str]:
    return {"version": f"{VERSION} {logos.engine()}", "drawing": drawing}


def drawn(drawing: str) -> Image.Image | None:
    """Return a drawing as pixels, some ground around it; None if it cannot be drawn."""
    import resvg_py  # noqa: PLC0415 - loaded when there is something to draw

    try:
        data = resvg_py.svg_to_bytes(
            svg_string=drawing, width=DRAWN_PX, height=DRAWN_PX, background=GROUND, skip_system_fonts=True
        )
        icon = Image.open(io.BytesIO(bytes(data)), formats=["PNG"]).convert("RGB")
    except (ValueError, OSError, UnidentifiedImageError):
        return None
    picture = Image.new("RGB", (icon.width + 2 * EDGE_PX, icon.height + 2 * EDGE_PX), GROUND)
    picture.paste(icon, (EDGE_PX, EDGE_PX))
    return picture
