"""The guard in the page: clicks and submits on controls that commit never reach it."""

# ruff: noqa: E501 - pages and scripts stand on one line each

from __future__ import annotations

import pytest

from crawler.model.scenario import Stage
from tests.browse.guard.guarded import ORDER, PUMP_MS, ROUTES, browser
from tests.site import serve

pytestmark = pytest.mark.browser

# --- the tests can fail ----------------------------------------------------------------------------------


def test_without_a_guard_the_same_pages_do_order(tmp_path):
    with serve(ROUTES) as site, browser(tmp_path, site.port) as context:
        opened = context.pages[0]
        opened.goto(site.url("/button"))
        opened.click("#order")
        opened.goto(site.url("/form"))
        opened.press("input", "Enter")
        opened.wait_for_url(f"**{ORDER}")
        opened.goto(site.url("/leave"))
        opened.goto(site.url("/"))
        opened.wait_for_timeout(PUMP_MS)
        assert site.count(f"POST {ORDER}") == 4


# --- clicks and submits ----------------------------------------------------------------------------------


def test_a_click_on_a_commit_button_never_reaches_the_page(shop):
    opened = shop.open("/button")
    opened.evaluate("addEventListener('click', () => { document.title = 'heard' }, true)")
    opened.click("#order")
    assert shop.orders(opened) == 0
    assert opened.title() == "b"
    (refusal,) = shop.refusals
    assert (refusal.what, refusal.control, refusal.word) == ("click", "Bayar Sekarang", "bayar sekarang")
    assert (refusal.visit, refusal.rule, refusal.page_url) == (3, "commit-word", shop.site.url("/button"))
    assert shop.guard.refusals[-1] == refusal


def test_presses_on_a_commit_button_are_not_heard_either(shop):
    opened = shop.open("/button")
    opened.evaluate(
        "for (const type of ['pointerdown', 'mousedown', 'mouseup', 'pointerup', 'keydown', 'touchstart'])"
        " addEventListener(type, () => { document.title = type }, true)"
    )
    opened.click("#order")
    opened.focus("#order")
    opened.keyboard.press("Enter")
    opened.wait_for_timeout(PUMP_MS)
    assert opened.title() == "b"


def test_enter_in_a_form(shop):
    opened = shop.open("/form")
    opened.press("input", "Enter")
    assert shop.orders(opened) == 0
    assert [refusal.control for refusal in shop.refusals] == ["Buat Pesanan"]


def test_request_submit_by_script(shop):
    opened = shop.open("/form")
    opened.evaluate("document.forms[0].requestSubmit()")
    assert shop.orders(opened) == 0
    assert [(refusal.what, refusal.control) for refusal in shop.refusals] == [("submit", "Buat Pesanan")]


def test_a_submit_inside_a_shadow_root(shop):
    opened = shop.open("/")
    opened.evaluate(
        f"""() => {{ const root = document.body.appendChild(document.createElement('div')).attachShadow({{mode: 'open'}});
            root.innerHTML = '<form action={ORDER} method=post><input id=note><button>Buat Pesanan</button></form>' }}"""
    )
    opened.press("#note", "Enter")
    assert shop.orders(opened) == 0
    assert [refusal.control for refusal in shop.refusals] == ["Buat Pesanan"]


def test_a_click_by_the_pages_own_script(shop):
    opened = shop.open("/button")
    opened.evaluate("document.getElementById('order').click()")
    assert shop.orders(opened) == 0
    assert [refusal.what for refusal in shop.refusals] == ["click"]


def test_a_click_in_a_loop_is_told_once_a_second(shop):
    opened = shop.open("/button")
    opened.evaluate("for (let i = 0; i < 500; i++) document.getElementById('order').click()")
    assert shop.orders(opened) == 0
    assert len(shop.refusals) == 1


@pytest.mark.parametrize("path", ["/frame", "/nested"])
def test_a_click_in_a_frame_of_another_process(shop, path):
    opened = shop.open(path)
    inner = opened.frame_locator("iframe")
    inner = inner.frame_locator("iframe") if path == "/nested" else inner
    inner.get_by_role("button").click()
    assert shop.orders(opened) == 0
    assert [refusal.control for refusal in shop.refusals] == ["Bayar Sekarang"]
    assert shop.refusals[0].page_url == shop.site.url(path)


def test_a_click_in_a_popup_as_soon_as_the_journey_has_it(shop):
    opened = shop.open("/opener")
    for _ in range(5):
        with opened.expect_popup() as waited:
            opened.get_by_role("link").click()
        waited.value.get_by_role("button").click()
        waited.value.close()
    assert shop.orders(opened) == 0
    assert [refusal.what for refusal in shop.refusals] == ["click"] * 5


def test_the_stage_decides_on_konfirmasi(shop):
    shop.guard.enter(Stage.STOREFRONT)
    opened = shop.open("/")
    opened.set_content("<button onclick=\"document.title += 'x'\">Konfirmasi</button>")
    opened.click("button")
    assert opened.title() == "x"
    shop.guard.enter(Stage.PAYMENT)
    opened.click("button")
    shop.guard.enter(None)
    opened.wait_for_timeout(1_100)  # the same control is told once a second
    opened.click("button")
    assert opened.title() == "x"
    assert [refusal.word for refusal in shop.refusals] == ["konfirmasi"] * 2
    later = shop.open("/")
    later.set_content("<button onclick=\"document.title += 'x'\">Konfirmasi</button>")
    later.click("button")
    assert later.title() == ""


def test_document_open_does_not_shake_it_off(shop):
    opened = shop.open("/")
    opened.evaluate(
        "() => { document.open(); document.write('<title>t</title><button>Bayar</button>'); document.close() }"
    )
    opened.evaluate("() => { document.querySelector('button').onclick = () => { document.title = 'heard' } }")
    opened.click("button")
    assert opened.title() == "t"
    assert [refusal.control for refusal in shop.refusals] == ["Bayar"]


def test_the_page_sees_no_trace_of_it(shop):
    opened = shop.open("/button")
    assert (
        opened.evaluate(
            "Object.keys(globalThis).concat(Object.getOwnPropertyNames(globalThis))"
            ".filter(name => /pantau/i.test(name))"
        )
        == []
    )


COMMITS = {
    Stage.PRODUCT: [
        "<button>Bayar</button>", "<button>BAYAR   SEKARANG</button>", "<button>Ba\u200byar</button>",
        "<button>Bayar Rp120.000</button>", "<button>🔒 Bayar Rp 1.250.000,-</button>", "<a href='#'>Buat Pesanan</a>",
        "<input type=submit value='Place order'>", "<button aria-label='Pay now'><svg></svg></button>",
        "<button><img alt='Buat Pesanan'></button>", "<div role=button tabindex=0>Konfirmasi pesanan</div>",
        "<div style='cursor:pointer'><span>Bayar Sekarang</span></div>", "<button title='Complete purchase'>→</button>",
        "<button>Pay $12.00</button>", "<input type=image alt='Buat Pesanan'>",
        "<label><button>Selesaikan pembayaran</button></label>", "<a href='#'>Bayar</a>",
        "<style>i::before{content:'Buat Pesanan'}</style><button><i></i></button>",
    ],
    Stage.PAYMENT: [
        "<button>Bayar pakai GoPay</button>", "<button>Konfirmasi</button>", "<button>Beli</button>",
        "<button>Order now</button>", "<a href='#'>Konfirmasi</a>",
    ],
}  # fmt: skip
ADVANCES = {
    Stage.PRODUCT: [
        "<button>Cara Bayar</button>", "<button>Pilih Pembayaran</button>", "<a href='#'>Lanjut ke pembayaran</a>",
        "<button>Beli Sekarang</button>", "<button>Beli (2)</button>", "<button>Konfirmasi</button>",
        "<a href='#'>Bayar Tagihan</a>", "<button>Bayaran</button>", "<button>Payment methods</button>",
        "<button>+ Keranjang</button>", "<button>Pesan</button>", "<p>Bayar sebelum 12 Maret agar diproses</p>",
    ],
    Stage.PAYMENT: [
        "<label><input type=radio> Bayar di tempat</label>", "<div role=radio>Bayar</div>", "<button>Lanjutkan</button>",
        "<button>Pilih metode pembayaran</button>", "<button>Bayar di Tempat (COD)</button>",
        "<a href='#'>Bayar tagihan listrik</a>", "<button>Cek Status Bayar</button>", "<button>Continue</button>",
        "<button>Konfirmasi alamat</button>", "<button>Select option</button>",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("stage", "told"), [(Stage.PRODUCT, 12), (Stage.PAYMENT, 4)])
def test_labels_that_commit_and_labels_that_advance(shop, stage, told):
    """`told` counts the different labels that commit: the same one is told once a second."""
    shop.guard.enter(stage)
    opened = shop.open("/")
    heard = {markup: _heard(opened, markup) for markup in COMMITS[stage] + ADVANCES[stage]}
    assert [markup for markup in COMMITS[stage] if heard[markup]] == []
    assert [markup for markup in ADVANCES[stage] if not heard[markup]] == []
    opened.wait_for_timeout(50)
    assert len({refusal.control for refusal in shop.refusals}) == told


def _heard(opened, markup):
    """Say whether the page hears a click on the innermost element of some markup."""
    return opened.evaluate(
        """markup => {
            const box = document.body.appendChild(document.createElement('section'));
            box.innerHTML = markup;
            let heard = false;
            box.addEventListener('click', event => { heard = true; event.preventDefault() });
            let inner = box.lastElementChild;
            while (inner.lastElementChild) inner = inner.lastElementChild;
            inner.dispatchEvent(new MouseEvent('click', {bubbles: true, composed: true, cancelable: true}));
            box.remove();
            return heard;
        }""",
        markup,
    )
