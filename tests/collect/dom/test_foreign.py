"""Frames of other processes are pictured in the layout that their text was read in."""

import io
import json

import pytest
from PIL import Image

from crawler.collect.page.screenshot import FullPage
from crawler.collect.page.text import PageText
from tests.collect.conftest import FOLDER
from tests.site import page

pytestmark = pytest.mark.browser

LIME, RED = (0, 255, 0), (255, 0, 0)
WIDE_PX = 500
STYLE = (
    f"<style>body{{margin:0;background:red}}@media (min-width:{WIDE_PX}px){{body{{background:lime}}}}</style>"
)
# A frame that needs long for every picture of itself, as on a machine that has other work.
SLOW = (
    "<script>let left = 6; const busy = (ms) => { const from = performance.now();"
    "while (performance.now() - from < ms); };"
    "const paint = () => { busy(250); if (left--) requestAnimationFrame(paint) };"
    "requestAnimationFrame(paint)"
    "</script>"
)
# The page gives its frame the final width only once it is scrolled into view.
WIDENS = (
    "<script>new IntersectionObserver((seen) => { if (seen.some((each) => each.isIntersecting))"
    "frame.width = 600 }).observe(frame)</script>"
)


def shop(lab, site, inside, after=WIDENS, width=160):
    site.routes["/till"] = page("Kasir", f"{STYLE}<p>Nomor kartu</p>{inside}")
    site.routes["/"] = page(
        "Bayar",
        f"<div style='height:2600px'></div><iframe id=frame src='{site.url('/till', 'b.test')}' "
        f"width={width} height=200></iframe><div style='height:900px'></div>{after}",
    )
    lab.open(site.url(host="a.test"))
    lab.page.wait_for_timeout(200)


def shown(lab):
    """Return the colour of the middle of the frame's own tile, and the tile."""
    tile = lab.tiles().tiles[-1]
    picture = Image.open(io.BytesIO((lab.root / tile.path).read_bytes())).convert("RGB")
    return picture.getpixel((picture.width // 2, picture.height // 2)), tile


@pytest.mark.parametrize("inside", ["", SLOW], ids=["quick", "slow"])
def test_a_frame_that_gets_its_width_when_it_is_seen_is_pictured_as_it_was_read(lab, site, inside):
    shop(lab, site, inside)
    lab.collect(FullPage(), PageText())
    colour, tile = shown(lab)
    (label,) = [node for node in lab.text().nodes if node.text == "Nomor kartu"]
    assert (colour, tile.box[2]) == (LIME, 600)
    assert tile.box[0] <= label.boxes[0][0] < tile.box[0] + 600
    facts = lab.tiles().scroll_pass
    assert (facts["foreign_frame_tiles"], facts["foreign_frames_unsteady"]) == (1, 0)


# A frame that needs long for every new width: it is red until it is done.
RESIZES = (
    "<script>addEventListener('resize', () => {"
    "document.body.style.background = innerWidth < 500 ? 'red' : '';"
    "const from = performance.now(); while (performance.now() - from < 300); })</script>"
)


@pytest.mark.parametrize("top_px", [60, 2600], ids=["in the first viewport", "below"])
def test_a_picture_of_the_whole_page_does_not_show_in_the_frames_own(lab, site, top_px):
    style = f"<style>body{{margin:0}}div:first-child{{height:{top_px}px!important}}</style>"
    shop(lab, site, RESIZES, after=style, width="60%")
    lab.collect(FullPage(), PageText())
    colour, tile = shown(lab)
    assert colour == LIME
    assert tile.box[2] > WIDE_PX


def test_a_frame_whose_width_never_rests_is_told_and_not_pictured(lab, site):
    swings = "<script>setInterval(() => { frame.width = 200 + Math.random() * 300 }, 15)</script>"
    shop(lab, site, "", after=swings)
    lab.collect(FullPage(), PageText())
    facts = lab.tiles().scroll_pass
    assert facts["foreign_frame_tiles"] == 0
    assert facts["foreign_frames_unsteady"] == 1
    assert len(lab.tiles().tiles) == 1


def test_a_frame_behind_something_that_never_paints_costs_little_and_is_no_miss(lab, site):
    hidden = "<style>#frame{visibility:hidden}</style>"
    shop(lab, site, "", after=hidden)
    artifacts = lab.collect(FullPage(), PageText())
    assert lab.tiles().scroll_pass["foreign_frames_unsteady"] == 0
    assert "tiles" in {artifact.kind for artifact in artifacts}


def test_what_was_taken_of_another_moment_is_kept_apart(lab, site):
    moves = "<script>let n = 0; setInterval(() => { move.style.height = (n += 9) + 'px' }, 10)</script>"
    site.routes["/"] = page("Toko", f"<div id=move></div><p>{'Kopi Gayo ' * 40}</p>{moves}")
    lab.open(site.url())
    artifacts = lab.collect(FullPage(), PageText())
    record = lab.tiles()
    assert record.unsteady
    assert record.scroll_pass["attempts"] == 3
    kinds = [artifact.kind for artifact in artifacts]
    assert kinds == ["unsettled", "unsettled", "fullpage", "tiles", "text"]
    assert record.tiles[0].path == artifacts[2].path == f"{FOLDER}/fullpage-003.png"
    assert json.loads(lab.read("tiles.json"))["unsteady"]
