"""Takes a stranger's picture file apart, frame by frame, in a process of its own: see `picture_file`.

The file is standard input. For each frame that is looked at, a line of JSON (`Head`) and the pixels of the
frame as RGB bytes go to standard output, the last line says what was left out (`End`). A frame is turned as
its EXIF says, since a viewer does so too. A frame that one can see through comes twice, on white and on
black: white letters on nothing are seen on one of them only.
"""

from __future__ import annotations

import json
import math
import re
import resource
import struct
import sys
import warnings
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import pillow_heif
from PIL import ExifTags, Image, UnidentifiedImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF")
MAX_PIXELS = 8_192 * 8_192
# Source: with so many pixels no process takes more than 600 MB, measured in November 2026. Of more, a
# JPEG is decoded at a half, a quarter or an eighth of its sides, another picture is halved.
MAX_LOOKED_AT_PIXELS = 40_000_000
MAX_FRAMES = 60  # of one file; of more, so many are looked at from the first to the last
MAX_ALL_PIXELS = 160_000_000  # of all frames of one file that are looked at
BAND_PIXELS = 4_000_000  # turned and brought to RGB at a time
MEMORY_BYTES, CPU_S = 900 * 2**20, 90
HEIF_TURNS, HEIF_HEAD = re.compile(b"irot|imir"), 1 << 20  # the boxes of its turns, and where they are
BACKDROPS = ("white", "black")
OPAQUE = 255
MAX_16_BITS = 2**16 - 1

# Each turn of EXIF but 1, which is none: how the stored pixels become the ones that are shown, whether rows
# become columns, and whether what is shown first is stored last. Source: Exif 2.32, tag 0x0112.
_TURN = Image.Transpose
_TURNS: dict[int, tuple[Image.Transpose, bool, bool]] = {
    2: (_TURN.FLIP_LEFT_RIGHT, False, False),
    3: (_TURN.ROTATE_180, False, True),
    4: (_TURN.FLIP_TOP_BOTTOM, False, True),
    5: (_TURN.TRANSPOSE, True, False),
    6: (_TURN.ROTATE_270, True, False),
    7: (_TURN.TRANSVERSE, True, True),
    8: (_TURN.ROTATE_90, True, True),
}
# What Pillow and its codecs raise on a damaged or absurd file.
_BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError, IndexError, AttributeError,
    OverflowError, ZeroDivisionError, RuntimeError, struct.error, Image.DecompressionBombError,
)  # fmt: skip


class Head(NamedTuple):
    """One frame: its number from 1, the sides in px of the pixels that follow, its turn and its backdrop.

    `shown_width` and `shown_height` are its sides as a viewer has them: a very large JPEG is made smaller.
    """

    frame: int
    width: int
    height: int
    shown_width: int
    shown_height: int
    turn: int
    backdrop: str


class End(NamedTuple):
    """How many frames a file has and how many were written, and what ended it, empty for nothing.

    Where something ended it, what it has in all may not be known.
    """

    frames: int
    written: int
    why: str


class Refused(Exception):
    """A frame is not decoded; the message says why."""


def decode(file: BinaryIO, out: BinaryIO) -> None:
    """Write the frames of a picture file, and how it ended."""
    told, frames, why = 0, 1, ""
    try:
        turned = HEIF_TURNS.search(file.read(HEIF_HEAD)) is not None
        file.seek(0)
        picture: Any = Image.open(file, formats=FORMATS)
        for number in _frames(picture):
            _write(picture, number, out, turned=turned)
            told += 1
        frames = getattr(picture, "n_frames", 1)
    except Refused as error:
        why = str(error)
    except MemoryError:
        why = "it takes more memory than one picture is given"
    except _BROKEN as error:
        why = _error_in_words(error)
    _answer_line(out, End(frames, told, why))


def _frames(picture: Any) -> Iterator[int]:
    """Yield the numbers of the frames to look at, the first before the others are even counted."""
    yield 1
    frames = getattr(picture, "n_frames", 1)
    wanted = min(frames, MAX_FRAMES, max(1, MAX_ALL_PIXELS // max(1, picture.width * picture.height)))
    for at in range(1, wanted):
        yield 1 + round(at * (frames - 1) / (wanted - 1))


def _write(picture: Any, number: int, out: BinaryIO, *, turned: bool) -> None:
    """Write one frame, on each backdrop that it needs."""
    picture.seek(number - 1)  # the first too: a HEIC opens at what its phone calls the main picture
    whole = _bounded(picture)
    picture.load()
    turn = _turn(picture, turned=turned)
    halved = 2 if picture.width * picture.height > MAX_LOOKED_AT_PIXELS else 1
    step = -1 if turn in _TURNS and _TURNS[turn][1] else 1
    (width, height), (shown_width, shown_height) = picture.size[::step], (whole or picture.size)[::step]
    spread = _spread(picture)
    _rgb(picture.crop((0, 0, 1, 1)), "white", spread)  # a mode that cannot be shown ends it before it begins
    for backdrop in BACKDROPS[: 1 + _is_see_through(picture)]:
        sent = -(-width // halved), -(-height // halved)
        _answer_line(out, Head(number, *sent, shown_width, shown_height, turn, backdrop))
        bands = _bands(picture, turn, width, height)
        out.writelines(_rgb(band, backdrop, spread).reduce(halved).tobytes() for band in bands)


def _bounded(picture: Any) -> tuple[int, int] | None:
    """Refuse a frame of too many pixels before one is decoded.

    Returns:
        The whole size of a JPEG that is made smaller as it is decoded, else None.
    """
    width, height = picture.size
    if picture.format in ("JPEG", "MPO") and width * height > MAX_LOOKED_AT_PIXELS:
        for part in (2, 4, 8):
            if width * height <= MAX_LOOKED_AT_PIXELS * part * part:
                picture.draft(picture.mode, (width // part, height // part))
                break
    if picture.width * picture.height > MAX_PIXELS:
        raise Refused(f"it is {width}x{height} px, too large to read")
    return (width, height) if picture.width < width else None


def _turn(picture: Any, *, turned: bool) -> int:
    """Return how a viewer turns the picture, 1 (not at all) to 8; what cannot be read turns nothing.

    A HEIC has its turn in a box of its own, which its library obeys; only one without it goes by its EXIF.
    """
    try:
        turn = picture.getexif().get(ExifTags.Base.Orientation, 1)
    except _BROKEN:
        return 1
    if picture.format == "HEIF":
        turn = 1 if turned else picture.info.get("original_orientation")
    return turn if turn in _TURNS else 1


def _bands(picture: Any, turn: int, width: int, height: int) -> Iterator[Any]:
    """Yield the rows of a picture as they are shown, from top to bottom, some at a time."""
    rows = max(2, BAND_PIXELS // max(1, width) // 2 * 2)  # even, so that halved bands fit together
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        if turn not in _TURNS:
            yield picture.crop((0, top, width, bottom))
            continue
        how, swapped, backwards = _TURNS[turn]
        first, last = (height - bottom, height - top) if backwards else (top, bottom)
        stored = (first, 0, last, width) if swapped else (0, first, width, last)
        yield picture.crop(stored).transpose(how)


def _is_see_through(picture: Any) -> bool:
    """Say whether any pixel lets its backdrop through."""
    return picture.has_transparency_data and any(
        band.convert("RGBA").getchannel("A").getextrema()[0] < OPAQUE
        for band in _bands(picture, 1, *picture.size)
    )


def _spread(picture: Any) -> tuple[float, float] | None:
    """Return factor and offset that bring samples of more than 8 bits to 0 to 255; None for 8 bits.

    How many bits a file means is not always told: the fewest that hold its largest sample are taken.
    """
    if not picture.mode.startswith(("I", "F")):
        return None
    least, most = picture.getextrema()
    if not (math.isfinite(least) and math.isfinite(most)):
        return 1.0, 0.0
    if picture.mode == "F" and least >= 0 and most <= 1:
        return float(OPAQUE), 0.0
    if least < 0 or most > MAX_16_BITS:
        return OPAQUE / max(1.0, most - least), -least * OPAQUE / max(1.0, most - least)
    whole = next(2**bits - 1 for bits in (8, 10, 12, 14, 16) if most < 2**bits)
    return OPAQUE / whole, 0.0


def _rgb(band: Any, backdrop: str, spread: tuple[float, float] | None) -> Image.Image:
    """Return pixels as a viewer shows them on a backdrop."""
    if spread:
        factor, offset = spread
        wide: Any = band.convert("F")
        stretched: Image.Image = (
            wide.point(lambda sample: sample * factor + offset).convert("L").convert("RGB")
        )
        return stretched
    if not band.has_transparency_data:
        plain: Image.Image = band.convert("RGB")
        return plain
    shown = Image.new("RGBA", band.size, backdrop)
    shown.alpha_composite(band.convert("RGBA"))
    return shown.convert("RGB")


def _error_in_words(error: Exception) -> str:
    """Return in words for people why a file cannot be read."""
    if isinstance(error, UnidentifiedImageError):
        return "it is no picture, or of a kind that is not read"
    if isinstance(error, Image.DecompressionBombError):
        return "it is too large to read"
    said = " ".join(str(error).split())
    return f"it is damaged: {said}" if said and "object at 0x" not in said else "it is damaged"


def _answer_line(out: BinaryIO, told: Head | End) -> None:
    out.write(json.dumps(told._asdict()).encode() + b"\n")


def main() -> None:
    """Decode standard input within the bounds of time and memory."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")  # a damaged file makes Pillow talk; our own limits are above
    pillow_heif.register_heif_opener(thumbnails=False)
    decode(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
