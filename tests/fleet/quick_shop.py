"""From the storefront to the cart of the reference shop, with short waits: the journey of many nights."""

import re

from crawler.browse import Journey, Scenario, Stage

scenario = Scenario(
    id="quick-shop",
    title={"id": "Etalase sampai keranjang", "en": "Storefront to cart"},
    start_url="https://www.tokopedia.com/",
    stages=[Stage.STOREFRONT, Stage.PRODUCT, Stage.CART],
)

WAIT_MS = 15_000
TO_CART = re.compile(r"^\+\s*keranjang$|^tambah ke keranjang$", re.IGNORECASE)
SEE_CART = re.compile(r"^lihat keranjang$", re.IGNORECASE)


def walk(journey: Journey) -> None:
    """Open the first product that has a price, and put it into the cart."""
    page = journey.page
    cards = page.get_by_role("link").filter(has_text=re.compile(r"Rp\s?\d"), visible=True)
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url)
        cards.first.wait_for(timeout=WAIT_MS)
    with journey.stage(Stage.PRODUCT):
        cards.first.click(timeout=WAIT_MS)
        page.get_by_role("button", name=TO_CART).first.wait_for(timeout=WAIT_MS)
    with journey.stage(Stage.CART):
        page.get_by_role("button", name=TO_CART).first.click(timeout=WAIT_MS)
        page.get_by_role("link", name=SEE_CART).first.click(timeout=WAIT_MS)
        page.wait_for_url(re.compile("cart"), wait_until="commit", timeout=WAIT_MS)
