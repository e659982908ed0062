"""Pictures opened safely.

A picture from a page is data of a stranger: its format must be PNG, its size is looked at before a pixel is
decoded, and whatever breaks becomes one kind of error.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib

from PIL import Image, UnidentifiedImageError

from crawler.errors import BadPicture

# Source: a tile is at most 8,192 px high; phones are 412 CSS px wide at scale 3, desktops below 4,096 px.
MAX_IMAGE_PIXELS = 8_192 * 8_192


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
