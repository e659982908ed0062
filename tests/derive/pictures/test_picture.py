"""Brand names and logos in plain pictures, at any scale."""

import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps

from crawler.derive.pictures import picture, ppocr
from crawler.derive.pictures.brand import Terms
from crawler.errors import ReaderError

pytestmark = pytest.mark.ocr
TERMS = Terms(("TikTok", "TikTok Shop"))
LINES = (
    "Kemeja batik pria",
    "Gratis ongkir hari ini",
    "Dikirim oleh TikTok Shop",
    "Kosmetik Toko",
    "Tiket kereta",
)


def screenshot(scale: float, size=(412, 500)) -> Image.Image:
    """Draw lines of shop text of 15 CSS px as a screen of this scale shows them."""
    shown = Image.new("RGB", (round(size[0] * scale), round(size[1] * scale)), "white")
    font = ImageFont.truetype("DejaVuSans.ttf", round(15 * scale))
    for row, text in enumerate(LINES * 2):
        ImageDraw.Draw(shown).text((20 * scale, (20 + 44 * row) * scale), text, font=font, fill="#222")
    return shown


@pytest.mark.parametrize("scale", [1.0, 2.0, 3.0])
def test_at_any_scale(tmp_path, scale):
    screenshot(scale).save(tmp_path / "layar.png")
    found = picture.look_at_file(tmp_path / "layar.png", TERMS)
    assert found.scale == pytest.approx(scale, rel=0.3)
    hits = [hit for hit in found.hits if hit.kind == "text"]
    assert [hit.text for hit in hits] == ["TikTok Shop"] * 2, hits
    for hit, row in zip(hits, (2, 7), strict=True):
        assert hit.box[1] == pytest.approx((20 + 44 * row) * scale, abs=8 * scale)
        assert hit.box[0] > 100 * scale
        assert hit.grade in ("exact", "folded")


def test_a_photograph_of_another_format_with_a_see_through_part(tmp_path):
    shown = screenshot(2.0).convert("RGBA")
    shown.putpixel((0, 0), (0, 0, 0, 0))
    shown.save(tmp_path / "layar.webp")
    assert [hit.text for hit in picture.look_at_file(tmp_path / "layar.webp", TERMS).hits][:1] == [
        "TikTok Shop"
    ]


def test_nothing_on_a_blank_picture(tmp_path):
    Image.new("RGB", (300, 40), "white").save(tmp_path / "kosong.png")
    assert picture.look_at_file(tmp_path / "kosong.png", TERMS).hits == ()


def test_a_tiny_picture(tmp_path):
    Image.new("L", (1, 1)).save(tmp_path / "titik.png")
    assert picture.look_at_file(tmp_path / "titik.png", TERMS).hits == ()


def test_with_the_second_reader_alone(tmp_path, monkeypatch):
    def missing():
        raise ReaderError("not installed")

    monkeypatch.setattr(ppocr, "engine", missing)
    screenshot(1.0, size=(1_400, 500)).save(tmp_path / "layar.png")
    found = picture.look_at_file(tmp_path / "layar.png", TERMS)
    assert (found.second_engine, [hit.text for hit in found.hits if hit.kind == "text"]) == (
        "",
        ["TikTok Shop"] * 2,
    )


def names(found):
    return [(hit.text, hit.frames) for hit in found.hits if hit.kind == "text"]


def test_a_later_frame_white_letters_on_nothing_and_a_turned_photograph(tmp_path):
    blank = Image.new("RGB", screenshot(1.5).size, "white")
    others = [Image.new("RGB", blank.size, "#30a060"), screenshot(1.5)]
    blank.save(tmp_path / "frames.webp", save_all=True, append_images=others, lossless=True)
    found = picture.look_at_file(tmp_path / "frames.webp", TERMS)
    assert names(found) == [("TikTok Shop", (3,))] * 2
    assert (found.looked_at, found.frames, found.frames_looked_at) == ("whole", 3, 3)

    letters = Image.new("RGBA", blank.size, (255, 255, 255, 255))
    letters.putalpha(ImageOps.invert(screenshot(1.5).convert("L")))
    letters.save(tmp_path / "putih.png")
    assert names(picture.look_at_file(tmp_path / "putih.png", TERMS)) == [("TikTok Shop", (1,))] * 2

    exif = Image.Exif()
    exif[0x0112] = 6
    screenshot(1.5).transpose(Image.Transpose.ROTATE_90).save(tmp_path / "miring.jpg", exif=exif)
    turned = picture.look_at_file(tmp_path / "miring.jpg", TERMS)
    assert names(turned) == [("TikTok Shop", (1,))] * 2
    assert (turned.width, turned.height) == blank.size
    assert turned.hits[0].box[1] == pytest.approx((20 + 44 * 2) * 1.5, abs=12)


def test_what_cannot_be_read_is_an_entry_with_its_reason(tmp_path):
    (tmp_path / "rusak.png").write_bytes(b"no picture")
    found = picture.look_at_file(tmp_path / "rusak.png", TERMS)
    assert (found.looked_at, found.hits, found.frames) == ("not", (), 0)
    assert found.reason == f"{tmp_path / 'rusak.png'}: it is no picture, or of a kind that is not read."


def test_blank_parts_are_left_out():
    import numpy as np

    page = Image.new("RGB", (400, 800), "white")
    ImageDraw.Draw(page).rectangle((50, 50, 150, 90), fill="black")
    ImageDraw.Draw(page).rectangle((50, 700, 150, 740), fill="black")
    found = picture.blocks(np.asarray(page), 1.0)
    assert len(found) == 2
    assert all(height < 120 for _, _, _, height in found)
