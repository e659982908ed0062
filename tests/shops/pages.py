"""Pages of a shop: storefront, product, cart, checkout and payment with real controls, and those that ways need."""

# ruff: noqa: E501 - pages stand on one line each

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from tests.shops.shape import PAGES

if TYPE_CHECKING:
    from tests.shops.server import Shop
    from tests.shops.shape import Step

HTML, JS = "text/html; charset=utf-8", "text/javascript"
SCRIPT = Path(__file__).with_name("ways.js").read_text()
NEXT = {
    "product": ("cart", "Lihat keranjang"),
    "cart": ("checkout", "Lanjut ke pengiriman"),
    "checkout": ("payment", "Lanjut ke pembayaran"),
}
BODIES = {
    "product": "<h1>Kopi Gayo 250 g</h1><p>Rp45.000 · Stok 12</p>",
    "cart": "<h1>Keranjang belanja</h1><table><tr><td>Kopi Gayo<td>1<td>Rp45.000</table><p>Subtotal Rp45.000</p>",
    "checkout": "<h1>Checkout</h1><h2>Alamat pengiriman</h2><label>Nama penerima <input name=penerima></label>"
    "<label>Kode pos <input name=kodepos></label><h2>Metode pengiriman</h2><p>Ongkos kirim Rp9.000</p>",
    "payment": "<h1>Pembayaran</h1><h2>Metode pembayaran</h2><p>Transfer bank, virtual account, QRIS, bayar di tempat</p>"
    "<h2>Ringkasan belanja</h2><p>Total tagihan Rp54.000</p>",
}
FOOTER = "<footer><a href=/bantuan>Bantuan</a> PT Toko Kopi Nusantara</footer>"

Answer = tuple[int, str, str]


def thanks() -> Answer:
    """What a shop says when it has ordered."""
    return 200, _page("Terima kasih", "<h1>Terima kasih, pesanan diterima</h1>"), HTML


def answer(shop: Shop, target: str) -> Answer:
    """Return status, body and media type of what is not a step and no order."""
    path = urlsplit(target).path
    if path.startswith("/uji/"):
        return _for_ways(shop, path.removeprefix("/uji/"), target)
    product = f"<a href='{escape(shop.shape.pages['product'])}'>Kopi Gayo Rp45.000</a>"
    fixed = {
        "/favicon.ico": (204, "", "text/plain"),
        "/": (200, _page("Toko Kopi", f"<h1>Toko Kopi</h1>{product}"), HTML),
        "/bantuan": (200, _page("Bantuan", "<h1>Bantuan</h1><p>Hubungi kami di 0800-1-000-000</p>"), HTML),
    }
    return fixed.get(path) or _by_stage(shop, target)


def _by_stage(shop: Shop, target: str) -> Answer:
    """Return a page of the way to the payment, if the steps before it were taken."""
    fitting = [kind for kind in PAGES if _same(shop.shape.pages[kind], target)]
    kind = max(fitting, key=lambda each: len(shop.shape.pages[each]), default="")
    if not kind:
        return 404, _page("Tidak ditemukan", "<h1>Tidak ditemukan</h1>"), HTML
    missing = [
        step.label for step in shop.shape.steps if step.number not in shop.done and _before(step, kind)
    ]
    if missing:
        return 409, _page("Belum lengkap", f"<h1>Belum lengkap</h1><p>{escape(', '.join(missing))}</p>"), HTML
    return 200, _shop_page(shop, kind), HTML


def _before(step: Step, kind: str) -> bool:
    return PAGES.index(step.page) < PAGES.index(kind)


def _same(page: str, target: str) -> bool:
    own, asked = urlsplit(page), urlsplit(target)
    return own.path == asked.path and set(parse_qsl(own.query)) <= set(parse_qsl(asked.query))


def _shop_page(shop: Shop, kind: str) -> str:
    controls = [_control(step) for step in shop.shape.steps if step.page == kind]
    done = "".join(f"<li id=done-{number}>{number}</li>" for number in sorted(shop.done))
    forward = ""
    if kind in NEXT:
        to, label = NEXT[kind]
        forward = f"<p><a id=next href='{escape(shop.shape.pages[to])}'>{label}</a></p>"
    express = (
        "<p><button id=express type=button>Beli sekarang</button></p>" if kind in ("product", "cart") else ""
    )
    body = f"{BODIES[kind]}{''.join(controls)}<ul id=done>{done}</ul>{forward}{express}"
    ways = f"<section id=ways><p>Catatan untuk penjual</p></section>{_script(shop)}"
    return _page(f"{kind} - Toko Kopi", body + ways + FOOTER)


def _control(step: Step) -> str:
    label = escape(step.label)
    if step.by == "form":
        pairs = parse_qsl(step.sent.body, keep_blank_values=True)
        fields = "".join(
            f"<input type=hidden name='{escape(name)}' value='{escape(value)}'>" for name, value in pairs
        )
        return (
            f"<form method={step.sent.method} action='{escape(step.sent.target)}'>{fields}"
            f"<button id=step-{step.number}>{label}</button></form>"
        )
    facts = escape(
        json.dumps([step.number, step.sent.method, step.sent.target, step.sent.body, step.sent.kind])
    )
    return f"<p><button type=button id=step-{step.number} data-step='{facts}'>{label}</button></p>"


def _script(shop: Shop) -> str:
    sent = shop.shape.order.sent
    first = shop.shape.steps[0].sent
    facts = {
        "origin": f"https://{shop.shape.host}", "method": sent.method, "target": sent.target, "body": sent.body, "kind": sent.kind,
        "hop": {"method": first.method, "target": first.target, "body": first.body, "kind": first.kind},
    }  # fmt: skip
    return f"<script>const SHOP = {json.dumps(facts).replace('<', chr(92) + 'u003c')};\n{SCRIPT}</script>"


def _for_ways(shop: Shop, name: str, target: str) -> Answer:
    """Return a page or script that a way needs: it orders as soon as it runs."""
    note = dict(parse_qsl(urlsplit(target).query)).get("note", name.partition(".")[0])
    script = _script(shop).removeprefix("<script>").removesuffix("</script>")
    if name.endswith(".js"):
        listens = {
            "shared.js": "onconnect = () => byFetch(NOTE)",
            "service.js": "oninstall = () => skipWaiting(); onactivate = (e) => e.waitUntil(clients.claim());"
            " onmessage = (e) => e.waitUntil(byFetch(NOTE))",
        }.get(name, "byFetch(NOTE)")
        return 200, f"{script}\n{listens.replace('NOTE', json.dumps(note))}", JS
    runs = "byForm" if name == "form" else "byFetch"
    return (
        200,
        _page("Sebentar", f"<p>Memuat</p>{_script(shop)}<script>{runs}({json.dumps(note)})</script>"),
        HTML,
    )


def _page(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang=id><head><meta charset=utf-8>"
        f"<title>{escape(title)}</title></head><body>{body}</body></html>"
    )
