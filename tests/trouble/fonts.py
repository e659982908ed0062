"""A font whose letters are drawn as others: the one that Pillow brings, its code points exchanged."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from PIL import ImageFont

if TYPE_CHECKING:
    from collections.abc import Mapping


def exchanged(letters: Mapping[str, str]) -> bytes:
    """Return a font that draws each letter of a mapping as the other, and those beside it as they are."""
    data = _plain()
    glyphs = _glyphs(_tables(data)["cmap"])
    drawn = {ord(letter): glyphs[ord(letters.get(letter, letter))] for letter in map(chr, range(32, 127))
             if ord(letters.get(letter, letter)) in glyphs}  # fmt: skip
    return _with_table(data, "cmap", _cmap(drawn))


def _plain() -> bytes:
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    assert isinstance(font.path, io.BytesIO)
    return font.path.getvalue()


def _directory(data: bytes) -> list[tuple[bytes, int, int, int]]:
    count = struct.unpack(">H", data[4:6])[0]
    return [struct.unpack(">4sIII", data[12 + 16 * at : 28 + 16 * at]) for at in range(count)]


def _tables(data: bytes) -> dict[str, bytes]:
    return {tag.decode(): data[start : start + size] for tag, _, start, size in _directory(data)}


def _glyphs(cmap: bytes) -> dict[int, int]:
    """Return glyphs by code point, from the first sub-table of segments (format 4)."""
    for at in range(struct.unpack(">H", cmap[2:4])[0]):
        offset = struct.unpack(">HHI", cmap[4 + 8 * at : 12 + 8 * at])[2]
        if struct.unpack(">H", cmap[offset : offset + 2])[0] == 4:
            return _segments(cmap[offset:])
    raise ValueError("the font has no table of segments")


def _segments(table: bytes) -> dict[int, int]:
    count = struct.unpack(">H", table[6:8])[0] // 2
    ends, starts, deltas, ranges = (
        struct.unpack(f">{count}H", table[begin : begin + 2 * count])
        for begin in (14, 16 + 2 * count, 16 + 4 * count, 16 + 6 * count)
    )
    found = {}
    for at in range(count):
        for code in range(starts[at], min(ends[at], 0xFFFE) + 1):
            glyph = code
            if ranges[at]:
                place = 16 + 6 * count + 2 * at + ranges[at] + 2 * (code - starts[at])
                glyph = struct.unpack(">H", table[place : place + 2])[0]
            found[code] = (glyph + deltas[at]) & 0xFFFF
    return found


def _cmap(glyphs: Mapping[int, int]) -> bytes:
    """Return a table with one segment a letter (format 4, Windows and Unicode BMP)."""
    segments = [(code, code, (glyph - code) & 0xFFFF) for code, glyph in sorted(glyphs.items())] + [
        (0xFFFF, 0xFFFF, 1)
    ]
    count = len(segments)
    power = 1 << (count.bit_length() - 1)
    head = struct.pack(
        ">HHHHHHH", 4, 16 + 8 * count, 0, 2 * count, 2 * power, power.bit_length() - 1, 2 * (count - power)
    )
    body = b"".join(
        (
            struct.pack(f">{count}H", *(end for _, end, _ in segments)),
            struct.pack(">H", 0),
            struct.pack(f">{count}H", *(start for start, _, _ in segments)),
            struct.pack(f">{count}H", *(delta for _, _, delta in segments)),
            struct.pack(f">{count}H", *(0 for _ in segments)),
        )
    )
    return struct.pack(">HHHHI", 0, 1, 3, 1, 12) + head + body


def _with_table(data: bytes, name: str, table: bytes) -> bytes:
    directory = _directory(data)
    head, body = data[:12], b""
    start = 12 + 16 * len(directory)
    for tag, checksum, begin, size in directory:
        content = table if tag.decode() == name else data[begin : begin + size]
        head += struct.pack(">4sIII", tag, checksum, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    return head + body
