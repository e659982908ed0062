"""Text as the page holds it: split, hidden, generated, in shadows and foreign frames, with its boxes."""

import time

import pytest
from PIL import Image

from crawler.collect.base import collect_all
from crawler.collect.page.screenshot import FullPage
from crawler.collect.page.text import PageText
from tests.collect.conftest import FOLDER, TYPED
from tests.site import Reply, page

pytestmark = pytest.mark.browser


def read(lab, site, body, head="", host="a.test"):
    site.routes["/"] = page("Toko", body, head)
    lab.open(site.url(host=host))
    lab.collect(PageText())
    return lab.text()


def runs(record, channel="text"):
    """The text of each block, put together."""
    blocks = {}
    for node in record.nodes:
        if node.channel == channel:
            blocks[node.block] = blocks.get(node.block, "") + node.text
    return list(blocks.values())


def said(record, text, channel="text"):
    (node,) = [node for node in record.nodes if node.channel == channel and text in node.text]
    return node


def test_a_word_split_over_inline_elements_is_one_run(lab, site):
    record = read(lab, site, "<p>Tik<b>Tok</b><i></i> <span>Sh</span><em>op</em></p><p>lain</p>")
    assert runs(record) == ["TikTok Shop", "lain"]


def test_letters_in_boxes_of_their_own_are_one_run_and_buttons_are_not(lab, site):
    letters = "".join(f"<span style='display:inline-block'>{letter}</span>" for letter in "TikTok")
    buttons = "<a style='display:inline-block'>Beli</a><a style='display:inline-block'>TikTok</a>"
    record = read(lab, site, f"<h1>{letters}</h1><p>{buttons}</p>")
    assert runs(record) == ["TikTok", "Beli", "TikTok"]


def test_letter_spacing_and_case_by_style_leave_the_text_as_it_is(lab, site):
    record = read(lab, site, "<p style='letter-spacing:9px;text-transform:uppercase'>TikTok</p>")
    assert said(record, "TikTok").visible


def test_a_line_break_ends_a_word(lab, site):
    assert runs(read(lab, site, "<p>Tik<br>Tok</p>")) == ["Tik\nTok"]


def test_closed_shadow_roots_are_read(lab, site):
    body = (
        "<div id=a></div><div id=b></div>"
        "<div><template shadowrootmode=closed><span>deklaratif</span></template></div>"
        "<script>a.attachShadow({mode:'closed'}).innerHTML='<b>tertutup</b>';"
        "b.attachShadow({mode:'open'}).innerHTML='<p>terbuka<u>lah</u></p>'</script>"
    )
    record = read(lab, site, body)
    kinds = {text: said(record, text) for text in ("deklaratif", "tertutup", "terbuka")}
    assert {text: node.shadow for text, node in kinds.items()} == {
        "deklaratif": "closed",
        "tertutup": "closed",
        "terbuka": "open",
    }
    assert all(node.visible and node.boxes for node in kinds.values())
    assert "terbukalah" in runs(record)


def test_generated_text(lab, site):
    style = "<style>.x::before{content:'Bayar '}.x::after{content:' aman'}.x::first-letter{color:red}</style>"
    record = read(lab, site, "<p class=x>di Tokopedia</p>", style)
    assert runs(record, "pseudo") == ["Bayar  aman"]
    assert said(record, "Bayar", "pseudo").visible
    assert runs(record) == ["di Tokopedia"]


HIDDEN = {
    "none": "display:none",
    "visibility": "visibility:hidden",
    "opacity": "opacity:0",
    "reader": "position:absolute;width:1px;height:1px;overflow:hidden",
    "clip": "position:absolute;clip:rect(0,0,0,0)",
    "left": "position:absolute;left:-9999px",
    "zero": "font-size:0",
}


@pytest.mark.parametrize("how", HIDDEN)
def test_what_style_hides_is_kept_as_not_visible(lab, site, how):
    record = read(
        lab, site, f"<p>tampak</p><div style='{HIDDEN[how]}'><span>rahasia <b>TikTok</b></span></div>"
    )
    assert said(record, "tampak").visible
    assert not said(record, "rahasia").visible
    assert "rahasia TikTok" in runs(record)


def test_the_channels_nobody_sees(lab, site):
    head = (
        "<meta name=description content='d1'><meta property='og:site_name' content='d2'>"
        "<meta name='application-name' content='d3'><meta name=viewport content='width=device-width'>"
        "<link rel=manifest href=/m.json>"
    )
    body = (
        "<img alt=a1 title=t1 src=/x width=9 height=9><button aria-label=r1>B</button>"
        "<input placeholder=p1><input type=submit value=v1><input value=tulisan>"
        "<noscript><p>n1</p><img alt=n2></noscript><svg width=9 height=9><title>t2</title></svg>"
        "<textarea>catatan</textarea><script>var s1</script><style>.s2{}</style>"
    )
    site.routes["/m.json"] = Reply(
        '{"name":"m1","short_name":"m2","description":"m3"}', content_type="application/json"
    )
    site.routes["/"] = page("Judul", body, head)
    lab.open(site.url(host="a.test"))
    lab.until(lambda: lab.recorder.connections.manifests)
    lab.collect(PageText())
    record = lab.text()
    found = {(node.channel, node.text) for node in record.nodes if node.channel != "text"}
    assert found == {
        ("title", "Judul"), ("meta", "d1"), ("meta", "d2"), ("meta", "d3"), ("alt", "a1"),
        ("title-attribute", "t1"), ("title-attribute", "t2"), ("aria", "r1"), ("placeholder", "p1"),
        ("value", "v1"), ("noscript", "n1 n2"), ("manifest", "m1"), ("manifest", "m2"), ("manifest", "m3"),
    }  # fmt: skip
    assert said(record, "v1", "value").visible
    assert said(record, "p1", "placeholder").visible
    assert not said(record, "a1", "alt").visible
    assert "tulisan" not in lab.read("text.json").decode()
    assert "catatan" not in lab.read("text.json").decode()


def test_a_manifest_that_did_not_come_is_named(lab, site):
    site.routes["/m.json"] = lambda handler: handler.site.stopping.wait(60) and None
    record = read(lab, site, "x", "<link rel=manifest href=/m.json>")
    assert record.unread == (site.url("/m.json", "a.test"),)


INDEX = Reply("<!doctype html><title>TikTok Shop</title><div id=root></div>")


@pytest.mark.parametrize(
    "reply",
    [
        INDEX,
        Reply("[]", content_type="application/json"),
        Reply("", status=204),
        Reply("tidak ada", status=404),
        Reply(b"GIF89a", content_type="image/gif"),
    ],
    ids=["single-page app", "list", "nothing", "not found", "picture"],
)
def test_an_answer_that_is_no_manifest_declares_nothing(lab, site, reply):
    site.routes["/m.json"] = reply
    site.routes["/"] = page("T", "x", "<link rel=manifest href=/m.json>")
    lab.open(site.url(host="a.test"))
    lab.until(lambda: lab.recorder.connections.manifests)
    lab.collect(PageText())
    record = lab.text()
    assert record.unread == ()
    assert [node for node in record.nodes if node.channel == "manifest"] == []


def test_a_manifest_after_a_redirect_is_read(lab, site):
    site.routes["/m.json"] = Reply("", status=302, headers={"Location": "/id/m.json"})
    site.routes["/id/m.json"] = Reply('{"name":"m1"}', content_type="application/json")
    site.routes["/"] = page("T", "x", "<link rel=manifest href=/m.json>")
    lab.open(site.url(host="a.test"))
    lab.until(lambda: lab.recorder.connections.manifests)
    lab.collect(PageText())
    assert [node.text for node in lab.text().nodes if node.channel == "manifest"] == ["m1"]


def test_the_chosen_option_is_seen_and_the_others_are_not(lab, site):
    record = read(lab, site, "<select><option>satu<option selected>dua</select>")
    assert (said(record, "satu").visible, said(record, "dua").visible) == (False, True)
    assert said(record, "dua").boxes


def test_what_was_typed_is_nowhere(lab, site):
    site.routes["/"] = page("T", "<input id=i><textarea id=t></textarea><p contenteditable id=c></p>")
    lab.open(site.url())
    for field in ("#i", "#t", "#c"):
        lab.page.fill(field, TYPED)
    lab.collect(PageText())
    assert TYPED not in lab.read("text.json").decode()


def test_links_are_absolute_and_without_secrets(lab, site):
    record = read(lab, site, "<a href='/bantuan?access_token=abc123xyz#x'>Ban<b>tuan</b></a>")
    href = said(record, "tuan").href
    assert href.startswith(site.url("/bantuan?access_token=h:", "a.test"))
    assert said(record, "Ban").href == href


def test_elements_have_a_short_path(lab, site):
    record = read(lab, site, "<div id=kaki><ul class='a b'><li>Hubungi kami</li></ul></div>")
    assert said(record, "Hubungi").element == "div#kaki > ul.a.b > li"


def laid_out(lab, tiles):
    """The tiles put together, later ones over earlier ones."""
    scale = tiles.scale
    whole = Image.new("RGB", (int(tiles.page_width * scale), int(tiles.page_height * scale)))
    for tile in tiles.tiles:
        with Image.open(lab.root / tile.path) as part:
            whole.paste(part.convert("RGB"), (round(tile.box[0] * scale), round(tile.box[1] * scale)))
    return whole


@pytest.mark.parametrize("device", ["desktop", "mobile"])
def test_boxes_of_frames_lie_where_the_picture_shows_them(start, site, device):
    """Same-process, foreign and nested frames, scrolled, bordered, on a scrolled page."""
    mark = "<span style='background:{0};color:{0};font:20px monospace'>{1}</span>"
    inner = "<body style='margin:0;height:900px'><div style='height:120px'></div>{}"
    inner += "<script>scrollTo(0,100)</script>"
    site.routes["/same"] = Reply(inner.format(mark.format("rgb(0,255,0)", "sama")))
    site.routes["/nested"] = Reply(inner.format(mark.format("rgb(0,0,255)", "dalam")))
    nested = f"<iframe src='{site.url('/nested', 'a.test')}' width=200 height=80></iframe>"
    site.routes["/other"] = Reply(inner.format(mark.format("rgb(255,0,0)", "asing") + nested))
    frames = (
        "<body style='margin:0'><div style='height:1500px'></div>"
        "<iframe src=/same width=300 height=100 style='border:7px solid;padding:5px'></iframe>"
        f"<iframe src='{site.url('/other', 'b.test')}' width=300 height=200 style='margin:11px'></iframe>"
        f"<iframe src=/same style='display:none' name=tersembunyi></iframe><div style='height:900px'></div>"
    )
    head = "<meta name=viewport content='width=device-width,initial-scale=1'>"
    with start(device, site) as lab:
        site.routes["/"] = page("Frames", frames, head)
        lab.open(site.url(host="a.test"))
        lab.page.evaluate("scrollTo(0, 700)")
        lab.collect(FullPage(), PageText())
        record, tiles, scale = lab.text(), lab.tiles(), lab.device.scale
        picture = laid_out(lab, tiles)
    assert len(record.frames) == 5
    assert record.unread == ()
    colours = {"sama": (0, 255, 0), "asing": (255, 0, 0), "dalam": (0, 0, 255)}
    for text, colour in colours.items():
        (node,) = [node for node in record.nodes if node.text == text and node.visible]
        ((x, y, width, height),) = node.boxes
        for dx, dy in ((2, 3), (width - 2, 3), (2, height - 3), (width - 2, height - 3)):
            assert picture.getpixel((int((x + dx) * scale), int((y + dy) * scale))) == colour, text
    hidden = [node for node in record.nodes if node.text == "sama" and not node.visible]
    assert [node.boxes for node in hidden] == [()]


def test_a_foreign_frame_whose_script_never_ends_is_named_and_the_page_is_read(lab, site):
    site.routes["/stuck"] = page("S", "<p>macet</p><script>setTimeout(()=>{for(;;);},0)</script>")
    site.routes["/"] = page("T", f"<p>sehat</p><iframe src='{site.url('/stuck', 'b.test')}'></iframe>")
    lab.page.goto(site.url(host="a.test"), wait_until="commit")
    lab.until(lambda: site.count("GET /stuck") and len(lab.page.frames) == 2)
    lab.page.wait_for_timeout(300)
    lab.collect(PageText())
    record = lab.text()
    assert said(record, "sehat").visible
    assert record.unread == (site.url("/stuck", "b.test"),)


def test_pictures_without_text(lab, site):
    site.routes["/a.png"] = Reply(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', content_type="image/svg+xml"
    )
    dot = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    body = (
        "<img src='/a.png?token=rahasia12' alt=logo width=40 height=30><canvas width=50 height=20></canvas>"
        "<svg width=9 height=9><svg></svg></svg><video width=60 height=40></video>"
        f"<div style='width:70px;height:10px;background-image:url({dot})'></div>"
        "<div style='width:70px;height:10px;background-image:linear-gradient(red,blue)'></div>"
        "<input type=image src=/b.png width=8 height=8><img src=/c.png style='display:none'>"
    )
    record = read(lab, site, body)
    kinds = [medium.element for medium in record.media]
    assert kinds == ["img", "canvas", "svg", "video", "background", "input"]
    logo = record.media[0]
    assert logo.alt == "logo"
    assert logo.box[2:] == (40, 30)
    assert logo.src.startswith(site.url("/a.png?token=h:", "a.test"))


def test_what_an_icon_font_draws_is_a_picture(lab, site):
    style = "i{font-size:24px;display:inline-block}.tt::before{content:'\\e07b'}.x::before{content:'\\e07c'}"
    body = "<p><i class=tt></i> <i>&#xf6cc;</i> <i>Beli</i> <i class=x style='visibility:hidden'></i></p>"
    record = read(lab, site, body, f"<style>{style}</style>")
    generated, written = record.media
    assert {medium.element for medium in record.media} == {"glyph"}
    assert generated.box == said(record, "\ue07b", "pseudo").boxes[0]
    assert written.box == said(record, "\uf6cc").boxes[0]


def test_a_colour_in_the_shape_of_a_picture(lab, site):
    mask = "mask:url(/tiktok.svg) center/contain no-repeat"
    record = read(
        lab, site, f"<span style='display:inline-block;width:24px;height:20px;background:red;{mask}'></span>"
    )
    (medium,) = record.media
    assert medium.element == "mask"
    assert medium.box[2:] == (24, 20)
    assert medium.src == site.url("/tiktok.svg", "a.test")


def test_a_drawing_is_kept_once_whoever_shows_it(lab, site):
    shape = "<path d='M0 0h9v9z'/>"
    uri = (
        f"data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 9 9%22>{shape}</svg>"
    )
    body = (
        f"<svg width=0 height=0><symbol id=a viewBox='0 0 9 9'>{shape}</symbol></svg>"
        "<svg class=tiktok width=30 height=30><use href='#a'/></svg>"
        "<svg width=40 height=40><use href='#a'/></svg>"
        f'<img src="{uri}" width=20 height=20><img src=/b.svg width=20 height=20>'
    )
    record = read(lab, site, body)
    assert [medium.drawing for medium in record.media] == [0, 0, 1, None]
    assert all("<path" in drawing and "tiktok" not in drawing for drawing in record.drawings)


def test_text_that_utf8_cannot_say(lab, site):
    record = read(lab, site, "<p id=p></p><script>p.textContent='a\\ud83dz';p.title='\\udc00q'</script>")
    assert said(record, "z").text == "a�z"
    assert said(record, "q", "title-attribute").text == "�q"


@pytest.mark.parametrize("title", ["../../x", "<script>alert(1)</script>", "a\u202eb"])
def test_a_hostile_title_is_only_a_title(lab, site, title):
    site.routes["/"] = page("T", f"<p>x<script>document.title={title!r}.replace('','')</script>")
    site.routes["/"].body = site.routes["/"].body.replace("</script>'.", "<\\/script>'.")
    lab.open(site.url())
    lab.collect(PageText())
    assert said(lab.text(), title[:4], "title").text == title
    assert [path.name for path in (lab.root / FOLDER).iterdir()] == ["text.json"]


def test_five_thousand_nodes_take_a_moment(lab, site):
    body = "".join(f"<div class=c{i}><a href=/{i}>Produk <b>nomor</b> {i}</a></div>" for i in range(1_700))
    site.routes["/"] = page("T", body)
    lab.open(site.url())
    target = lab.target()
    began = time.process_time()
    collect_all(target, (PageText(),))
    assert time.process_time() - began < 3
    assert len(lab.text().nodes) == 1 + 3 * 1_700
