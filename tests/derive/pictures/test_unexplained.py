"""Letters on a page that neither text nor a picture's box explains."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.derive.pictures import ocr, unexplained
from crawler.derive.pictures.joined import Joined
from crawler.derive.pictures.ocr import pixel_text
from crawler.derive.pictures.tiles import Tiles
from crawler.model.box import CssBox
from tests.bundles import a_visit, make_bundle, text_node
from tests.derive.pictures.test_ocr import TERMS, media, page, write

SIZE = (900, 600)
WORDS = CssBox(120.0, 310.0, 230.0, 40.0)  # where `drawn` puts them


def drawn(scale: int = 1) -> Image.Image:
    """Return a page with one line of text, a card with a frame, and a rule."""
    picture = Image.new("RGB", (SIZE[0] * scale, SIZE[1] * scale), "white")
    pen = ImageDraw.Draw(picture)
    font = ImageFont.truetype("DejaVuSans-Bold.ttf", 32 * scale)
    pen.text((122 * scale, 310 * scale), "TikTok Shop", font=font, fill="#333333")
    pen.rectangle([500 * scale, 80 * scale, 800 * scale, 250 * scale], outline="#888888", width=scale)
    pen.line([0, 280 * scale, SIZE[0] * scale, 280 * scale], fill="#888888", width=scale)
    return picture


def taken(picture: Image.Image, scale: int = 1) -> list[Joined]:
    return [Joined(CssBox(0.0, 0.0, picture.width / scale, picture.height / scale), picture)]


@pytest.mark.parametrize("scale", [1, 3])
def test_a_line_that_nothing_explains_is_found_and_frames_are_not(scale):
    (found,) = unexplained.unexplained_boxes([], taken(drawn(scale), scale))
    assert found[0] < WORDS[0] + 8
    assert found[0] + found[2] > WORDS[0] + WORDS[2] - 20
    edge = unexplained.EDGE_PX
    assert WORDS[1] - edge <= found[1] <= found[1] + found[3] <= WORDS[1] + WORDS[3] + edge


def test_what_is_known_is_left_out():
    assert unexplained.unexplained_boxes([WORDS], taken(drawn())) == ()


def test_a_blank_page():
    assert unexplained.unexplained_boxes([], taken(Image.new("RGB", SIZE, "white"))) == ()


def test_a_box_beyond_the_page():
    beyond = [(-50.0, -50.0, 40.0, 40.0), (2_000.0, 9_000.0, 10.0, 10.0), (880.0, 580.0, 500.0, 500.0)]
    assert len(unexplained.unexplained_boxes([CssBox(*box) for box in beyond], taken(drawn()))) == 1


def test_noise_all_over_is_bounded():
    noise = Image.effect_noise(SIZE, 90).convert("RGB")
    assert len(unexplained.unexplained_boxes([], taken(noise))) <= unexplained.MOST


def test_many_places_are_put_together_and_none_is_dropped():
    size = (1_000, 2_400)
    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    font = ImageFont.truetype("DejaVuSans-Bold.ttf", 20)
    spots = [(20 + 240 * column, 20 + 100 * line) for line in range(24) for column in range(4)]
    for spot in spots:
        pen.text(spot, "Kopi Gayo", font=font, fill="#222222")
    found = unexplained.unexplained_boxes([], taken(picture))
    assert len(spots) > unexplained.MOST >= len(found)
    for x, y in spots:
        assert any(box.holds(x + 40, y + 12) for box in found)


@pytest.mark.ocr
@pytest.mark.parametrize(
    ("texts", "names"), [([], ["TikTok Shop"]), ([text_node("TikTok Shop", boxes=(WORDS,))], [])]
)
def test_it_is_read_unless_the_pages_text_says_it(tmp_path, texts, names):
    banner = Image.new("RGB", (400, 120), "#eef2f5")
    write(banner, (40, 40), "Belanja hemat", size=36, fill="#111111")
    whole = page(banner)
    whole.paste(drawn().crop((100, 300, 400, 360)), (100, 300))
    shown = a_visit("storefront", picture=whole, media=[media((100, 100, 400, 120))], text=texts)
    read = pixel_text(make_bundle(tmp_path, [shown]), 1, terms=TERMS)
    assert read.status == "read"
    assert [hit.text for line in read.lines for hit in line.hits] == names


def test_what_is_remembered_goes_by_how_the_tiles_lie(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    bundle = make_bundle(tmp_path, [a_visit("storefront", picture=drawn())])
    genuine, moved = (Tiles(bundle, "data/stages/01-storefront/tiles.json") for _ in range(2))
    tiny = [tile.model_copy(update={"box": CssBox(0.0, 0.0, 9.0, 9.0)}) for tile in moved.map.tiles]
    moved.map = moved.map.model_copy(update={"tiles": tuple(tiny)})
    assert ocr._unexplained(None, [], moved) == ()
    assert len(ocr._unexplained(None, [], genuine)) == 1


def test_letters_over_the_border_of_cells_are_found_as_on_the_whole_picture(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = []
    for cell_px in (None, (150, 325)):
        shown = a_visit("storefront", picture=drawn(), cell_px=cell_px)
        bundle = make_bundle(tmp_path / str(cell_px), [shown])
        pictures = Tiles(bundle, "data/stages/01-storefront/tiles.json")
        assert len(pictures.map.tiles) == (12 if cell_px else 1)
        found.append(ocr._unexplained(None, [], pictures))
    assert found[0] == found[1] != ()
