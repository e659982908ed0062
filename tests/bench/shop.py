"""The shop of the capture benchmark: six pages of pictures, and pings that leave late.

A page has 40 distinct JPEG pictures (about 1.7 MB) and is about 5,000 px high at 1,366 px; every answer takes
30 ms. Four pings a page go to a second host, the last 2.5 s after the page has loaded.
"""

from __future__ import annotations

import io
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from PIL import Image

from crawler.demo.catalogue import products
from crawler.demo.photos import packshot
from tests.site import HTML, Handler, Reply, Route, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site import Site

PAGES = 6
PICTURES_A_PAGE = 40
PING_AT_MS = (300, 1_000, 1_800, 2_500)
PINGS = PAGES * len(PING_AT_MS)
SHOP_HOST, PING_HOST = "shop.bench.test", "pings.bench.test"

_SERVER_DELAY_S = 0.03
_JPEG_QUALITY = 96
_STYLE = (
    "body{margin:0;font:16px sans-serif}"
    "main{display:grid;grid-template-columns:repeat(4,1fr);gap:12px;padding:12px}"
)


@contextmanager
def shop() -> Iterator[Site]:
    """Serve the six pages, `/1` to `/6`, while the block runs."""
    routes: dict[str, Route] = {"/ping": _late(Reply("", 204))}
    for page in range(1, PAGES + 1):
        routes[f"/{page}"] = partial(_page, page)
        for picture in range(PICTURES_A_PAGE):
            reply = Reply(_picture(page, picture), content_type="image/jpeg")
            routes[f"/{page}/{picture}.jpg"] = _late(reply)
    with serve(routes) as site:
        yield site


def _take_time() -> None:
    time.sleep(_SERVER_DELAY_S)  # what a network would take


def _late(reply: Reply) -> Route:
    def answer(_: Handler) -> Reply:
        _take_time()
        return reply

    return answer


def _page(number: int, handler: Handler) -> Reply:
    _take_time()
    pictures = "".join(
        f'<figure><img src="/{number}/{each}.jpg" width="320" height="480" alt="barang {each}">'
        f"<figcaption>Barang nomor {each}, Rp{10 + each}.000</figcaption></figure>"
        for each in range(PICTURES_A_PAGE)
    )
    pings = f"http://{PING_HOST}:{handler.site.port}/ping?page={number}&at="
    script = (
        f"onload=()=>{list(PING_AT_MS)}.forEach(at=>"
        f"setTimeout(()=>fetch('{pings}'+at,{{method:'POST',mode:'no-cors'}}),at))"
    )
    body = f"<style>{_STYLE}</style><h1>Halaman {number}</h1><main>{pictures}</main><script>{script}</script>"
    return Reply(f"<!doctype html><html lang=id><title>Halaman {number}</title>{body}", content_type=HTML)


def _picture(page: int, place: int) -> bytes:
    """Return a product photograph of the reference shop, cut and packed anew; no two are the same."""
    goods = products()
    view, item = divmod((page - 1) * PICTURES_A_PAGE + place, len(goods))
    photo = Image.open(io.BytesIO(packshot(goods[item], view)))
    data = io.BytesIO()
    photo.resize((480, 480)).crop((80, 0, 400, 480)).save(data, "JPEG", quality=_JPEG_QUALITY)
    return data.getvalue()
