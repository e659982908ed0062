"""Words in pixels, read by a real Tesseract from pictures drawn here."""

from __future__ import annotations

import json
import math
import shutil

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from crawler.derive import cache as base
from crawler.derive.pictures import looks, ocr, ppocr, tesseract, tiles
from crawler.derive.pictures.brand import Terms
from crawler.derive.pictures.looks import Engines
from crawler.derive.pictures.ocr import pixel_text
from crawler.derive.pictures.tiles import Tiles
from crawler.errors import ReaderError
from crawler.lib.text import find_words
from crawler.model.evidence import CssBox, FrameRecord, MediaNode, TileMap
from tests.bundles import a_visit, make_bundle, text_node

pytestmark = pytest.mark.ocr
FONT = "DejaVuSans-Bold.ttf"
TERMS = Terms(("TikTok", "TikTok Shop"))
ENGINES = Engines(first="one", second="two")


@pytest.fixture(params=["both readers", "Tesseract alone"])
def readers(request, monkeypatch):
    """Run a test with both readers, and where the first is not installed."""
    if request.param == "Tesseract alone":

        def missing():
            raise ReaderError("not installed")

        monkeypatch.setattr(ppocr, "engine", missing)
    return request.param


def media(box: CssBox, element="img"):
    return MediaNode(frame=0, element=element, box=box)


def write(picture: Image.Image, xy, text: str, *, size: int, fill) -> None:
    ImageDraw.Draw(picture).text(xy, text, font=ImageFont.truetype(FONT, size), fill=fill)


def photo(width: int, height: int) -> Image.Image:
    """Return something with the soft, uneven tones of a photograph."""
    picture = Image.new("RGB", (width, height))
    pixels = picture.load()
    for y in range(height):
        for x in range(width):
            wave = 60 * math.sin(x / 37) + 50 * math.cos(y / 29 + x / 90)
            pixels[x, y] = (int(110 + wave), int(120 + wave * 0.7), int(90 + wave * 0.5))
    return picture.filter(ImageFilter.GaussianBlur(2))


def page(picture: Image.Image | None = None, height: int = 600) -> Image.Image:
    whole = Image.new("RGB", (900, height), "white")
    if picture is not None:
        whole.paste(picture, (100, 100))
    return whole


def read(tmp_path, picture, boxes, **facts):
    bundle = make_bundle(
        tmp_path, [a_visit("storefront", picture=picture, media=[media(box) for box in boxes], **facts)]
    )
    return pixel_text(bundle, 1, terms=TERMS)


def brands(result):
    assert result.status == "read", result
    return [
        (line, match)
        for line in result.lines
        for match in find_words(line.text, ["TikTok"])
        if match.kind != "confusable"
    ]


def near(box: CssBox, expected: CssBox, by: float) -> bool:
    return all(abs(one - other) <= by for one, other in zip(box, expected, strict=True))


@pytest.mark.usefixtures("readers")
class TestReads:
    def test_dark_on_light(self, tmp_path):
        banner = Image.new("RGB", (400, 120), "#eef2f5")
        write(banner, (40, 40), "TikTok Shop", size=36, fill="#111111")
        found = brands(read(tmp_path, page(banner), [(100, 100, 400, 120)]))
        assert len(found) == 1, found
        assert near(found[0][0].box, (140, 146, 230, 30), 18), found

    def test_light_on_dark(self, tmp_path):
        banner = Image.new("RGB", (400, 120), "#101418")
        write(banner, (40, 40), "TikTok Shop", size=30, fill="white")
        assert brands(read(tmp_path, page(banner), [(100, 100, 400, 120)]))

    def test_on_a_photograph(self, tmp_path):
        banner = photo(600, 300)
        write(banner, (120, 110), "TikTok Shop", size=48, fill="white")
        assert brands(read(tmp_path, page(banner), [(100, 100, 600, 300)]))

    def test_very_large(self, tmp_path):
        banner = Image.new("RGB", (800, 300), "#0b6e4f")
        write(banner, (20, 70), "TikTok", size=150, fill="white")
        assert brands(read(tmp_path, page(banner), [(100, 100, 800, 300)]))

    def test_small(self, tmp_path):
        banner = Image.new("RGB", (220, 40), "white")
        write(banner, (10, 12), "bayar di TikTok Shop", size=12, fill="#222222")
        assert brands(read(tmp_path, page(banner), [(100, 100, 220, 40)]))

    def test_every_copy_of_a_picture(self, tmp_path):
        whole = page(height=1_400)
        for y in (100, 500, 900):
            banner = Image.new("RGB", (400, 120), "#eef2f5")
            write(banner, (40, 40), "TikTok Shop", size=36, fill="#111111")
            whole.paste(banner, (100, y))
        found = brands(read(tmp_path, whole, [(100, y, 400, 120) for y in (100, 500, 900)]))
        assert {round(line.box[1], -2) for line, _ in found} == {100, 500, 900}

    def test_over_the_border_of_two_tiles(self, tmp_path):
        banner = Image.new("RGB", (400, 120), "#eef2f5")
        write(banner, (40, 40), "TikTok Shop", size=36, fill="#111111")
        found = brands(read(tmp_path, page(banner), [(100, 100, 400, 120)], tile_px=160))
        assert near(found[0][0].box, (140, 146, 230, 30), 18)

    def test_at_scale_three(self, tmp_path):
        whole = Image.new("RGB", (1_200, 900), "white")
        write(whole, (150, 300), "TikTok Shop", size=72, fill="#111111")
        found = brands(read(tmp_path, whole, [(30, 80, 340, 80)], scale=3.0))
        assert near(found[0][0].box, (50, 103, 155, 20), 15), found[0][0].box


class TestLooksOnlyWhereTextDoesNot:
    def test_not_where_the_pages_text_stands(self, tmp_path):
        whole = page()
        write(whole, (100, 400), "TikTok Shop", size=36, fill="black")
        said = [text_node("TikTok Shop", boxes=((98, 398, 260, 44),))]
        result = read(tmp_path, whole, [(100, 100, 400, 120)], text=said)
        assert (result.status, result.lines, result.whole_page) == ("read", (), False)

    def test_all_of_the_page_without_its_text(self, tmp_path):
        whole = page()
        write(whole, (100, 400), "TikTok Shop", size=36, fill="black")
        result = read(tmp_path, whole, [], without=("text",))
        assert result.whole_page
        assert brands(result)

    def test_a_frame_that_could_not_be_read(self, tmp_path):
        whole = page()
        write(whole, (100, 400), "TikTok Shop", size=36, fill="black")
        frames = [
            FrameRecord(frame=0, parent=None, url="https://a.test/", name="", box=None),
            FrameRecord(frame=1, parent=0, url="https://b.test/", name="", box=(80, 380, 500, 80)),
        ]
        assert brands(read(tmp_path, whole, [], frames=frames, unread=["https://b.test/"]))

    def test_no_pictures_no_words(self, tmp_path):
        result = read(tmp_path, page(), [])
        assert (result.status, result.regions, result.lines) == ("read", 0, ())


class TestCannotLook:
    def test_without_tesseract(self, tmp_path, monkeypatch):
        monkeypatch.setattr(tesseract, "COMMAND", str(tmp_path / "nothing-here"))
        result = read(tmp_path, page(), [(100, 100, 400, 120)])
        assert (result.status, result.error, result.testable) == ("failed", "ReaderError", False)

    def test_tesseract_that_crashes(self, tmp_path, monkeypatch):
        tesseract.engine()
        broken = tmp_path / "tesseract"
        broken.write_text(
            '#!/bin/sh\ncase "$*" in\n'
            "*--list-langs*) printf 'List of available languages (2):\\neng\\nind\\n';;\n"
            '*--version*) echo "tesseract 5.3.0";;\n*) kill -SEGV $$;;\nesac\n'
        )
        broken.chmod(0o755)
        monkeypatch.setattr(tesseract, "COMMAND", str(broken))
        banner = Image.new("RGB", (400, 120), "#eef2f5")
        write(banner, (40, 40), "TikTok Shop", size=34, fill="#131313")
        bundle = make_bundle(
            tmp_path, [a_visit("storefront", picture=page(banner), media=[media((100, 100, 400, 120))])]
        )
        result = pixel_text(bundle, 1, terms=TERMS)
        assert (result.status, result.error) == ("failed", "ReaderError")
        assert not list((bundle.root / "derived").rglob("*.json*"))

    def test_language_missing(self, tmp_path, monkeypatch):
        poor = tmp_path / "tesseract"
        poor.write_text(
            '#!/bin/sh\ncase "$*" in\n'
            "*--list-langs*) printf 'List of available languages (1):\\neng\\n';;\n"
            '*) echo "tesseract 5.3.0";;\nesac\n'
        )
        poor.chmod(0o755)
        monkeypatch.setattr(tesseract, "COMMAND", str(poor))
        result = read(tmp_path, page(), [])
        assert (result.status, "ind" in result.message) == ("failed", True)

    def test_without_pictures(self, tmp_path):
        bundle = make_bundle(tmp_path, [a_visit("storefront", text=["Halo"])])
        assert pixel_text(bundle, 1).error == "ArtifactMissing"

    def test_visit_that_is_not_there(self, tmp_path):
        bundle = make_bundle(tmp_path, [a_visit("storefront")])
        assert pixel_text(bundle, 7).error == "ArtifactMissing"

    def test_page_cut_off_at_capture(self, tmp_path):
        bundle = make_bundle(tmp_path, [a_visit("storefront", picture=page())])
        facts = json.loads((bundle.root / "data/stages/01-storefront/tiles.json").read_text())
        tiles = TileMap.model_validate(facts | {"truncated": True})
        spec = a_visit("storefront", picture=page(), without=("tiles",))
        assert spec.pages[0].without == ("tiles",)
        shown = Tiles(_with(bundle, tiles), "data/stages/01-storefront/tiles.json")
        again, *_ = ocr._cut_page(bundle, shown, "", "", ENGINES, mode="media")
        assert again.status == "partly"

    @pytest.mark.parametrize(
        "facts",
        [
            {"stopped_early": True},
            {"images_incomplete": 2},
            {"foreign_frames_error": "Timeout"},
            {"foreign_frame_tiles": 30},
        ],
    )
    def test_what_capture_says_it_did_not_see(self, tmp_path, facts):
        assert self._status(tmp_path, [], scroll_pass=facts) == "partly"

    def test_no_tiles(self, tmp_path):
        assert self._status(tmp_path, [(100, 100, 400, 120)], tiles=[]) == "partly"

    @pytest.mark.parametrize(("inner", "status"), [(True, "partly"), (False, "read")])
    def test_pictures_beyond_the_page_where_something_in_it_scrolls(self, tmp_path, inner, status):
        assert self._status(tmp_path, [(0, 2_000, 400, 300)], scroll_pass={"inner_scroller": inner}) == status

    def test_a_picture_that_the_tiles_show_in_part(self, tmp_path):
        assert self._status(tmp_path, [(100, 500, 400, 300)], page_height=900) == "partly"

    def test_the_edge_of_a_pixel_is_no_part(self, tmp_path):
        assert self._status(tmp_path, [(100, 500, 400, 300)], page_height=600.6) == "read"

    def _status(self, tmp_path, boxes, **facts):
        bundle = make_bundle(
            tmp_path, [a_visit("storefront", picture=page(), media=[media(box) for box in boxes])]
        )
        folder = "data/stages/01-storefront"
        known = json.loads((bundle.root / folder / "tiles.json").read_text())
        tiles = TileMap.model_validate(known | facts)
        shown = Tiles(_with(bundle, tiles), f"{folder}/tiles.json")
        result, *_ = ocr._cut_page(bundle, shown, f"{folder}/text.json", "", ENGINES, mode="media")
        return result.status

    def test_more_than_is_read(self, tmp_path, monkeypatch):
        monkeypatch.setattr(tiles, "MAX_READ_PX", 50_000)
        assert read(tmp_path, page(), [(100, 100, 400, 120)]).status == "partly"


class TestRepeats:
    def test_byte_for_byte_without_the_cache(self, tmp_path):
        banner = photo(600, 300)
        write(banner, (120, 110), "TikTok Shop", size=48, fill="white")
        texts = set()
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            texts.add(read(tmp_path / name, page(banner), [(100, 100, 600, 300)]).model_dump_json())
        assert len(texts) == 1

    def test_second_time_from_the_cache(self, tmp_path, monkeypatch):
        banner = Image.new("RGB", (400, 120), "#eef2f5")
        write(banner, (40, 40), "TikTok Shop", size=36, fill="#111111")
        bundle = make_bundle(
            tmp_path, [a_visit("storefront", picture=page(banner), media=[media((100, 100, 400, 120))])]
        )
        first = pixel_text(bundle, 1)
        assert first.lines
        monkeypatch.setattr(ocr, "_cut_page", None)
        assert pixel_text(bundle, 1) == first


class TestSeveralPages:
    @pytest.fixture
    def bundle(self, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        visits = []
        for name in ("TikTok Shop", "Pembayaran TikTok", "Belanja hemat"):
            banner = Image.new("RGB", (500, 120), "#eef2f5")
            write(banner, (40, 40), name, size=36, fill="#111111")
            visits.append(a_visit("storefront", picture=page(banner), media=[media((100, 100, 500, 120))]))
        return make_bundle(tmp_path, visits)

    @pytest.fixture
    def runs(self, monkeypatch):
        """Return a list that gains an entry for every run of the second reader."""
        made = []
        real = tesseract.reread

        def counted(crops):
            made.append(len(crops))
            return real(crops)

        monkeypatch.setattr(tesseract, "reread", counted)
        return made

    def test_are_read_again_in_one_run_and_as_one_by_one(self, bundle, runs):
        together = ocr.pixel_texts(bundle, [(1, 1), (2, 1), (3, 1)], terms=TERMS)
        assert runs == [2]
        shutil.rmtree(bundle.root / "derived")
        assert [pixel_text(bundle, visit, terms=TERMS) for visit in (1, 2, 3)] == together
        assert [[hit.text for line in each.lines for hit in line.hits] for each in together] == [
            ["TikTok Shop"],
            ["TikTok"],
            [],
        ]

    def test_what_both_show_is_read_once(self, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        banner = Image.new("RGB", (500, 120), "#eef2f5")
        write(banner, (40, 40), "TikTok Shop", size=36, fill="#111111")
        visit = a_visit("storefront", picture=page(banner), media=[media((100, 100, 500, 120))])
        read, real = [], ppocr.rows

        def counted(pieces):
            read.append(len(pieces))
            return real(pieces)

        monkeypatch.setattr(ppocr, "rows", counted)
        one, other = ocr.pixel_texts(make_bundle(tmp_path, [visit, visit]), [(1, 1), (2, 1)], terms=TERMS)
        assert read == [1]
        assert one.lines == other.lines != ()

    @pytest.mark.usefixtures("readers")
    def test_what_one_says_does_not_hang_on_the_others(self, bundle, monkeypatch, tmp_path):
        together = ocr.pixel_texts(bundle, [(1, 1), (2, 1), (3, 1)], terms=TERMS)
        shutil.rmtree(bundle.root / "derived")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another cache"))
        assert pixel_text(bundle, 2, terms=TERMS) == together[1]

    def test_names_that_are_alike_are_read_again_once(self, tmp_path, monkeypatch, runs):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        banner = Image.new("RGB", (500, 120), "#eef2f5")
        write(banner, (40, 40), "TikTok Shop", size=36, fill="#111111")
        visit = a_visit("storefront", picture=page(banner), media=[media((100, 100, 500, 120))])
        bundle = make_bundle(tmp_path, [visit, visit])
        one, other = ocr.pixel_texts(bundle, [(1, 1), (2, 1)], terms=TERMS)
        assert runs == [1]
        assert one.lines == other.lines

    def test_few_are_in_memory_at_a_time(self, bundle, monkeypatch):
        read, real = [], ppocr.rows
        monkeypatch.setattr(looks, "MOST_TOGETHER_PX", 100_000)

        def counted(pieces):
            read.append(len(pieces))
            return real(pieces)

        monkeypatch.setattr(ppocr, "rows", counted)
        ocr.pixel_texts(bundle, [(1, 1), (2, 1), (3, 1)], terms=TERMS)
        assert read == [1, 1, 1]

    def test_tiles_are_closed_when_a_page_was_read(self, bundle, monkeypatch):
        ocr.pixel_texts(bundle, [(1, 1)], terms=TERMS)
        shutil.rmtree(bundle.root / "derived")
        shutil.rmtree(base.shared_folder())
        made, real = [], Tiles.__init__

        def noted(self, *args):
            real(self, *args)
            made.append(self)

        monkeypatch.setattr(Tiles, "__init__", noted)
        (read,) = ocr.pixel_texts(bundle, [(1, 1)], terms=TERMS)
        assert [hit.second for line in read.lines for hit in line.hits] == ["agrees"]
        assert [each._open for each in made] == [{}]

    @pytest.mark.parametrize(
        "facts", [{"text": ["Halo"], "without": ("text",)}, {"unread": ["https://pay.test/"]}]
    )
    def test_nothing_is_remembered_where_fields_may_be_that_nobody_knows(self, tmp_path, monkeypatch, facts):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        shown = page()
        write(shown, (100, 100), "Budi Santoso", size=36, fill="#111111")
        result = pixel_text(
            make_bundle(tmp_path, [a_visit("storefront", picture=shown, **facts)]), 1, terms=TERMS
        )
        assert "Budi" in " ".join(line.text for line in result.lines)
        assert not any(
            b"Budi" in path.read_bytes() for path in base.shared_folder().rglob("*") if path.is_file()
        )

    def test_one_that_is_not_there_costs_no_other(self, bundle):
        first, missing, second = ocr.pixel_texts(bundle, [(1, 1), (7, 1), (2, 1)], terms=TERMS)
        assert (first.status, missing.status, second.status) == ("read", "failed", "read")

    def test_a_second_reader_that_breaks_costs_only_the_pages_it_breaks_on(self, bundle, monkeypatch):
        real = tesseract.reread

        def breaks(crops):
            if len(crops) > 1:
                raise ReaderError("took too long")
            return real(crops)

        monkeypatch.setattr(tesseract, "reread", breaks)
        read = ocr.pixel_texts(bundle, [(1, 1), (2, 1), (3, 1)], terms=TERMS)
        assert [each.status for each in read] == ["read", "read", "read"]

    def test_ahead_of_being_asked(self, bundle, monkeypatch):
        ocr.read_ahead(bundle, terms=TERMS)
        monkeypatch.setattr(ocr, "_cut_page", None)
        assert all(pixel_text(bundle, visit, terms=TERMS).status == "read" for visit in (1, 2, 3))


def _with(bundle, tiles):
    class Patched:
        root = bundle.root

        def record(self, path, kind):
            return tiles if kind is TileMap else bundle.record(path, kind)

        def read(self, path):
            return bundle.read(path)

        def sha256(self, path):
            return bundle.sha256(path)

    return Patched()


def test_what_stands_in_a_field_is_kept_with_the_bundle_only(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    whole = Image.new("RGB", (900, 600), "white")
    write(whole, (110, 112), "Jalan Cikini 73", size=28, fill="black")
    write(whole, (110, 312), "Belanja Hemat", size=28, fill="black")
    shown = [media((100, 100, 400, 60), "input"), media((100, 300, 400, 60))]
    found = pixel_text(
        make_bundle(tmp_path, [a_visit("checkout", picture=whole, media=shown)]), 1, terms=TERMS
    )
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("results.db*"))
    assert {line.text for line in found.lines} == {"Jalan Cikini 73", "Belanja Hemat"}
    assert b"Belanja" in kept
    assert b"Cikini" not in kept
