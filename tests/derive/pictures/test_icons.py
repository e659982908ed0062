"""Icons of a page: logos and names on them, on whatever ground, and icons that cannot be looked at."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.derive.pictures import icons
from crawler.derive.pictures.brand import Terms
from crawler.errors import BadPicture
from tests.bundles import a_visit, make_bundle

CASES = Path(__file__).parents[2] / "cases"
TERMS = Terms(("TikTok",))

pytestmark = pytest.mark.ocr


def icon(name, *, px=64, fill="white", ground=None, form="PNG"):
    """Draw a shape of the cases as an icon; without a ground its own is clear."""
    with Image.open(CASES / f"{name}.png") as drawn:
        shape = drawn.resize((px, px), Image.Resampling.LANCZOS).convert("L")
    picture = Image.new("RGBA", (px + 16, px + 16), ground or (0, 0, 0, 0))
    picture.paste(Image.new("RGBA", shape.size, fill), (8, 8), shape)
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


def seen(tmp_path, data):
    path = "data/stages/01-cart/icon-01.png"
    bundle = make_bundle(tmp_path, visits=[a_visit("cart")], files={path: data})
    return icons.look_at_icon(bundle, path, TERMS)


@pytest.mark.parametrize("fill", ["white", "black"])
def test_a_logo_on_a_clear_ground(tmp_path, fill):
    found = seen(tmp_path, icon("logo", fill=fill))
    assert (found.status, found.size_px) == ("read", (80, 80))
    assert [mark.sure for mark in found.marks] == [True]
    x, y, width, height = found.marks[0].box
    assert 0 <= x <= 16
    assert 0 <= y <= 16
    assert x + width <= 82
    assert y + height <= 82


def test_a_note_of_music_and_an_empty_icon_show_nothing(tmp_path):
    assert seen(tmp_path / "a", icon("music-note", ground="#c8102e")).marks == ()
    out = io.BytesIO()
    Image.new("RGBA", (16, 16)).save(out, "ICO")
    assert seen(tmp_path / "b", out.getvalue()).status == "read"


def test_a_name_on_an_icon_lies_in_px_of_its_file(tmp_path):
    picture = Image.new("RGB", (192, 192), "white")
    ImageDraw.Draw(picture).text((12, 70), "TikTok", fill="black", font=ImageFont.load_default(48))
    out = io.BytesIO()
    picture.save(out, "PNG")
    (line,) = [line for line in seen(tmp_path, out.getvalue()).lines if line.hits]
    x, y, width, height = line.hits[0].box
    assert 0 <= x <= 30
    assert 50 <= y <= 100
    assert width > 80
    assert height > 20


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n", b"<svg xmlns='x'>", b"GIF89a" + b"\xff" * 30])
def test_what_cannot_be_looked_at_is_a_failure(tmp_path, data):
    found = seen(tmp_path, data)
    assert found.status == "failed"
    assert found.error in ("BadPicture", "DocumentUnreadable")
    assert found.marks == ()


def test_one_too_large_is_not_decoded():
    out = io.BytesIO()
    Image.new("1", (5_000, 5_000)).save(out, "PNG")
    with pytest.raises(BadPicture, match="too large"):
        icons.open_icon(out.getvalue())
