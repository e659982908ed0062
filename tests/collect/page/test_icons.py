"""Icons as the browser got them: beside the title, of the manifest, in an address; and those it left."""

import json
from base64 import b64decode, b64encode

import pytest

from crawler.collect.page.icons import Icons
from crawler.model.evidence import IconRecord
from tests.site import Reply, page

pytestmark = pytest.mark.browser

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" width="64" height="64">'
    '<rect width="8" height="8" fill="red"/></svg>'
)


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def collect(lab, site, head):
    site.routes["/"] = page("Toko", "isi", head)
    lab.open(site.url(host="a.test"))
    lab.page.wait_for_timeout(300)
    lab.collect(Icons())
    return [IconRecord.model_validate(each) for each in json.loads(lab.read("icons.json"))]


def test_the_icon_beside_the_title(lab, site):
    site.routes["/ikon.svg"] = Reply(SVG, content_type="image/svg+xml")
    (record,) = collect(lab, site, "<link rel=icon href=/ikon.svg>")
    assert (record.role, record.state, record.address) == ("favicon", "kept", site.url("/ikon.svg", "a.test"))
    assert lab.read("icon-01.svg").decode() == SVG


def test_of_several_the_others_are_unseen_and_say_so(lab, site):
    for size in (16, 32):
        site.routes[f"/{size}.svg"] = Reply(SVG, content_type="image/svg+xml")
    links = "<link rel=icon href=/16.svg><link rel='shortcut icon' href=/32.svg>"
    states = [record.state for record in collect(lab, site, links)]
    assert "kept" in states
    assert set(states) <= {"kept", "unseen"}


def test_an_icon_that_is_not_there_shows_nothing(lab, site):
    site.routes["/ikon.png"] = Reply("tidak ada", status=404)
    (record,) = collect(lab, site, "<link rel=icon href=/ikon.png>")
    assert (record.state, record.path) == ("none", "")


def test_an_icon_that_never_comes_is_unseen(lab, site):
    site.routes["/ikon.png"] = lambda handler: handler.site.stopping.wait(60) and None
    (record,) = collect(lab, site, "<link rel=icon href=/ikon.png>")
    assert (record.state, record.why) == ("unseen", "the browser did not ask for it")


def test_an_icon_inside_its_address(lab, site):
    (record,) = collect(lab, site, f"<link rel=icon href='data:image/svg+xml,{SVG.replace('<', '%3C')}'>")
    assert (record.state, record.address) == ("kept", "data:")
    assert b"<rect" in lab.read("icon-01.svg")


@pytest.mark.parametrize(
    "address",
    ["data:,", "data:;base64,iVBORw0KGgo=", "data:image/x-icon;base64,AA", "DATA:text/plain,tanpa ikon"],
)
def test_an_address_that_says_there_is_no_icon_shows_nothing_and_is_no_miss(lab, site, address):
    (record,) = collect(lab, site, f"<link rel=icon href='{address}'>")
    assert (record.state, record.why, record.address) == ("none", "the answer was no picture", "data:")


def test_a_long_address_of_a_picture_without_padding_and_with_percent_signs(lab, site):
    drawn = SVG.replace("</svg>", "<!--" + "x" * 60_000 + "--></svg>").encode()
    encoded = b64encode(drawn).decode().rstrip("=").replace("+", "%2B").replace("/", "%2F")
    (record,) = collect(
        lab, site, f"<link rel=icon href='data:image/svg+xml;charset=utf-8;base64,{encoded}'>"
    )
    assert record.state == "kept"
    assert lab.read("icon-01.svg") == drawn


def test_an_icon_in_the_memory_of_its_page(lab, site):
    script = (
        "<script>const link = document.createElement('link'); link.rel = 'icon';"
        f"link.href = URL.createObjectURL(new Blob([{json.dumps(SVG)}], {{type: 'image/svg+xml'}}));"
        "document.head.append(link)</script>"
    )
    (record,) = collect(lab, site, script)
    assert record.state == "kept"
    assert lab.read("icon-01.svg").decode() == SVG


@pytest.mark.parametrize(
    "reply",
    [Reply("", status=204), Reply("<h1>Toko</h1>"), Reply("tidak ada", status=500)],
    ids=["nothing", "page", "error"],
)
def test_an_icon_that_is_answered_with_no_picture(lab, site, reply):
    site.routes["/ikon.png"] = reply
    (record,) = collect(lab, site, "<link rel=icon href=/ikon.png>")
    assert (record.state, record.why) == ("none", "the answer was no picture")


def test_an_icon_after_a_redirect_and_with_a_wrong_type(lab, site):
    picture = b64decode(PIXEL)
    site.routes["/ikon.png"] = Reply("", status=302, headers={"Location": "/lain"})
    site.routes["/lain"] = Reply(picture, content_type="text/plain")
    (record,) = collect(lab, site, "<link rel=icon href=/ikon.png>")
    assert record.state == "kept"
    assert lab.read("icon-01.png") == picture


def test_the_manifests_icon_is_fetched_once_by_the_browser_itself(lab, site):
    manifest = {"name": "Toko", "start_url": "/", "display": "standalone",
                "icons": [{"src": "/besar.svg", "sizes": "512x512", "type": "image/svg+xml"}]}  # fmt: skip
    site.routes["/m.json"] = Reply(json.dumps(manifest), content_type="application/manifest+json")
    site.routes["/besar.svg"] = Reply(SVG.replace('"64"', '"512"'), content_type="image/svg+xml")
    records = collect(lab, site, "<link rel=icon href='data:,'><link rel=manifest href=/m.json>")
    (record,) = [record for record in records if record.role == "manifest"]
    assert (record.state, record.address) == ("kept", site.url("/m.json", "a.test"))
    assert lab.read(record.path.rpartition("/")[2])[:4] == b"\x89PNG"
    assert lab.request("/besar.svg")["type"] == "other"
    assert len(lab.recorder.connections.manifest_icons) == 1


def test_an_answer_that_is_no_manifest_has_no_icon(lab, site):
    site.routes["/m.json"] = Reply("<!doctype html><title>Toko</title><div id=root></div>")
    records = collect(lab, site, "<link rel=icon href='data:,'><link rel=manifest href=/m.json>")
    assert lab.recorder.connections.manifests
    assert [record for record in records if record.role == "manifest"] == []


ICO = b"\x00\x00\x01\x00" + b"\x01" * 60


def test_the_icon_whose_request_playwright_hides(lab, site):
    site.routes["/gaya/favicon.ico"] = Reply(ICO, content_type="image/x-icon")
    (record,) = collect(lab, site, "<link rel='shortcut icon' href=/gaya/favicon.ico>")
    assert (record.state, record.address) == ("kept", site.url("/gaya/favicon.ico", "a.test"))
    assert lab.read("icon-01.ico") == ICO


def test_the_icon_that_no_page_declares(lab, site):
    site.routes["/favicon.ico"] = Reply(
        ICO, content_type="image/x-icon", headers={"Cache-Control": "max-age=600"}
    )
    (record,) = collect(lab, site, "")
    assert (record.state, record.address) == ("kept", site.url("/favicon.ico", "a.test"))
    assert site.count("GET /favicon.ico") == 1


def test_a_page_without_any(lab, site):
    site.routes["/favicon.ico"] = Reply("", status=404)
    assert [record.state for record in collect(lab, site, "")] in ([], ["none"])
