"""Pictures opened safely, and boxes turned from CSS px to image px and back.

A picture from a page is data of a stranger: its format must be PNG, its size is looked at before a pixel is
decoded, and whatever breaks becomes one kind of error.
"""

from __future__ import annotations

import io
import math
import struct
import warnings
import zlib
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from crawler.errors import BadPicture

if TYPE_CHECKING:
    from crawler.lib.box import CssBox

# Source: a tile is at most 8,192 px high; phones are 412 CSS px wide at scale 3, desktops below 4,096 px.
MAX_IMAGE_PIXELS = 8_192 * 8_192
PixelBox = tuple[int, int, int, int]  # left, top, right, bottom, as Pillow has it


def open_png(data: bytes, *, max_pixels: int = MAX_IMAGE_PIXELS) -> Image.Image:
    """Return a decoded PNG as grey, RGB or RGBA.

    Args:
        data: The file.
        max_pixels: Width times height above which nothing is decoded.

    Raises:
        BadPicture: it is no PNG, it is damaged, or it is larger than `max_pixels`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is below
            picture = Image.open(io.BytesIO(data), formats=("PNG",))
            if picture.width * picture.height > max_pixels:
                raise BadPicture(f"A picture of {picture.width}x{picture.height} px is too large to read.")
            picture.load()
    except UnidentifiedImageError as error:
        raise BadPicture("A picture cannot be decoded: it is no PNG.") from error
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error) as error:
        raise BadPicture(f"A picture cannot be decoded: {error}.") from error
    except Image.DecompressionBombError as error:
        raise BadPicture("A picture is too large to read.") from error
    return picture if picture.mode in ("L", "RGB", "RGBA") else picture.convert("RGB")


def to_pixels(box: CssBox, scale: float, *, origin: tuple[float, float] = (0.0, 0.0)) -> PixelBox:
    """Return the image px that a CSS box touches.

    Args:
        box: `(x, y, w, h)` in CSS px of the page.
        scale: Image px for one CSS px.
        origin: Where the picture's upper left corner lies on the page, in CSS px.
    """
    x, y, width, height = box
    left, top = (x - origin[0]) * scale, (y - origin[1]) * scale
    return (
        math.floor(left),
        math.floor(top),
        math.ceil(left + width * scale),
        math.ceil(top + height * scale),
    )


def to_css(pixels: PixelBox, scale: float, *, origin: tuple[float, float] = (0.0, 0.0)) -> CssBox:
    """Return a box of image px as `(x, y, w, h)` in CSS px of the page; the reverse of `to_pixels`."""
    left, top, right, bottom = pixels
    return (
        left / scale + origin[0],
        top / scale + origin[1],
        (right - left) / scale,
        (bottom - top) / scale,
    )


def clip(pixels: PixelBox, size: tuple[int, int]) -> PixelBox | None:
    """Return the part of a box that lies in a picture of this size; none if no pixel does."""
    left, top = max(0, pixels[0]), max(0, pixels[1])
    right, bottom = min(size[0], pixels[2]), min(size[1], pixels[3])
    return (left, top, right, bottom) if left < right and top < bottom else None
