"""Words that are not what they seem: names in disguise, pixels against text, statements taken back."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.trouble import fonts
from tests.trouble.harness import NAMING, Response, Step, crawl, html

pytestmark = [pytest.mark.browser, pytest.mark.ocr]

SHOP = "https://www.tokopedia.com"
BIG = "font:bold 30px sans-serif"
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="
CIPHER = dict(zip("pqzxvjw", "TikTokm", strict=True)) | {"T": "p", "i": "q", "k": "z"}


def row(text, order):
    """Return letters as flex items that are drawn in another order than they stand in."""
    items = "".join(
        f"<span style='order:{place}'>{letter}</span>"
        for place, letter in sorted(zip(order, text, strict=True), key=lambda each: each[1])
    )
    return f"<div style='display:flex;{BIG}'>{items}</div>"


def placed(text, left=300):
    """Return letters that are elements of their own, each put at its place, the last first."""
    return "".join(
        f"<b style='position:absolute;top:160px;left:{left + 22 * at}px;{BIG}'>{letter}</b>"
        for at, letter in reversed(list(enumerate(text)))
    )


NAMES = {
    "compound": "<p>Cek promo di tiktokersmall hari ini</p>",
    "tag": "<p>Lihat semua: <a href='/t'>#serbatiktok</a></p>",
    "thai": "<p>\u0e0b\u0e37\u0e49\u0e2dTikTok\u0e40\u0e25\u0e22</p>",
    "squares": "<p>\U0001f183\U0001f178\U0001f17a\U0001f183\U0001f17e\U0001f17a Mall</p>",
    "hidden-signs": "<p>Toko T&#8203;i&shy;k&#8288;T&#8203;o&shy;k resmi</p>",
    "override": f"<p style='{BIG}'>Mall &#8238;koTkiT&#8236; resmi</p>",
    "bdo": f"<p style='{BIG}'>Pusat <bdo dir=rtl>koTkiT</bdo> Indonesia</p>",
    "ordered": row("TikTok", range(6)),
    "placed": placed("TikTok"),
    "tight": f"<p style='{BIG};letter-spacing:-1.7em;padding-left:200px'>koTkiT</p>",
    "mirror": f"<p style='{BIG};transform:scaleX(-1)'>koTkiT Mall</p>",
    "ruby": f"<p style='{BIG}'>Mall Tik<ruby><rb></rb><rt>x</rt></ruby>Tok</p>",
    "cipher": "<style>@font-face{font-family:Arial;src:url(/cipher.ttf)}</style><p style='font:32px "
    "Arial'>Mawa pqzxvj resmi</p>",
}
INNOCENT = {
    "clock": "<p>Jam kayu, bunyi tik-tok tik-tok yang tenang</p>",
    "near": "<p>Taktik Tokoh, TicTac, Tik Toko, statistiktoko, plastik tokcer, #politiktokoh, "
    "Teknik Toko</p>",
    "arabic": "<p dir=rtl>\u0645\u0631\u062d\u0628\u0627 \u0628\u0643\u0645 \u0641\u064a "
    "\u0627\u0644\u0645\u062a\u062c\u0631</p>",
    "reversed": "<div style='display:flex;gap:24px;flex-direction:row-reverse'><span>Harga</span><span>"
    "Stok</span><span>Ulasan</span></div>",
    "web-font": "<style>@font-face{font-family:Toko;src:url(/plain.ttf)}</style>"
    "<div style='font:20px Toko'><h1>Kopi Arabika Gayo</h1><p>Beli sekarang, kirim hari ini juga.</p>"
    "<p>Stok 12 | Ulasan 4.9 | Jakarta Barat</p><button>Tambah ke keranjang</button></div>",
    "letters": placed("Kopi Gayo"),
    "side-tab": "<div style='position:fixed;right:0;top:200px;transform:rotate(-90deg)'>Hubungi "
    "bantuan</div><p>Kopi</p>",
    "layers": "<div style='position:relative;height:60px'><p style='position:absolute'>Diskon besar</p>"
    "<p style='position:absolute;background:#fff'>Gratis ongkir</p></div>",
}


def answer_names(request):
    if request.path == "/cipher.ttf":
        return font(fonts.exchanged(CIPHER))
    if request.path == "/plain.ttf":
        return font(fonts.exchanged({}))
    pages = NAMES | INNOCENT
    body = pages.get(request.path.removeprefix("/p/"))
    return (
        html("Produk", f"<h1>Belanja hemat</h1>{body}<button>Tambah ke keranjang</button>") if body else None
    )


def font(data):
    return Response(data, content_type="font/ttf")


def test_names_in_disguise_are_at_least_reviewed_and_innocent_words_are_silent(tmp_path):
    steps = [Step("product", f"{SHOP}/p/{name}", name=name) for name in (*NAMES, *INNOCENT)]
    found = crawl(tmp_path, answer_names, steps)
    told = {name: bool(found.findings(*NAMING, at=name) or found.gaps(*NAMING, at=name)) for name in NAMES}
    assert told == dict.fromkeys(NAMES, True)
    accused = {name: [finding.observed for finding in found.findings(*NAMING, at=name)] for name in INNOCENT}
    assert accused == {name: [] for name in INNOCENT}
    untested = {name: [gap.message.id for gap in found.gaps(*NAMING, at=name)] for name in INNOCENT}
    assert untested == {name: [] for name in INNOCENT}


def drawn(text):
    picture = Image.new("RGB", (620, 60), "white")
    ImageDraw.Draw(picture).text((12, 14), text, font=ImageFont.load_default(26), fill="black")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return (
        f"<img width=620 height=60 src='data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}'>"
    )


SAID = "Layanan ini disediakan oleh PT Tokopedia"
STATED = {
    "abbreviated": "<p>Pembayaran diproses oleh P.T. Tokopedia, Tbk.</p>",
    "flex": "<div style='display:flex;gap:6px'><span>Diproses</span><span>oleh</span><b>PT. "
    "Tokopedia</b></div>",
    "broken": "<p>Layanan ini<br>disediakan<br>oleh PT&nbsp;Toko&shy;pedia</p>",
    "small-caps": "<p style='font-variant:small-caps;text-transform:uppercase'>dikelola oleh Perseroan "
    "Terbatas Tokopedia</p>",
    "other-clause": f"<p>Pesanan tidak dapat dibatalkan. {SAID} dan bukan oleh penjual.</p>",
    "pictured": drawn("Layanan ini disediakan oleh PT Tokopedia"),
}
NOT_STATED = {
    "denied": f"<p>{SAID.replace('disediakan', 'tidak lagi disediakan')}</p>",
    "denied-in-pieces": "<div style='display:flex;gap:6px'><b>bukan</b><span>dikelola</span><span>oleh PT "
    "Tokopedia</span></div>",
    "english": "<p>This service is not operated by PT Tokopedia</p>",
    "asked": f"<p>Benarkah {SAID.lower()}?</p>",
    "invisible": f"<p style='color:#fff'>{SAID}</p>",
    "transparent": f"<p style='opacity:0'>{SAID}</p>",
    "tiny": f"<p style='font-size:1px'>{SAID}</p>",
    "in-alt": f"<img alt='{SAID}' width=40 height=40 src='{DOT}'>",
    "verb-alone": "<p>Layanan ini disediakan oleh</p><p style='margin-top:200px'>Tokopedia</p>",
    "name-alone": "<p>&copy; 2026 PT Tokopedia</p>",
}
FAIL_ALLOWED = {"denied", "denied-in-pieces", "english"}


def answer_payment(request):
    body = (STATED | NOT_STATED).get(request.path.removeprefix("/pay/"))
    card = (
        "<form method=post action='https://pay.tokopedia.com/charge'><label>Nomor kartu"
        "<input name=cardNumber autocomplete=cc-number></label><label>CVV <input name=cvv "
        "autocomplete=cc-csc></label>"
        "<button>Bayar</button></form>"
    )
    return (
        html("Pembayaran", f"<h1>Metode pembayaran</h1><p>Total tagihan Rp 98.000</p>{card}{body}")
        if body
        else None
    )


def test_a_statement_is_what_a_shopper_reads_and_nothing_takes_back(tmp_path):
    steps = [Step("payment", f"{SHOP}/pay/{name}", name=name) for name in (*STATED, *NOT_STATED)]
    found = crawl(tmp_path, answer_payment, steps)
    rule = "operator-identity-missing"
    missing = {name: [each.message.id for each in found.findings(rule, at=name)] for name in STATED}
    assert missing == {name: [] for name in STATED}
    outcomes = {name: [each.outcome for each in found.findings(rule, at=name)] for name in NOT_STATED}
    for name, outcome in outcomes.items():
        assert outcome == (["fail"] if name in FAIL_ALLOWED else ["needs_review"]), name
    assert found.rule(rule).checked["in-pictures"] == 1
