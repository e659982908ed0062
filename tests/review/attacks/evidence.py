"""Files of a bundle that would run, were they shown."""

from __future__ import annotations

import pytest

from crawler.review import evidence
from crawler.review.refusal import Refusal
from tests.bundles import a_visit, make_bundle
from tests.review.attacks.listed import attack, refused

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
HOSTILE = {
    "an SVG with a script": ("data/x.svg", SVG),
    "a page with a script": ("data/x.html", HTML),
    "a page that is called a picture": ("data/x.png", HTML),
    "a script": ("data/x.js", b"alert(1)"),
    "a PDF with a script": ("data/x.pdf", b"%PDF-1.7 /JavaScript (app.alert(1))"),
    "XML with a style sheet": ("data/x.xml", b'<?xml-stylesheet type="text/xsl" href="#x"?><x/>'),
    "a picture that is a page as well": ("data/x.gif", b"GIF89a/*" + HTML),
}


def opened(world, path, data):
    """Open a sealed file by its address, as somebody would who follows a link."""
    bundle = make_bundle(world.desk.snapshots.parent, [a_visit("storefront")], files={path: data})
    address = f"/runs/{bundle.root.parent.name}/{bundle.root.name}/files/{path}"
    answer = world.visit("viewer").get(address)
    assert answer.status_code == 200
    assert answer.content == data
    kind = answer.headers["content-type"].partition(";")[0]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"].startswith("attachment")
    assert kind == "application/octet-stream"
    return "a download that runs nothing"


for _what, (_path, _data) in HOSTILE.items():
    attack("evidence", f"{_what}, opened by its address")(
        lambda world, path=_path, data=_data: opened(world, path, data)
    )


def shown(world, data):
    path = world.folder / "picture"
    path.write_bytes(data)
    with pytest.raises(Refusal) as told:
        evidence.picture(path)
    return str(told.value.status)


for _what in ("an SVG with a script", "a page with a script", "a page that is called a picture"):
    attack("evidence", f"{_what}, as a picture")(lambda world, data=HOSTILE[_what][1]: shown(world, data))


@attack("evidence", "a picture that is a page as well, as a picture")
def _(world):
    path = world.folder / "picture"
    path.write_bytes(HOSTILE["a picture that is a page as well"][1])
    answer = evidence.picture(path)
    assert answer.media_type == "image/gif"
    assert "sandbox" in answer.headers["content-security-policy"]
    return "shown as a picture alone"


@attack("evidence", "a name of a download with a header in it")
def _(world):
    path = world.folder / "x"
    path.write_bytes(b"x")
    said = evidence.attachment(path, 'a"\r\nSet-Cookie: x=1\r\n\u202egpj.exe').headers["content-disposition"]
    assert not set('\r\n"\u202e') & set(said)
    return "percent-encoded"


@attack("evidence", "a file that the seal does not cover")
def _(world):
    bundle = make_bundle(world.desk.snapshots.parent, [a_visit("storefront")])
    (bundle.root / "report").mkdir(exist_ok=True)
    (bundle.root / "report" / "planted.html").write_bytes(HTML)
    address = f"/runs/{bundle.root.parent.name}/{bundle.root.name}/files/report/planted.html"
    return refused(world.visit("viewer", Accept="application/json").get(address), 404)
