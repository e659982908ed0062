"""The tree of frames."""

import json

import pytest

from crawler.collect.page.frames import Frames
from crawler.collect.page.html import Html
from crawler.collect.page.text import PageText
from tests.site import page

pytestmark = pytest.mark.browser


def test_frames_with_parent_box_and_rights(lab, site):
    site.routes["/a"] = page("A", f"<iframe src='{site.url('/b', 'b.test')}' width=50 height=40></iframe>")
    site.routes["/b"] = page("B")
    site.routes["/"] = page(
        "T",
        "<body style='margin:0'><iframe name=bayar src=/a width=300 height=200 style='border:2px solid' "
        "allow=payment sandbox='allow-scripts allow-same-origin'></iframe>"
        "<iframe src=/b style='display:none'></iframe>",
    )
    lab.open(site.url(host="a.test"))
    lab.collect(Frames())
    main, pay, hidden, inner = json.loads(lab.read("frames.json"))
    assert (main["parent"], main["box"]) == (None, None)
    assert (pay["parent"], pay["name"], pay["allow"]) == (0, "bayar", "payment")
    assert pay["sandbox"] == "allow-scripts allow-same-origin"
    assert pay["box"] == [2, 2, 300, 200]
    assert (hidden["url"], hidden["box"], hidden["sandbox"]) == (site.url("/b", "a.test"), None, None)
    assert (inner["parent"], inner["url"]) == (pay["frame"], site.url("/b", "b.test"))
    assert inner["box"][2:] == [50, 40]


@pytest.mark.parametrize("source", ["src=/ad/{place}", "srcdoc='<p>iklan {place}'"])
def test_more_than_a_hundred_frames_of_the_pages_own_process_are_all_read(lab, site, source):
    places = range(150)
    site.routes |= {f"/ad/{place}": page("Iklan", f"<p>iklan {place}") for place in places}
    frames = (f"<iframe width=60 height=30 {source.format(place=place)}></iframe>" for place in places)
    site.routes["/"] = page("Toko", "".join(frames))
    lab.open(site.url())
    lab.collect(Frames(), PageText(), Html())
    text = lab.text()
    assert (text.unread, text.truncated) == ((), False)
    assert len(json.loads(lab.read("frames.json"))) == 151
    assert {f"iklan {place}" for place in places} <= {node.text for node in text.nodes}
    assert "iklan 149" in "".join(lab.read(f"frame-{number}.html").decode() for number in range(100, 151))
