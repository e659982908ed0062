"""From a product to the payment page of a shop, then every way to order: the walk of `tests/shops`.

`FACTS` is filled in for one shop. It holds what the walk has to know.
"""

import ssl
import subprocess
import sys
import threading
from contextlib import suppress
from socket import create_connection

from playwright.sync_api import Error, sync_playwright

from crawler.browse import Journey, Scenario, Stage

FACTS = {}

scenario = Scenario(
    id="bentuk-toko",
    title={"id": "Bentuk toko", "en": "Shape of a shop"},
    start_url=FACTS["start"],
    stages=[Stage.STOREFRONT, Stage.PRODUCT, Stage.CART, Stage.CHECKOUT, Stage.PAYMENT],
)

STEP_MS = 6_000
PRESS_MS = 1_500


def walk(journey: Journey) -> None:
    """Walk the shop; then, where asked, try to order."""
    page = journey.page
    for line in FACTS["allow"]:
        journey.allow(**line)
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url)
        page.get_by_role("link").first.wait_for(timeout=STEP_MS)
    with journey.stage(Stage.PRODUCT):
        page.goto(FACTS["pages"]["product"])
        page.locator("#next").wait_for(timeout=STEP_MS)
    if "express-product" in FACTS["ways"]:
        with journey.stage(Stage.PRODUCT):
            press(page, "#express")
    for at, kind in (("product", Stage.CART), ("cart", Stage.CHECKOUT), ("checkout", Stage.PAYMENT)):
        with journey.stage(kind):
            take_steps(page, at)
            page.locator("#next").click(timeout=STEP_MS)
            page.locator("h1").filter(has_text=FACTS["headings"][kind.value]).wait_for(timeout=STEP_MS)
            if kind is Stage.PAYMENT:
                take_steps(page, "payment")
    if FACTS["ways"]:
        with journey.stage(Stage.PAYMENT):
            try_to_order(page)
        with journey.stage(Stage.INFO):
            page.goto(FACTS["start"] + "bantuan")
            page.wait_for_timeout(FACTS["late_ms"])


def take_steps(page, at) -> None:
    """Do on a page what a shopper does there, in order."""
    if page.url != FACTS["pages"][at]:
        page.goto(FACTS["pages"][at])
    for number in FACTS["steps"][at]:
        page.locator(f"#step-{number}").click(timeout=STEP_MS)
        page.locator(f"#done-{number}").wait_for(timeout=STEP_MS)


def press(page, selector, key="click") -> None:
    """Press what may or may not be there, and let what it sends arrive."""
    with suppress(Error):
        if key == "click":
            page.locator(selector).click(timeout=PRESS_MS, no_wait_after=True)
        else:
            page.locator(selector).press(key, timeout=PRESS_MS, no_wait_after=True)
    page.wait_for_timeout(FACTS["pump_ms"])


def try_to_order(page) -> None:
    """Try every way, each from a fresh payment page."""
    if "express-cart" in FACTS["ways"]:
        page.goto(FACTS["pages"]["cart"])
        press(page, "#express")
    for way in FACTS["scripts"]:
        with suppress(Error):
            page.goto(FACTS["pages"]["payment"])
            page.evaluate(
                "([note, code]) => { globalThis.NOTE = note; (0, eval)(code) }", [way["name"], way["script"]]
            )
        press(page, "#w", way["press"]) if way["press"] else page.wait_for_timeout(FACTS["pump_ms"])
    page.wait_for_timeout(FACTS["late_ms"])
    for name in FACTS["beside"]:
        beside = BESIDE[name]
        with suppress(Exception):  # whatever stands in the way is welcome: the shop's database tells
            beside(page, FACTS["order"] | {"data": FACTS["order"]["data"].replace("@note@", name)})


def page_request(page, order) -> None:
    """Use Playwright's own client, at the address that the name would resolve to."""
    by_client(page.request, order)


def context_request(page, order) -> None:
    """Use that of the context."""
    by_client(page.context.request, order)


def by_client(client, order) -> None:
    """Ask without the browser."""
    headers = order["headers"] | {"Host": order["host"]}
    client.fetch(
        order["loopback"],
        method=order["method"],
        data=order["data"],
        headers=headers,
        ignore_https_errors=True,
    )


def new_context(page, order) -> None:
    """Use a new context of the same browser."""
    other = page.context.browser.new_context(ignore_https_errors=True)
    order_in(other.new_page(), order)


def order_in(page, order) -> None:
    """Order by fetch from a page."""
    page.goto(order["start"])
    page.evaluate(
        "([url, how]) => fetch(url, how)",
        [order["url"], {"method": order["method"], "headers": order["headers"], "body": order["data"]}],
    )


def second_launch(page, order) -> None:
    """Start a browser of one's own, in a thread of one's own."""

    def run() -> None:
        with sync_playwright() as playwright:
            options = [f"--host-resolver-rules=MAP * 127.0.0.1:{order['port']}", "--no-sandbox"]
            browser = playwright.chromium.launch(executable_path=order["browser"], args=options)
            order_in(browser.new_context(ignore_https_errors=True).new_page(), order)
            browser.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(20)


def plain_socket(page, order) -> None:
    """Speak TLS by hand."""
    line = create_connection(("127.0.0.1", order["port"]), timeout=5)
    secure = ssl._create_unverified_context().wrap_socket(line, server_hostname=order["host"])
    body = order["data"].encode()
    fields = order["headers"] | {"Host": order["host"], "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    secure.sendall(f"{order['method']} {order['target']} HTTP/1.1\r\n{head}\r\n".encode() + body)
    secure.recv(100)


def by_subprocess(page, order) -> None:
    """Let another Python do it."""
    code = (
        "import ssl, sys, urllib.request as u; a = sys.argv; "
        "u.urlopen(u.Request(a[1], a[2].encode(), {'Host': a[3], 'Content-Type': a[4]}, method=a[5]), "
        "timeout=5, context=ssl._create_unverified_context())"
    )
    kind = order["headers"]["Content-Type"]
    arguments = [order["loopback"], order["data"], order["host"], kind, order["method"]]
    subprocess.run([sys.executable, "-c", code, *arguments], timeout=15, check=False, capture_output=True)


BESIDE = {
    "page-request": page_request, "context-request": context_request, "new-context": new_context,
    "second-launch": second_launch, "plain-socket": plain_socket, "subprocess": by_subprocess,
}  # fmt: skip
