"""Cuts a PNG into cells without loss: where one part of a page moves, only its cells are new files.

The pixels are not decoded. Chromium writes each row as the difference to the row above, which holds in any
part of the columns as well; so rows are cut as they are, and only a cell's first row is written out in full.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from crawler.lib.lazy import LazyPackage

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.uint8]
else:
    np = LazyPackage("numpy")

# Source: two walks of the reference shop, November 2026: half as many bytes that differ as at 256 px, where
# edges of single letters and shadows come out one grey level apart; lower cells cost more in manifests.
CELL_WIDTH, CELL_HEIGHT = 512, 128  # CSS px
WORTH_BYTES = 200_000  # a smaller picture is kept whole: it costs less than the records of its cells
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">IIBBBBB")
_CHANNELS = {2: 3, 6: 4}  # of the colour types RGB and RGBA, with 8 bits each
_AS_IS, _TO_ROW_ABOVE = 0, 2  # Source: PNG specification (third edition), 9.2 Filter types
_FAST = 1  # as Chromium packs a picture that is to be there soon


PageBox = tuple[float, float, float, float]  # x, y, width, height in CSS px of the page


class Cell(NamedTuple):
    """A part of a picture: where it lies, and its file."""

    box: PageBox
    png: bytes


class _Picture(NamedTuple):
    """A PNG taken apart: header, further chunks, rows as they are filtered, without the filter's byte."""

    header: bytes
    chunks: bytes
    rows: Rows


def cut_png(png: bytes, box: PageBox, scale: float) -> tuple[Cell, ...]:
    """Cut a picture into cells that begin at whole CSS px and at whole image px, from top to bottom.

    Args:
        png: The picture.
        box: Where it lies on the page, in CSS px.
        scale: Image px for one CSS px.

    Returns:
        The cells; the picture whole where it is small, where its scale lets no cell begin at whole px, or
        where it is packed in another way than described above: nothing is lost, and less of it is shared.
    """
    fits = (CELL_WIDTH * scale).is_integer() and (CELL_HEIGHT * scale).is_integer()
    picture = _taken_apart(png) if fits and len(png) >= WORTH_BYTES else None
    if picture is None:
        return (Cell(box, png),)
    return tuple(_cells(picture, box, scale))


def _cells(picture: _Picture, box: PageBox, scale: float) -> Iterator[Cell]:
    rows = picture.rows
    x, y, width, height = box
    across, down = int(CELL_WIDTH * scale), int(CELL_HEIGHT * scale)
    above = np.zeros(rows.shape[1:], np.uint8)
    for top in range(0, rows.shape[0], down):
        band = rows[top : top + down]
        first = above + band[0]
        for left in range(0, rows.shape[1], across):
            part = band[:, left : left + across]
            place = (
                x + left / scale,
                y + top / scale,
                min(CELL_WIDTH, width - left / scale),
                min(CELL_HEIGHT, height - top / scale),
            )
            yield Cell(place, _packed(picture, part, first[left : left + across]))
        above += band.sum(axis=0, dtype=np.uint8)


def _taken_apart(png: bytes) -> _Picture | None:
    """Return a PNG's parts, None where it is not 8 bits of RGB or RGBA with rows as differences."""
    found = list(_chunks(png))
    if not found or found[0][0] != b"IHDR" or len(found[0][1]) != _HEADER.size:
        return None
    header = found[0][1]
    width, height, depth, colour, _, _, interlaced = _HEADER.unpack(header)
    if depth != 8 or colour not in _CHANNELS or interlaced:
        return None
    channels = _CHANNELS[colour]
    length = height * (1 + width * channels)
    packed = b"".join(data for kind, data in found if kind == b"IDAT")
    try:
        raw = zlib.decompressobj().decompress(packed, length + 1)
    except zlib.error:
        return None
    if len(raw) != length:
        return None
    rows = np.frombuffer(raw, np.uint8).reshape(height, 1 + width * channels)
    filters = rows[:, 0]
    if filters[0] not in (_AS_IS, _TO_ROW_ABOVE) or not (filters[1:] == _TO_ROW_ABOVE).all():
        return None
    further = [_chunk(kind, data) for kind, data in found if kind not in (b"IHDR", b"IDAT", b"IEND")]
    return _Picture(header, b"".join(further), rows[:, 1:].reshape(height, width, channels))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at + 12 <= len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _packed(picture: _Picture, part: Rows, first: Any) -> bytes:
    """Return a part as a PNG, its first row given in full."""
    height, width = part.shape[:2]
    raw = np.empty((height, 1 + width * part.shape[2]), np.uint8)
    raw[:, 0] = _TO_ROW_ABOVE
    raw[:, 1:] = part.reshape(height, -1)
    raw[0, 0] = _AS_IS
    raw[0, 1:] = first.reshape(-1)
    header = struct.pack(">II", width, height) + picture.header[8:]
    packed = zlib.compress(raw.tobytes(), _FAST)
    end = _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")
    return _SIGNATURE + _chunk(b"IHDR", header) + picture.chunks + end


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
