"""The first reader on pieces drawn here, and where it is missing."""

import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.derive.pictures import ppocr
from crawler.derive.pictures.sheets import Piece
from crawler.errors import ReaderError

pytestmark = pytest.mark.ocr


def piece(text, *, size=(300, 60), fill="#222", back="white", spacing=0):
    picture = Image.new("RGB", size, back)
    font, x = ImageFont.truetype("DejaVuSans.ttf", 26), 12.0
    for sign in text:
        ImageDraw.Draw(picture).text((x, 14), sign, font=font, fill=fill)
        x += font.getlength(sign) + spacing
    return Piece(picture, 1.25, ((0.0, 0.0, size[0] / 1.25, size[1] / 1.25),))


def said(rows):
    return ["".join(word for word, _, _ in row.words) for row in rows]


def test_each_piece_says_its_own():
    pieces = [piece("Toko Kita"), piece("TikTok Shop", fill="white", back="#114"), piece("")]
    assert [said(rows) for rows in ppocr.rows(pieces)] == [["TokoKita"], ["TikTokShop"], []]


@pytest.mark.parametrize(("fill", "back"), [("#222", "white"), ("white", "#114")])
def test_pieces_side_by_side_are_no_line(fill, back):
    texts = ["Jual di TikTok", "Voucher TikTok", "Belanja Tik Tok", "Toko kita murah"]
    font = ImageFont.truetype("DejaVuSans.ttf", 26)
    pieces = [piece(t, size=(18 + round(font.getlength(t)), 60), fill=fill, back=back) for t in texts]
    assert [said(rows) for rows in ppocr.rows(pieces)] == [[text.replace(" ", "")] for text in texts]


def test_boxes_are_in_px_of_the_piece():
    (row,) = ppocr.rows([piece("Halo"), piece("TikTok")])[1]
    assert all(sure > 0.8 for _, sure, _ in row.words)
    assert 0 <= row.words[0][2][0] < 20
    assert 85 < row.words[-1][2][2] < 130
    assert all(0 <= box.y < 20 < box.bottom <= 60 for _, _, box in row.words)


def test_letters_apart():
    assert said(ppocr.rows([piece("TIKTOK", size=(420, 60), spacing=34)])[0]) == ["TIKTOK"]


def test_pieces_of_every_size():
    odd = [piece("TikTok", size=size) for size in ((1_700, 575), (150, 48), (2_400, 60), (160, 900))]
    assert [said(rows) for rows in ppocr.rows(odd)] == [["TikTok"]] * 4


def test_no_pieces():
    assert ppocr.rows([]) == []


def test_where_the_models_are_not_installed(monkeypatch):
    monkeypatch.setattr(ppocr, "WHEEL", "no-such-wheel")
    ppocr.engine.cache_clear()
    try:
        with pytest.raises(ReaderError, match="not installed"):
            ppocr.engine()
    finally:
        monkeypatch.undo()
        ppocr.engine.cache_clear()
    assert ppocr.engine().startswith("pp-ocrv4 ")
