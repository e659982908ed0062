"""The second reader: crops of one line read again."""

import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.derive.pictures import tesseract
from crawler.errors import ReaderError

pytestmark = pytest.mark.ocr


def crop(text, *, fill="#222", back="white"):
    picture = Image.new("RGB", (330, 64), back)
    ImageDraw.Draw(picture).text((16, 12), text, font=ImageFont.truetype("DejaVuSans.ttf", 32), fill=fill)
    return picture


def test_dark_light_and_nothing():
    crops = [crop("TikTok Shop"), crop("TikTok Shop", fill="white", back="#123"), crop("")]
    dark, light, nothing = tesseract.reread(crops)
    assert "TikTok Shop" in dark
    assert "TikTok Shop" in light
    assert nothing == ()


def test_what_one_says_does_not_hang_on_the_others():
    crops = [crop("Toko"), crop("TikTok Shop"), crop(""), crop("Bayar", fill="white", back="#123")]
    assert tesseract.reread(crops) == [tesseract.reread([each])[0] for each in crops]


def test_a_disk_that_takes_nothing_is_a_reader_that_breaks(monkeypatch, tmp_path):
    monkeypatch.setattr(tesseract.tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(ReaderError, match="cannot be written"):
        tesseract.reread([crop("Toko")])


def test_no_crops_no_run(monkeypatch):
    monkeypatch.setattr(tesseract, "_image_to_data", None)
    assert tesseract.reread([]) == []
