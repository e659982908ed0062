"""In a real Chromium: every page renders without a complaint, and the journey gets from shop to payment."""

import runpy
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from crawler.model.scenario import Stage
from tests.demo.conftest import CLEAN, PILOT, browsing, running

pytestmark = pytest.mark.browser

SCENARIO = Path(__file__).parents[2] / "scenarios" / "shop_to_checkout.py"


class PlainJourney:
    """What `walk` needs of a journey, with Playwright alone: tells where each stage ended."""

    def __init__(self, page, start_url, invoice_url):
        self.page, self.start_url, self.invoice_url = page, start_url, invoice_url
        self.payment_url = None
        self.visits = []

    @contextmanager
    def stage(self, kind):
        yield
        self.page.wait_for_load_state()
        expect(self.page.locator(".loading")).to_have_count(0)  # cart and order come over the checkout API
        if kind is Stage.PAYMENT:
            # An empty frame has a body too: only the form tells that the cashier's own page has come.
            self.page.frame_locator("#cashier").get_by_label("Nomor kartu").wait_for()
        self.visits.append((kind.value, self.page.url, self.page.locator("body").inner_text()))

    def open_invoice(self):
        self.page.goto(self.invoice_url)


def complaints(context):
    """What the console, the scripts and the network had to complain of; filled while pages run."""
    heard = []
    context.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: heard.append(str(error.error)))
    context.on("response", lambda answer: heard.append(answer.url) if answer.status >= 400 else None)
    return heard


@pytest.mark.parametrize("device", ["desktop", "mobile"])
@pytest.mark.parametrize("state_id", [CLEAN, PILOT])
def test_the_journey_reaches_every_stage_and_places_no_order(state_id, device, tmp_path):
    scenario = runpy.run_path(str(SCENARIO))
    with running(state_id, tmp_path / "shop") as shop, browsing(shop, tmp_path, device) as context:
        heard = complaints(context)
        hosts = set()
        context.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        journey = PlainJourney(context.pages[0], shop.start_url, shop.invoice_url)
        scenario["walk"](journey)
        assert [kind for kind, _, _ in journey.visits] == [
            stage.value for stage in scenario["scenario"].stages
        ]
        assert heard == []
        assert shop.orders() == 1
    texts = {kind: text for kind, _, text in journey.visits}
    assert "Beli (1)" in texts["cart"]
    assert "Kopi Instan" in texts["checkout"]
    assert "Rp46.000" in texts["payment"]
    assert "Layanan pengaduan kami" in texts["info"]
    assert ("Diproses oleh Tokopedia" in texts["payment"]) == (state_id == CLEAN)
    foreign = {"oec-api.tiktokv.com", "cashier-my4a.pipopay.com", "fp-sg.pipopay.com"}
    assert hosts & foreign == (foreign if state_id == PILOT else set())


def test_the_commit_button_would_place_an_order(tmp_path):
    with running(CLEAN, tmp_path / "shop") as shop, browsing(shop, tmp_path) as context:
        page = context.pages[0]
        page.goto("https://pay.tokopedia.com/v2/payment?cart=c1")
        page.get_by_role("button", name="Bayar Sekarang").click()
        page.get_by_text("Pesanan dibuat").wait_for()
        assert shop.orders() == 2


def test_every_page_renders_fits_the_screen_and_shows_its_pictures(tmp_path):
    with running(CLEAN, tmp_path / "shop") as shop, browsing(shop, tmp_path, "mobile") as context:
        heard = complaints(context)
        page = context.pages[0]
        for path in (
            "",
            "search?q=",
            "gawai-prima/ponsel-302",
            "cart",
            "cart/shipment",
            "help",
            "terms",
            "contact-us",
        ):
            page.goto(shop.start_url + path)
            page.locator(":is(h1, h2):visible").first.wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= 412, path
            assert page.evaluate(
                "[...document.images].every(i => !i.complete || !i.currentSrc || i.naturalWidth)"
            )
        assert heard == []


def test_late_pictures_load_when_scrolled_to(tmp_path):
    with running(CLEAN, tmp_path / "shop") as shop, browsing(shop, tmp_path) as context:
        page = context.pages[0]
        page.goto(shop.start_url)
        late = page.locator("img[data-src]").last
        assert late.get_attribute("src") is None
        late.scroll_into_view_if_needed()
        page.wait_for_function("element => element.naturalWidth > 0", arg=late.element_handle())


def test_third_parties_hear_from_the_storefront_within_three_seconds(tmp_path):
    with running(CLEAN, tmp_path / "shop") as shop, browsing(shop, tmp_path) as context:
        page = context.pages[0]
        with page.expect_response("https://sb.scorecardresearch.com/**", timeout=8000) as last:
            page.goto(shop.start_url)
        assert last.value.status == 200
        names = {cookie["name"] for cookie in context.cookies()}
        assert {"cart_id", "_ga", "uid"} <= names
        assert page.evaluate("localStorage.getItem('last_page')") == "storefront"


def test_the_planted_pixel_sends_the_shopper_s_identifier(tmp_path):
    with running(CLEAN, tmp_path / "shop", ["social-pixel"]) as shop, browsing(shop, tmp_path) as context:
        page = context.pages[0]
        with page.expect_request("https://analytics.tiktok.com/**", timeout=8000) as sent:
            page.goto(shop.start_url)
        identifier = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "_ga")
        assert f"external_id={identifier}" in sent.value.url
