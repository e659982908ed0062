"""Pictures held against the page they are of, row by row."""

import io
import threading

import pytest
from PIL import Image

from crawler.collect.base import collect_all, stopped_at
from crawler.collect.page.screenshot import FullPage, Viewport
from crawler.derive.pictures.joined import join_cells
from crawler.model.evidence import TileMap
from tests.collect.conftest import FOLDER
from tests.site import Reply, page

pytestmark = pytest.mark.browser

ROWS, ROW_PX, HEAD_PX, BOX_PX = 100, 200, 40, 100
HEADER, END = (255, 0, 255), (0, 0, 255)


def colour(index: int) -> tuple[int, int, int]:
    return (index * 2, 255 - index * 2, 17)


def shown_colour(index: int) -> tuple[int, int, int]:
    return (10, index * 2, 200)


def lazy_page() -> Reply:
    """100 rows with a lazy picture and a box that fills when it is seen, a sticky header, a 100vh end."""
    rows = "".join(
        f'<div class=r style="background:rgb{colour(i)}">'
        f'<img loading=lazy src="/p/{i}.svg" width={BOX_PX} height={BOX_PX}>'
        f'<i data-c="rgb{shown_colour(i)}"></i></div>'
        for i in range(ROWS)
    )
    style = (
        f"body{{margin:0}}.r{{height:{ROW_PX}px;display:flex}}.r i{{width:{BOX_PX}px;height:{BOX_PX}px}}"
        f".r img{{display:block}}header{{position:sticky;top:0;height:{HEAD_PX}px;background:rgb{HEADER}}}"
        f"footer{{height:100vh;background:rgb{END}}}"
    )
    script = (
        "const o=new IntersectionObserver(es=>es.forEach(e=>{if(e.isIntersecting)setTimeout(()=>"
        "e.target.style.background=e.target.dataset.c,40)}));document.querySelectorAll('i').forEach(n=>o.observe(n))"
    )
    return page(
        "Lazy",
        f"<style>{style}</style><header></header>{rows}<footer></footer><script>{script}</script>",
        head="<meta name=viewport content='width=device-width,initial-scale=1'>",
    )


def square(handler) -> Reply:
    index = int(handler.path.split("/")[2].split(".")[0])
    rect = f'<rect width="9" height="9" fill="rgb{shown_colour(index)}"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{rect}</svg>'
    return Reply(svg, content_type="image/svg+xml")


@pytest.mark.parametrize("device", ["desktop", "mobile"])
def test_every_row_of_a_long_lazy_page_is_there_once(start, site, device):
    site.routes["/"] = lazy_page()
    site.routes.update({f"/p/{i}.svg": square for i in range(ROWS)})
    with start(device, site) as lab:
        lab.open(site.url(host="a.test"))
        lab.collect(FullPage())
        tiles, scale = lab.tiles(), lab.device.scale
        assert not tiles.truncated
        height = HEAD_PX + ROWS * ROW_PX + lab.device.viewport[1]
        assert tiles.page_height == height
        tops = [tile.box[1] for tile in tiles.tiles]
        assert tops == [sum(tile.box[3] for tile in tiles.tiles[:n]) for n in range(len(tops))]
        assert sum(tile.box[3] for tile in tiles.tiles) == height
        assert all(tile.height_px == tile.box[3] * scale <= 8192 for tile in tiles.tiles)
        columns = {x: column(lab, tiles, x, scale) for x in (50, 150, 300)}
    fetched = site.count("GET /p/")
    assert fetched == ROWS
    assert tiles.scroll_pass["images_incomplete"] == 0
    for y in range(height):
        assert columns[300][y] == expected(y, colour), f"row {y}"
        assert columns[50][y] == expected(y, picture), f"picture at row {y}"
        assert columns[150][y] == expected(y, picture), f"box at row {y}"


def column(lab, tiles, x, scale):
    """The colours of a column of the page, one for each CSS px, at its centre."""
    colours = []
    for tile in tiles.tiles:
        with Image.open(lab.root / tile.path) as picture:
            rgb = picture.convert("RGB").crop((int(x * scale), 0, int(x * scale) + 1, picture.height))
            pixels = list(rgb.get_flattened_data())
        colours += [pixels[int((y + 0.5) * scale)] for y in range(int(tile.box[3]))]
    return colours


def picture(index: int, within: int = 0):
    return shown_colour(index) if within < BOX_PX else colour(index)


def expected(y, of):
    if y < HEAD_PX:
        return HEADER
    index, within = divmod(y - HEAD_PX, ROW_PX)
    if index >= ROWS:
        return END
    return of(index, within) if of is picture else of(index)


def test_the_viewport_is_taken_as_it_is_scrolled(lab, site):
    site.routes["/"] = page(
        "T", "<body style='margin:0;height:5000px;background:linear-gradient(red 2000px,lime 0)'>"
    )
    lab.open(site.url())
    lab.page.evaluate("scrollTo(0, 3000)")
    lab.collect(Viewport())
    picture = Image.open(io.BytesIO(lab.read("viewport.png"))).convert("RGB")
    assert picture.size == lab.device.viewport
    assert picture.getpixel((5, 5)) == (0, 255, 0)


def test_scale_and_screen_of_the_page_stay_what_they_were(start, site):
    site.routes["/"] = page("T", "<p>x", head="<meta name=viewport content='width=device-width'>")
    with start("mobile", site) as lab:
        lab.open(site.url())
        asked = "[devicePixelRatio, innerWidth, innerHeight, screen.width, screen.orientation.type]"
        before = lab.page.evaluate(asked)
        lab.page.evaluate("window.resized = 0; addEventListener('resize', () => resized++)")
        lab.collect(Viewport())
        assert lab.page.evaluate(asked) == before
        assert lab.page.evaluate("resized") == 0
        assert Image.open(io.BytesIO(lab.read("viewport.png"))).size == (412 * 3, 915 * 3)


def test_a_page_without_end_is_cut_and_says_so(lab, site):
    grow = (
        "const more=()=>{if(scrollY+innerHeight>document.documentElement.scrollHeight-900)"
        "{const d=document.createElement('div');d.style.height='1500px';document.body.append(d)}};"
        "addEventListener('scroll',more);more();more()"
    )
    site.routes["/"] = page("Endless", f"<script>{grow}</script>")
    lab.open(site.url())
    lab.collect(FullPage(), max_page_px=6_000)
    tiles = lab.tiles()
    assert tiles.truncated
    assert sum(tile.box[3] for tile in tiles.tiles) == 6_000
    assert tiles.scroll_pass["steps"] < 20


def test_a_picture_that_never_comes_does_not_hold_the_page(lab, site):
    site.routes["/"] = page("T", "<img src=/never width=50 height=50>")
    site.routes["/never"] = lambda handler: handler.site.stopping.wait(60) and None
    lab.page.goto(site.url(), wait_until="domcontentloaded")
    lab.collect(FullPage())
    assert lab.tiles().scroll_pass["images_incomplete"] == 1


def test_pictures_that_come_one_after_another_are_waited_for_as_long_as_they_come(lab, site):
    """As on a busy machine: seven pictures in seven seconds, and none of them late by itself."""
    before = [threading.Event() for _ in range(8)]
    before[0].set()

    def answer(number):
        def wait_for_turn(handler):
            before[number].wait(30)
            site.stopping.wait(1.0)
            before[number + 1].set()
            return square(handler)

        return wait_for_turn

    site.routes |= {f"/p/{number}.svg": answer(number) for number in range(7)}
    pictures = "".join(f"<img src=/p/{number}.svg width=50 height=50>" for number in range(7))
    site.routes["/"] = page("T", pictures)
    lab.page.goto(site.url(), wait_until="domcontentloaded")
    lab.collect(FullPage())
    facts = lab.tiles().scroll_pass
    assert (facts["images_complete"], facts["images_incomplete"]) == (7, 0)


def test_a_lazy_picture_that_was_passed_unseen_is_brought_into_sight(lab, site):
    """The page goes back to its top all through the pass, before the browser looks at what is near."""
    bounce = "let n = 0; addEventListener('scroll', () => { if (n++ < 90) scrollTo(0, 0) })"
    far = "<div style='height:30000px'></div><img loading=lazy src=/p/9.svg width=50 height=50>"
    site.routes["/"] = page("T", f"{far}<script>{bounce}</script>")
    site.routes["/p/9.svg"] = square
    lab.open(site.url())
    lab.collect(FullPage())
    assert lab.tiles().scroll_pass["images_incomplete"] == 0


def test_a_popup_has_files_of_its_own(lab, site):
    site.routes["/"] = page("T", "<a href=/b target=_blank>b</a>")
    site.routes["/b"] = page("B", "<body style='background:lime'>")
    lab.open(site.url())
    with lab.context.expect_page() as opened:
        lab.page.click("a")
    opened.value.wait_for_load_state()
    popup = lab.collect(Viewport(), FullPage(), page=opened.value, number=2)
    main = lab.collect(Viewport())
    assert [artifact.path for artifact in popup] == [
        f"{FOLDER}/p2-viewport.png",
        f"{FOLDER}/p2-fullpage-001.png",
        f"{FOLDER}/p2-tiles.json",
    ]
    assert {artifact.page for artifact in popup} == {2}
    assert main[0].path == f"{FOLDER}/viewport.png"
    assert Image.open(io.BytesIO(lab.read("p2-viewport.png"))).convert("RGB").getpixel((9, 9)) == (0, 255, 0)


def test_where_a_stage_stopped(lab, site):
    site.routes["/"] = page("T", "<p>x")
    lab.open(site.url())
    artifacts, failures = stopped_at(lab.target())
    assert [(artifact.kind, artifact.path) for artifact in artifacts] == [
        ("stopped-at", f"{FOLDER}/stopped-at.png")
    ]
    assert failures == ()


def test_a_page_that_was_closed_is_a_failure_and_no_picture(lab, site):
    site.routes["/"] = page("T", "<p>x")
    other = lab.context.new_page()
    lab.open(site.url(), other)
    target = lab.target(other)
    other.close()
    artifacts, failures = collect_all(target, (Viewport(), FullPage()))
    assert artifacts == ()
    assert [failure.collector for failure in failures] == ["viewport", "fullpage"]
    assert not (lab.root / FOLDER).exists()


def photographs(count: int):
    """Return large photographs as a server answers with them, and the page that shows them."""
    shown = []
    for index in range(count):
        small = Image.effect_noise((40, 30), 90).convert("RGB").resize((1_600, 1_200))
        small.paste((index * 6, 90, 200), (0, 0, 800, 1_200))
        written = io.BytesIO()
        small.save(written, "JPEG")
        shown.append(Reply(written.getvalue(), content_type="image/jpeg"))
    images = "".join(
        f"<img decoding=async {'loading=lazy' if i % 2 else ''} src=/photo/{i}.jpg width=640 height=480>"
        for i in range(count)
    )
    return shown, page("Photographs", f"<style>body{{margin:0}}img{{display:block}}</style>{images}")


def test_photographs_are_decoded_before_the_picture_is_taken(lab, site):
    replies, site.routes["/"] = photographs(30)
    site.routes.update({f"/photo/{i}.jpg": reply for i, reply in enumerate(replies)})
    lab.open(site.url())
    lab.collect(FullPage())
    shown = column(lab, lab.tiles(), 100, 1)
    for index in range(30):
        red, green, blue = shown[480 * index + 240]
        assert abs(red - index * 6) < 12, f"photograph {index}"
        assert abs(green - 90) < 12
        assert abs(blue - 200) < 12


@pytest.mark.parametrize("device", ["desktop", "mobile"])
def test_a_picture_that_is_cut_shows_what_it_showed_whole(start, site, device):
    replies, site.routes["/"] = photographs(6)
    site.routes.update({f"/photo/{i}.jpg": reply for i, reply in enumerate(replies)})
    with start(device, site) as lab:
        lab.open(site.url(host="a.test"))
        lab.collect(FullPage(), cut_pictures=True)
        cells = lab.tiles()
        lab.collect(FullPage(), number=2)
        whole = TileMap.model_validate_json(lab.read("p2-tiles.json"))
        assert len(cells.tiles) > 10
        assert len(cells.pictures) == len(whole.tiles)
        for together, tile in zip(cells.pictures, whole.tiles, strict=True):
            box, pixels = join_cells(together, lambda each: Image.open(lab.root / each.path).convert("RGB"))
            assert box == tile.box
            assert pixels.tobytes() == Image.open(lab.root / tile.path).convert("RGB").tobytes()
