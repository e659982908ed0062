"""Pictures as phones and tools leave them come out as a viewer shows them; what is none is told why."""

from __future__ import annotations

import io
import json
import os
import random
import socket
import struct
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageDraw, ImageOps

from crawler.derive.pictures import decoder, picture_file
from crawler.derive.pictures.picture_file import Frames
from crawler.errors import BadPicture

pillow_heif.register_heif_opener()
_TURN = Image.Transpose
# How a camera that was held so stores what it saw: the reverse of what a viewer does.
STORED = {
    1: None,
    2: _TURN.FLIP_LEFT_RIGHT,
    3: _TURN.ROTATE_180,
    4: _TURN.FLIP_TOP_BOTTOM,
    5: _TURN.TRANSPOSE,
    6: _TURN.ROTATE_90,
    7: _TURN.TRANSVERSE,
    8: _TURN.ROTATE_270,
}
NEAR = 4.0  # mean levels of 256 that lossy formats may be off


def scene(size=(120, 80)) -> Image.Image:
    """Draw a picture that no turn brings onto itself."""
    shown = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(shown)
    pen.rectangle((0, 0, size[0] // 2, size[1] // 3), fill="#204080")
    pen.rectangle((0, 0, size[0] // 6, size[1] - 1), fill="#c03020")
    return shown


def frames_of(path):
    """Return what the decoder writes of a file, without the process around it."""
    out = io.BytesIO()
    with path.open("rb") as file:
        decoder.decode(file, out)
    out.seek(0)
    shown = []
    for line in iter(out.readline, b""):
        told = json.loads(line)
        if "why" in told:
            return shown, decoder.End(**told)
        head = decoder.Head(**told)
        pixels = np.frombuffer(out.read(head.width * head.height * 3), np.uint8)
        shown.append((head, pixels.reshape(head.height, head.width, 3).astype(int)))
    raise AssertionError("the decoder stopped without a word")


def handed(path):
    """Return what comes of a file through the bounded process."""
    frames = Frames(path)
    return [(head, pixels.astype(int)) for head, pixels in frames], frames.end


def off(pixels, shown) -> float:
    expected = np.asarray(shown.convert("RGB")).astype(int)
    return float(np.abs(pixels - expected).mean()) if pixels.shape == expected.shape else 255.0


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tiff", "avif", "heic"])
@pytest.mark.parametrize("turn", STORED)
def test_turned_as_a_viewer_turns_it(tmp_path, turn, kind):
    how = STORED[turn]
    stored, exif = scene().transpose(how) if how is not None else scene(), Image.Exif()
    exif[0x0112] = turn
    stored.save(tmp_path / f"foto.{kind}", exif=exif, quality=95)
    ((_, pixels),), end = frames_of(tmp_path / f"foto.{kind}")
    assert off(pixels, scene()) < NEAR
    assert end == decoder.End(1, 1, "")


@pytest.mark.parametrize("turn", [2, 3, 6, 7])
def test_a_heic_that_its_library_turns_is_not_turned_twice(tmp_path, turn):
    stored, exif = scene().transpose(STORED[turn]), Image.Exif()
    exif[0x0112] = turn
    heic = pillow_heif.from_pillow(stored)
    heic.info["exif"] = exif.tobytes()
    heic.save(tmp_path / "foto.heic", quality=95)
    assert decoder.HEIF_TURNS.search((tmp_path / "foto.heic").read_bytes())
    ((_, pixels),), _ = frames_of(tmp_path / "foto.heic")
    assert off(pixels, scene()) < NEAR


@pytest.mark.parametrize("turn", [0, 9, 77, 65_535])
def test_a_turn_that_there_is_not_turns_nothing(tmp_path, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    scene().save(tmp_path / "foto.jpg", exif=exif, quality=95)
    ((_, pixels),), _ = frames_of(tmp_path / "foto.jpg")
    assert off(pixels, scene()) < NEAR


def test_damaged_exif_costs_no_picture(tmp_path):
    scene().save(
        tmp_path / "foto.jpg", exif=b"Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff" + b"\x01" * 40, quality=95
    )
    ((_, pixels),), _ = frames_of(tmp_path / "foto.jpg")
    assert off(pixels, scene()) < NEAR


def wide(kind: str) -> Image.Image:
    """Return the scene in grey with more than 8 bits for a sample."""
    grey = np.asarray(scene().convert("L"))
    return {
        "16 bits": lambda: Image.fromarray(grey.astype(np.uint16) * 257),
        "12 bits": lambda: Image.fromarray(grey.astype(np.uint16) * 16),
        "32 bits": lambda: Image.fromarray(grey.astype(np.int32) * 8_000_000),
        "below zero": lambda: Image.fromarray(grey.astype(np.int32) * 1_000 - 100_000),
        "shares": lambda: Image.fromarray(grey.astype(np.float32) / 255),
        "levels": lambda: Image.fromarray(grey.astype(np.float32)),
    }[kind]()


@pytest.mark.parametrize("kind", ["16 bits", "12 bits", "32 bits", "below zero", "shares", "levels"])
def test_more_than_eight_bits(tmp_path, kind):
    wide(kind).save(tmp_path / "pindai.tiff")
    ((_, pixels),), _ = frames_of(tmp_path / "pindai.tiff")
    expected = scene().convert("L")
    if kind in ("32 bits", "below zero"):  # what white is, is not told: from the darkest to the lightest
        expected = ImageOps.autocontrast(expected)
    assert off(pixels, expected) < NEAR


def test_sixteen_bits_in_a_png_and_samples_that_are_no_numbers(tmp_path):
    wide("16 bits").save(tmp_path / "layar.png")
    ((_, pixels),), _ = frames_of(tmp_path / "layar.png")
    assert off(pixels, scene().convert("L")) < NEAR
    odd = np.full((20, 20), np.nan, np.float32)
    Image.fromarray(odd).save(tmp_path / "odd.tiff")
    ((head, _),), _ = frames_of(tmp_path / "odd.tiff")
    assert (head.width, head.height) == (20, 20)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("1", "png"), ("L", "png"), ("P", "png"), ("P", "gif"), ("CMYK", "jpg"), ("CMYK", "tiff"),
        ("YCbCr", "tiff"), ("LAB", "tiff"), ("RGBA", "png"), ("LA", "png"), ("RGB", "bmp"),
    ],
)  # fmt: skip
def test_every_way_to_store_colours(tmp_path, mode, kind):
    drawn = scene().convert("L" if mode in ("1", "LA") else "RGB").convert(mode)
    drawn.save(tmp_path / f"foto.{kind}")
    ((head, pixels),), _ = frames_of(tmp_path / f"foto.{kind}")
    assert off(pixels, drawn if mode != "LAB" else scene()) < NEAR
    assert head.backdrop == "white"


def ink(alpha: Image.Image, colour: str) -> Image.Image:
    drawn = Image.new("RGBA", alpha.size, colour)
    drawn.putalpha(alpha)
    return drawn


@pytest.mark.parametrize("kind", ["png", "webp", "avif", "tiff", "gif", "palette.png", "grey.png", "heic"])
def test_white_letters_on_nothing_are_dark_on_one_backdrop(tmp_path, kind):
    alpha = Image.new("L", (60, 40), 0)
    ImageDraw.Draw(alpha).rectangle((10, 10, 30, 30), fill=255)
    drawn = ink(alpha, "white")
    if kind == "grey.png":
        drawn = Image.merge("LA", (Image.new("L", alpha.size, 255), alpha))
    elif kind == "palette.png":
        drawn = drawn.quantize(4)
    drawn.save(tmp_path / f"huruf.{kind}")
    shown, _ = frames_of(tmp_path / f"huruf.{kind}")
    assert [head.backdrop for head, _ in shown] == ["white", "black"]
    (_, on_white), (_, on_black) = shown
    assert on_white.mean() > 250
    assert on_black[20, 20].mean() > 200
    assert on_black[5, 5].mean() < 50


def test_letters_cut_out_of_white_are_seen_on_black(tmp_path):
    alpha = Image.new("L", (60, 40), 255)
    ImageDraw.Draw(alpha).rectangle((10, 10, 30, 30), fill=0)
    ink(alpha, "white").save(tmp_path / "lubang.png")
    (_, (_, on_black)), _ = frames_of(tmp_path / "lubang.png")
    assert on_black[5, 5].mean() - on_black[20, 20].mean() > 240


@pytest.mark.parametrize("kind", ["gif", "png", "webp", "tiff", "avif"])
def test_every_frame_and_page(tmp_path, kind):
    colours = ("#ffffff", "#30a060", "#204080")
    first, *others = [Image.new("RGB", (64, 48), colour) for colour in colours]
    first.save(tmp_path / f"banyak.{kind}", save_all=True, append_images=others, duration=100)
    shown, end = frames_of(tmp_path / f"banyak.{kind}")
    assert [head.frame for head, _ in shown] == [1, 2, 3]
    for (_, pixels), colour in zip(shown, colours, strict=True):
        assert off(pixels, Image.new("RGB", (64, 48), colour)) < NEAR
    assert end == decoder.End(3, 3, "")


def test_pages_of_different_sizes_and_several_pictures_of_one_phone_file(tmp_path):
    first, second = scene((120, 80)), scene((40, 90))
    first.save(tmp_path / "halaman.tiff", save_all=True, append_images=[second])
    first.save(tmp_path / "dua.heic", append_images=[second], save_all=True, primary_index=1)
    for name in ("halaman.tiff", "dua.heic"):
        shown, _ = frames_of(tmp_path / name)
        assert sorted((head.width, head.height) for head, _ in shown) == [(40, 90), (120, 80)]


def test_of_many_frames_some_are_looked_at_from_the_first_to_the_last(tmp_path):
    many = [Image.new("RGB", (20, 20), (level, 80, 0)) for level in range(200)]
    many[0].save(tmp_path / "panjang.gif", save_all=True, append_images=many[1:])
    shown, end = frames_of(tmp_path / "panjang.gif")
    numbers = [head.frame for head, _ in shown]
    assert (numbers[0], numbers[-1], len(numbers)) == (1, 200, decoder.MAX_FRAMES)
    assert end == decoder.End(200, decoder.MAX_FRAMES, "")


def test_a_file_that_breaks_in_the_middle_shows_what_came_before(tmp_path):
    rough = [Image.effect_noise((90, 90), 60 + level).convert("RGB") for level in range(6)]
    rough[0].save(tmp_path / "putus.tiff", save_all=True, append_images=rough[1:])
    whole = (tmp_path / "putus.tiff").read_bytes()
    (tmp_path / "putus.tiff").write_bytes(whole[: len(whole) * 2 // 3])
    shown, end = frames_of(tmp_path / "putus.tiff")
    assert 1 <= len(shown) == end.written < 6
    assert end.why


@pytest.mark.parametrize("name", ["foto.png", "foto", "foto.txt", "foto.HEIC"])
def test_what_a_file_is_called_means_nothing(tmp_path, name):
    scene().save(tmp_path / name, "JPEG", quality=95)
    ((_, pixels),), _ = frames_of(tmp_path / name)
    assert off(pixels, scene()) < NEAR


def test_a_very_large_photograph_is_made_smaller_as_it_is_decoded(tmp_path):
    Image.new("L", (8_001, 5_000), 200).save(tmp_path / "besar.jpg")
    ((head, pixels),), _ = handed(tmp_path / "besar.jpg")
    assert (head.shown_width, head.shown_height) == (8_001, 5_000)
    assert abs(pixels.mean() - 200) < NEAR
    assert head.width * head.height <= decoder.MAX_LOOKED_AT_PIXELS


@pytest.mark.parametrize("turn", [1, 6, 8])
def test_another_large_picture_is_halved(tmp_path, monkeypatch, turn):
    monkeypatch.setattr(decoder, "MAX_LOOKED_AT_PIXELS", 5_000)
    monkeypatch.setattr(decoder, "BAND_PIXELS", 500)
    how, exif = STORED[turn], Image.Exif()
    exif[0x0112] = turn
    drawn = scene((121, 83))
    (drawn.transpose(how) if how is not None else drawn).save(tmp_path / "besar.png", exif=exif)
    ((head, pixels),), _ = frames_of(tmp_path / "besar.png")
    assert (head.width, head.height, head.shown_width, head.shown_height) == (61, 42, 121, 83)
    assert off(pixels, drawn.reduce(2)) < NEAR


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_bomb(width: int, height: int) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1_000_000))) + chunk(b"IEND", b"")


def saved(kind: str) -> bytes:
    data = io.BytesIO()
    scene().save(data, kind)
    return data.getvalue()


BROKEN = {
    "empty": b"",
    "words": b"no picture at all",
    "head alone": b"\x89PNG\r\n\x1a\n",
    "bomb": png_bomb(60_000, 60_000),
    "sides beyond": png_bomb(2**31 - 1, 2**31 - 1),
    "pdf": b"%PDF-1.7\n1 0 obj<<>>endobj\n",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "zip": b"PK\x03\x04" + bytes(60),
    "video": b"\x00\x00\x00\x18ftypqt  " + bytes(60),
    **{
        f"half of a {kind}": saved(kind)[: len(saved(kind)) // 2]
        for kind in ("PNG", "JPEG", "WEBP", "AVIF", "HEIF")
    },
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_cannot_be_read_is_told_with_its_reason(tmp_path, kind):
    (tmp_path / "rusak.png").write_bytes(BROKEN[kind])
    with pytest.raises(BadPicture, match=r"rusak\.png: [a-zA-Z]") as told:
        handed(tmp_path / "rusak.png")
    assert "object at 0x" not in str(told.value)
    assert "Traceback" not in str(told.value)


def test_what_is_no_plain_file_is_not_even_opened(tmp_path):
    os.mkfifo(tmp_path / "pipa.png")
    (tmp_path / "map.png").mkdir()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "soket.png"))
    others = (tmp_path / "tiada.png", tmp_path / "a\x00b", Path("/dev/zero"), Path("/dev/tty"))
    for path in (*sorted(tmp_path.iterdir()), *others):
        with pytest.raises(BadPicture):
            handed(path)
    listening.close()


def test_a_sparse_giant_is_refused_by_its_size(tmp_path):
    with (tmp_path / "raksasa.png").open("wb") as file:
        file.truncate(picture_file.MAX_BYTES + 1)
    with pytest.raises(BadPicture, match="too large"):
        handed(tmp_path / "raksasa.png")


def test_noise_in_good_files_ends_in_pictures_or_reasons(tmp_path):
    """Whatever bytes are turned, a file ends in frames or in a reason; the decoder takes nobody with it."""
    dice = random.Random(14)
    originals = [saved(kind) for kind in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "HEIF")]
    for number in range(12):
        data = bytearray(originals[number % len(originals)])
        for _ in range(dice.randint(1, 12)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        (tmp_path / "acak").write_bytes(data)
        shown, why = [], ""
        try:
            shown, _ = handed(tmp_path / "acak")
        except BadPicture as told:
            why = str(told)
        assert shown or why.startswith(f"{tmp_path / 'acak'}: ")
