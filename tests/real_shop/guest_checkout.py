"""Guest checkout in django-oscar, from the storefront to the payment page.

The shop is not ours: its pages are django-oscar's own templates. The walk goes by role and visible text, on a
wide screen and on a phone, where the search box is folded away. The address is made up.
"""

import re

from playwright.sync_api import Page

from crawler.browse import Journey, Scenario, Stage

scenario = Scenario(
    id="oscar-guest-checkout",
    title={"id": "django-oscar: belanja sebagai tamu", "en": "django-oscar: guest checkout"},
    start_url="https://toko-oscar.test/",
    stages=[
        Stage.STOREFRONT,
        Stage.SEARCH,
        Stage.PRODUCT,
        Stage.CART,
        Stage.CHECKOUT,
        Stage.CHECKOUT,
        Stage.CHECKOUT,
        Stage.PAYMENT,
    ],
)

SHOPPER_EMAIL = "siti.rahayu@example.com"
SHIP_TO = {
    "First name": "Siti",
    "Last name": "Rahayu",
    "First line of address": "Jalan Cikini Raya 73",
    "City": "Jakarta Pusat",
    "Post/Zip-code": "10330",
    "Phone number": "+62 21 5550 134",
}


def walk(journey: Journey) -> None:
    """Search for a cloth, put it into the cart and go on as a guest until the shop asks for payment."""
    page = journey.page
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url)
    with journey.stage(Stage.SEARCH):
        search_for(page, "batik")
    with journey.stage(Stage.PRODUCT):
        page.get_by_role("link", name=re.compile("Kain Batik Parang")).last.click()
        page.get_by_role("heading", name=re.compile("Kain Batik Parang"), level=1).wait_for()
    with journey.stage(Stage.CART):
        page.get_by_role("button", name="Add to cart").first.click()
        # The small cart in the header has such a link too: until the style sheet is there it is not hidden.
        page.locator("#messages").get_by_role("link", name="View cart").click()
        page.get_by_role("heading", name="Cart", exact=True, level=1).wait_for()
    with journey.stage(Stage.CHECKOUT):
        page.get_by_role("link", name="Proceed to checkout").click()
        page.get_by_role("heading", name="Who are you?").wait_for()
    with journey.stage(Stage.CHECKOUT):
        go_on_as_guest(page)
        page.get_by_role("heading", name="Where should we ship to?").wait_for()
    with journey.stage(Stage.CHECKOUT):
        give_address(page)
        page.get_by_role("heading", name="Shipping method").wait_for()
    with journey.stage(Stage.PAYMENT):
        page.get_by_role("button", name="Select option").first.click()
        page.get_by_role("heading", name="Enter payment details").wait_for()


def search_for(page: Page, words: str) -> None:
    """Type into the search box, which a phone shows only after its menu has been opened."""
    menu = page.get_by_role("navigation").filter(has=page.locator("[aria-label=Search]"))
    box = menu.get_by_role("textbox", name="Search")
    if not box.is_visible():
        menu.get_by_role("button", name="Toggle navigation").click()
    box.fill(words)
    menu.get_by_role("button", name="Search").click()
    page.get_by_role("heading", name=re.compile("Products matching")).wait_for()


def go_on_as_guest(page: Page) -> None:
    """Leave an e-mail address; django-oscar has chosen "as a guest" already."""
    page.get_by_label("My email address is").fill(SHOPPER_EMAIL)
    page.get_by_label(re.compile("checkout as a guest")).check()
    page.get_by_role("button", name="Continue").click()


def give_address(page: Page) -> None:
    """Fill the shipping address."""
    for label, value in SHIP_TO.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Continue").click()
