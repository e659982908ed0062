"""Pictures opened safely."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from crawler.errors import BadPicture
from crawler.lib.images import open_png


def png(picture):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def bomb(width, height):
    """Return a PNG that claims a size and holds next to nothing."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1_000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("mode", "expected"), [("RGB", "RGB"), ("RGBA", "RGBA"), ("L", "L"), ("P", "RGB"), ("1", "RGB")]
)
def test_modes(mode, expected):
    opened = open_png(png(Image.new(mode, (30, 20))))
    assert (opened.mode, opened.size) == (expected, (30, 20))


@pytest.mark.parametrize("size", [(10_000, 10_000), (30_000, 30_000), (2**31 - 1, 2**31 - 1)])
def test_too_large_is_not_decoded(size):
    with pytest.raises(BadPicture, match="too large"):
        open_png(bomb(*size))


def test_own_limit():
    data = png(Image.new("L", (100, 100)))
    assert open_png(data, max_pixels=10_000).size == (100, 100)
    with pytest.raises(BadPicture):
        open_png(data, max_pixels=9_999)


def test_other_formats_are_no_evidence():
    buffer = io.BytesIO()
    Image.new("RGB", (9, 9)).save(buffer, "JPEG")
    with pytest.raises(BadPicture):
        open_png(buffer.getvalue())


WHOLE = png(Image.effect_noise((64, 48), 90))


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_damaged_byte_is_one_kind_of_error_or_none(position, change):
    data = bytearray(WHOLE)
    data[position] ^= change
    try:
        opened = open_png(bytes(data))
    except BadPicture:
        return
    assert opened.width * opened.height <= 8_192 * 8_192


@given(st.integers(0, len(WHOLE) - 13))
def test_cut_off(length):
    with pytest.raises(BadPicture):
        open_png(WHOLE[: min(length, len(WHOLE) - 400)])


@given(st.binary(max_size=200))
def test_any_bytes(data):
    with pytest.raises(BadPicture):
        open_png(data)
