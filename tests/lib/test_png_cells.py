"""Cells of a picture: every pixel is there, once, and what is equal is the same file."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from crawler.lib import png_cells
from crawler.lib.png_cells import CELL_HEIGHT, CELL_WIDTH, cut_png


def noise(width, height, channels=3, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def as_chromium_writes(pixels, further=b"", first=2):
    """A PNG whose rows are the difference to the row above."""
    height, width, channels = pixels.shape
    rows = pixels.copy()
    rows[1:] -= pixels[:-1]
    raw = b"".join(
        bytes([first if at == 0 else 2]) + row.tobytes() for at, row in enumerate(rows.reshape(height, -1))
    )
    header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
    end = png_cells._chunk(b"IDAT", zlib.compress(raw, 1)) + png_cells._chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + png_cells._chunk(b"IHDR", header) + further + end


def opened(data):
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture)


@given(
    st.integers(1, 1_300), st.integers(1, 700), st.sampled_from([3, 4]), st.sampled_from([1.0, 2.0, 3.0]),
    st.sampled_from([0, 2]),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_every_pixel_is_in_its_cell(width, height, channels, scale, first):
    pixels = noise(width, height, channels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(png_cells, "WORTH_BYTES", 0)
        cells = cut_png(
            as_chromium_writes(pixels, first=first), (7.0, 40.0, width / scale, height / scale), scale
        )
    shown = np.zeros_like(pixels)
    for (x, y, w, h), png in cells:
        part = opened(png)
        left, top = (x - 7) * scale, (y - 40) * scale
        assert left.is_integer()
        assert top.is_integer()
        assert part.shape[:2] == (round(h * scale), round(w * scale))
        shown[int(top) : int(top) + part.shape[0], int(left) : int(left) + part.shape[1]] = part
    assert (shown == pixels).all()
    assert len(cells) == -(-width // (CELL_WIDTH * scale)) * -(-height // (CELL_HEIGHT * scale))


def test_one_part_that_moves_changes_its_own_cell_only():
    before = noise(1_366, 1_000)
    after = before.copy()
    after[300:320, 600:640] = 0
    box = (0.0, 0.0, 1_366.0, 1_000.0)
    old, new = (cut_png(as_chromium_writes(each), box, 1.0) for each in (before, after))
    changed = [cell.box for cell, other in zip(new, old, strict=True) if cell.png != other.png]
    assert changed == [(512.0, 256.0, 512.0, 128.0)]


def test_what_else_a_picture_says_of_itself_is_in_every_cell():
    further = png_cells._chunk(b"sRGB", b"\0")
    cells = cut_png(as_chromium_writes(noise(600, 300), further), (0.0, 0.0, 600.0, 300.0), 1.0)
    assert len(cells) == 6
    assert all(further in cell.png for cell in cells)


def pillows(pixels):
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize(
    ("png", "scale"),
    [
        (as_chromium_writes(noise(600, 300)), 1.1),
        (as_chromium_writes(noise(100, 300)), 1.0),
        (pillows(np.repeat(noise(900, 1), 600, axis=0) + noise(1, 600)), 1.0),
        (as_chromium_writes(noise(600, 300))[:-9_000] + b"\0" * 9_000, 1.0),
        (b"\x89PNG\r\n\x1a\n" + b"no chunks" * 30_000, 1.0),
        (as_chromium_writes(noise(600, 300)).replace(b"IHDR", b"IHDX"), 1.0),
        (b"", 1.0),
    ],
    ids=["scale", "small", "other filters", "damaged", "noise", "no header", "empty"],
)
def test_what_cannot_be_cut_stays_as_it_was_taken(png, scale):
    box = (0.0, 0.0, 600.0, 300.0)
    assert cut_png(png, box, scale) == ((box, png),)
