"""Means of payment as strangers' pages have them, and what lies beside payment on an honest one.

One crawl holds many pages, each a visit of payment. What names no address or nobody knows needs a person;
what is a shop's ordinary traffic is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from crawler.demo.server import Response
from tests.codes import a_code, drawn, modules, uri
from tests.trouble.harness import Step, crawl, html

pytestmark = pytest.mark.browser

SHOP, STRANGER = "www.tokopedia.com", "loket-kilat.test"
RULE = "foreign-payment-endpoint"
CARD = (
    "<label>Nomor kartu <input name=cardNumber autocomplete=cc-number></label>"
    "<label>CVV <input name=cvv></label>"
)
STATEMENT = "<p>Layanan ini disediakan oleh PT Tokopedia</p>"


@dataclass(frozen=True)
class APage:
    """A page of payment: its body, the host that shows it, and what the rule says of which host."""

    body: str
    says: frozenset[tuple[str, str]] = frozenset()
    host: str = SHOP


def says(*pairs: tuple[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(pairs)


def canvas(text: str) -> str:
    """Return a canvas on which a script draws a code."""
    rows = ",".join("".join("1" if dark else "0" for dark in row) for row in modules(text))
    side = 5 * (rows.count(",") + 1)
    paint = (
        "k.getContext('2d').fillStyle='#fff';k.getContext('2d').fillRect(0,0,999,999);"
        "k.getContext('2d').fillStyle='#000';"
        f"'{rows}'.split(',').forEach((l,y)=>[...l].forEach((v,x)=>v>0&&k.getContext('2d').fillRect(x*5,y*5,5,5)))"
    )
    return f"<canvas id=k width={side} height={side}></canvas><script>{paint}</script>"


UNKNOWN, NONE = "unknown-operator", "no-address"
SEEN = {
    "kartu-skrip": APage(
        f'<form method=post action="javascript:kirim()">{CARD}<button>Simpan</button></form>',
        says((NONE, SHOP)),
    ),
    "kartu-surel": APage(
        f'<form method=post action="mailto:kas@toko.test">{CARD}<button>Ok</button></form>',
        says((NONE, SHOP)),
    ),
    "tombol-lain": APage(
        '<form method=post action="/simpan"><input name=n>'
        '<button formaction="https://setor.test/k7">Bayar Rp 75.000</button></form>',
        says((UNKNOWN, "setor.test")),
    ),
    "bingkai-menolak": APage(
        "<iframe width=500 height=250 src=https://tolak.test/z1></iframe>", says((UNKNOWN, "tolak.test"))
    ),
    "bingkai-hilang": APage(
        "<iframe width=500 height=250 src=https://hilang.test/z1></iframe>", says((UNKNOWN, "hilang.test"))
    ),
    "kode-gambar": APage(
        "<p>Silakan bayar</p><img width=215 height=215 src=https://foto.kode.test/9f>",
        says((UNKNOWN, "foto.kode.test")),
    ),
    "kode-acak": APage(
        "<p>Pindai kode QR berikut untuk membayar</p><canvas id=k width=210 height=210></canvas>"
        "<script>for(let i=0;i<210;i+=9)k.getContext('2d').fillRect(i,(i*7)%200,8,30)</script>",
        says((NONE, SHOP)),
    ),
    "rekening": APage(
        "<p>Transfer ke bank BRI</p><p>0345-01-000123-30-1 a.n. Kilat</p>",
        says((UNKNOWN, STRANGER)),
        STRANGER,
    ),
    "aplikasi": APage(
        '<a href="intent://pay#Intent;package=com.ss.android.ugc.trill;end">Lanjutkan pembayaran</a>',
        says(("foreign", "snssdk1180:")),
    ),
    "lanjut": APage('<a href="https://lanjut.test/u/4">Bayar sekarang</a>', says((UNKNOWN, "lanjut.test"))),
    "sesi": APage(
        "<script>fetch('https://api.gapura.test/v1/sessions',{method:'POST',body:'{}'}).catch(()=>0)</script>",
        says((UNKNOWN, "api.gapura.test")),
    ),
}
BESIDE = {
    "kupon": APage('<form action="javascript:void(0)"><input name=kupon><button>Pakai</button></form>'),
    "kode-dana": APage("<p>Pindai kode QR ini</p>" + canvas(a_code("ID.DANA.WWW"))),
    "kode-aplikasi": APage(
        f"<p>Unduh aplikasi kami</p><img width=205 height=205 src='{uri(drawn('https://www.tokopedia.com/app'))}'>"
    ),
    "va-toko": APage("<p>Nomor Virtual Account BCA</p><p>8077 7000 1234 5678</p>"),
    "logo": APage(
        "<p>Metode: QRIS, kartu kredit</p><img width=110 height=40 alt=QRIS src=https://aset-toko.test/qris.png>"
        "<img width=160 height=160 alt='Kaos hitam' src=https://aset-toko.test/kaos.png>"
    ),
    "bagikan": APage(
        '<a href="https://www.tiktok.com/@toko">Ikuti kami</a><a href="snssdk1233://user/profile/7">TikTok</a>'
        '<a href="https://wa.me/62811">Tanya</a><a href="https://bantuan-toko.test/cara-bayar">Cara bayar</a>'
    ),
    "widget": APage(
        "<iframe width=300 height=300 src=https://obrolan.test/w></iframe>"
        "<script>fetch('https://ukur.test/collect',{method:'POST',body:'{\"e\":\"payment\"}'}).catch(()=>0)</script>"
    ),
    "midtrans": APage(
        "<iframe width=500 height=250 src=https://app.midtrans.com/snap/v4/redirection/1></iframe>"
    ),
}
PAGES = SEEN | BESIDE


def answer(request):
    name = request.path.rsplit("/", 1)[-1]
    host = request.host.partition(":")[0]
    if host in ("tolak.test", "app.midtrans.com"):
        refusing = (("X-Frame-Options", "DENY"),)
        return Response(b"<p>Bayar di sini</p>", headers=refusing)
    if host == "foto.kode.test":
        return Response(drawn(a_code("ID.CO.LAIN.WWW")), content_type="image/png")
    if host == "obrolan.test":
        return html("Obrolan", "<p>Ada yang bisa kami bantu?</p>")
    page = PAGES.get(name)
    if page and page.host == host:
        return html("Pembayaran", f"<h1>Pembayaran</h1>{page.body}{STATEMENT}")
    return None


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    steps = [Step("payment", f"https://{page.host}/bayar/{name}", name=name) for name, page in PAGES.items()]
    return crawl(tmp_path_factory.mktemp("payment"), answer, steps)


def said(found, name):
    return {
        (finding.message.id.partition(".")[2], finding.observed)
        for finding in found.findings(RULE, at=name)
        if finding.locus.channel != "request" or PAGES[name].host != STRANGER
    }


@pytest.mark.parametrize("name", SEEN)
def test_a_means_of_payment_is_told(found, name):
    assert found.visit(name).reached
    assert said(found, name) >= SEEN[name].says


@pytest.mark.parametrize("name", BESIDE)
def test_what_lies_beside_payment_is_left_alone(found, name):
    assert found.visit(name).reached
    assert said(found, name) == set()


def test_a_frame_that_comes_late_and_an_app_that_opens_are_told(tmp_path):
    bodies = {
        "telat": "<div id=d></div><script>setTimeout(()=>d.innerHTML='<iframe width=400 height=200 "
        "src=https://telat.test/k></iframe>',700)</script>",
        "buka": "<p>Membuka aplikasi</p><script>setTimeout(()=>{location='snssdk1128://cashier/pay?o=2'},100)</script>",
        "dompet": "<p>Membuka aplikasi</p><script>setTimeout(()=>{location='linkaja://pay?o=2'},100)</script>",
    }

    def shop(request):
        body = bodies.get(request.path.rsplit("/", 1)[-1])
        return html("Pembayaran", f"<h1>Pembayaran</h1>{body}{STATEMENT}") if body else None

    steps = [Step("payment", f"https://{SHOP}/bayar/{name}", name=name) for name in bodies]
    left = crawl(tmp_path, shop, steps, dwell_s=2.5)
    told = {name: {(each.outcome, each.observed) for each in left.findings(RULE, at=name)} for name in bodies}
    assert told["telat"] == {("needs_review", "telat.test")}
    assert told["buka"] == {("fail", "snssdk1128:")}
    assert told["dompet"] == set()
