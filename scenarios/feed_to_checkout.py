"""Feed to checkout: from the social medium's feed by its shop tab to the payment page, as a guest.

The journey of `shop_to_checkout.py` with one stage before it. Written by role and visible Indonesian text and
run unchanged against the reference shop. **It has not been run against the live sites**, and the shop tab
that the press described stands in the social medium's app: whether its web feed has one is not known. Where
it has none, the storefront is recorded as not reached by that way.

The journey stops on the payment page. It clicks words that advance (+ Keranjang, Lihat Keranjang, Beli,
Pilih Pembayaran) and never one that commits (Bayar, Buat Pesanan, Konfirmasi pesanan); it types a search
word and nothing else. The invoice is that of an order which somebody names with --invoice-url.
Where the payment page lies behind the order button, --payment-url names that of an order which exists.
"""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from crawler.browse import Journey, Scenario, Stage

scenario = Scenario(
    id="feed-shop-web",
    title={
        "id": "Dari linimasa lewat tab belanja sampai pembayaran",
        "en": "From the feed by its shop tab to the payment",
    },
    start_url="https://www.tiktok.com/",
    stages=[
        Stage.ENTRY,
        Stage.STOREFRONT,
        Stage.SEARCH,
        Stage.PRODUCT,
        Stage.CART,
        Stage.CHECKOUT,
        Stage.PAYMENT,
        Stage.INVOICE,
        Stage.INFO,
        Stage.INFO,
    ],
)

SEARCH_WORD = "kopi"
STEP_MS = 20_000  # longest wait for one step to show what it should
NOTICE_MS = 3_000  # a notice comes late, or not at all

SHOP_TAB = re.compile(r"^(tiktok )?shop( by tokopedia)?$", re.IGNORECASE)
PRICE = re.compile(r"Rp\s?\d")
CLOSE_NOTICE = re.compile(r"^(mengerti|saya mengerti|oke?|tutup|close|nanti saja|lewati)$", re.IGNORECASE)
TO_CART = re.compile(r"^\+\s*keranjang$|^tambah ke keranjang$", re.IGNORECASE)
SEE_CART = re.compile(r"^lihat keranjang$", re.IGNORECASE)
BUY = re.compile(r"^beli(\s*\(\d+\))?$", re.IGNORECASE)
TO_PAYMENT = re.compile(r"^(pilih|lanjut ke) pembayaran", re.IGNORECASE)
PAYMENT_METHODS = re.compile(r"virtual account|metode pembayaran|qris", re.IGNORECASE)
TERMS = re.compile(r"^syarat\s*(dan|&)\s*ketentuan$", re.IGNORECASE)
COMPLAINTS = re.compile(r"pengaduan|hubungi kami|kontak kami|tokopedia care", re.IGNORECASE)


def walk(journey: Journey) -> None:
    """Go from the feed to the payment page, then to invoice, terms and complaints."""
    page = journey.page
    with journey.stage(Stage.ENTRY):
        page.goto(journey.start_url)
        control(page, SHOP_TAB).wait_for(timeout=STEP_MS)
        wait_for_notice(page)

    with journey.stage(Stage.STOREFRONT):
        close_notice(page)
        follow(page, control(page, SHOP_TAB).click)
        product_cards(page).first.wait_for(timeout=STEP_MS)
        wait_for_notice(page)

    with journey.stage(Stage.SEARCH):
        close_notice(page)
        box = (
            page.get_by_role("searchbox")
            .or_(page.get_by_placeholder(re.compile("^cari", re.IGNORECASE)))
            .first
        )
        box.fill(SEARCH_WORD)
        follow(page, lambda: box.press("Enter"))
        product_cards(page).first.wait_for(timeout=STEP_MS)

    with journey.stage(Stage.PRODUCT):
        follow(page, product_cards(page).filter(has_text=re.compile(SEARCH_WORD, re.IGNORECASE)).first.click)
        control(page, TO_CART).wait_for(timeout=STEP_MS)

    with journey.stage(Stage.CART):
        control(page, TO_CART).click(timeout=STEP_MS)
        follow(page, control(page, SEE_CART).click)
        control(page, BUY).wait_for(timeout=STEP_MS)

    with journey.stage(Stage.CHECKOUT):
        follow(page, control(page, BUY).click)
        control(page, TO_PAYMENT).wait_for(timeout=STEP_MS)

    with journey.stage(Stage.PAYMENT):
        follow(page, control(page, TO_PAYMENT).click)
        page.get_by_text(PAYMENT_METHODS).first.wait_for(timeout=STEP_MS)

    if journey.payment_url:
        with journey.stage(Stage.PAYMENT):
            journey.open_payment()
            page.get_by_text(PAYMENT_METHODS).first.wait_for(timeout=STEP_MS)

    with journey.stage(Stage.INVOICE):
        journey.open_invoice()

    for words in (TERMS, COMPLAINTS):
        with journey.stage(Stage.INFO):
            open_from_footer(journey, words)


def product_cards(page: Page) -> Locator:
    """Links that show a price: what a shop's product cards have in common."""
    return page.get_by_role("link").filter(has_text=PRICE, visible=True)


def control(page: Page, words: re.Pattern[str]) -> Locator:
    """The first button or link that bears these words."""
    named = page.get_by_role("button", name=words).or_(page.get_by_role("link", name=words))
    return named.filter(visible=True).first


def follow(page: Page, act: Callable[..., None]) -> None:
    """Do what leads to another address, and wait until it has."""
    before = page.url
    act()
    page.wait_for_url(lambda url: url != before, wait_until="commit", timeout=STEP_MS)


def notice(page: Page) -> Locator:
    """The close button of a notice that lies over the page."""
    return page.get_by_role("dialog").get_by_role("button", name=CLOSE_NOTICE).first


def wait_for_notice(page: Page) -> None:
    """Give a late notice time to come, so that it is in the picture."""
    try:
        notice(page).wait_for(timeout=NOTICE_MS)
    except PlaywrightTimeout:
        return


def close_notice(page: Page) -> None:
    """Close the notice, if there is one; by now it has been captured."""
    if notice(page).is_visible():
        notice(page).click(timeout=STEP_MS)


def open_from_footer(journey: Journey, words: re.Pattern[str]) -> None:
    """Follow a link of the page's footer; from a page that has none, by way of feed and storefront."""
    page = journey.page
    link = page.get_by_role("link", name=words).last
    if not link.count():
        page.goto(journey.start_url)
        follow(page, control(page, SHOP_TAB).click)
    follow(page, lambda: link.click(timeout=STEP_MS))
    page.get_by_role("heading").first.wait_for(timeout=STEP_MS)
