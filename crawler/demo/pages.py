"""Pages of the reference shop: address to template and context."""

import datetime as dt
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2

from crawler.demo import catalogue, third_parties
from crawler.demo.checkout import Checkout
from crawler.demo.server import NOT_FOUND, Request, Response
from crawler.demo.states import State, Switches

TEMPLATES = Path(__file__).parent / "templates"
PRODUCT_PATH = re.compile(r"^/[a-z0-9-]+/[a-z0-9-]+-(\d+)$")
COOKIE_TAIL = "; Domain=.tokopedia.com; Path=/; Max-Age=86400; Secure; SameSite=Lax"


@dataclass(frozen=True)
class Invoice:
    """The order that the shop already holds: quantity by product id, time UTC-aware."""

    number: str
    lines: dict[int, int]
    placed_at: dt.datetime


class Pages:
    """Renders the shop's, the payment and the cashier pages of one state.

    Args:
        state: The state to show.
        checkout: Holds the carts.
        invoice: The order that the shop already holds.
    """

    def __init__(self, state: State, checkout: Checkout, invoice: Invoice) -> None:
        self._state = state
        self._checkout = checkout
        self._invoice = invoice

    def shop(self, request: Request) -> Response:
        """A page of www.tokopedia.com."""
        if request.path == "/manifest.json":
            return self._manifest()
        product = PRODUCT_PATH.match(request.path)
        if product:
            return self._product(request, int(product.group(1)))
        page = self._shop_pages.get(request.path)
        return page(request) if page else NOT_FOUND

    def payment(self, request: Request) -> Response:
        """The payment page, on a host of its own."""
        summary = self._checkout.summary(request.query.get("cart", ""))
        return self._page(request, "payment", "payment.html.j2", summary=summary)

    def feed(self, request: Request) -> Response:
        """The social medium's feed, with its shop tab."""
        if request.path not in ("/", "/foryou"):
            return NOT_FOUND
        goods = [item for item in catalogue.products() if item.sold > 3000][:3]
        return self._page(request, "entry", "feed.html.j2", goods=goods)

    def cashier(self, request: Request) -> Response:
        """What the cross-origin payment frame holds."""
        return self._page(request, "payment", "cashier.html.j2")

    @cached_property
    def _shop_pages(self) -> dict[str, Callable[[Request], Response]]:
        return {
            "/": self._storefront,
            "/search": self._search,
            "/cart": lambda request: self._page(request, "cart", "cart.html.j2"),
            "/cart/shipment": lambda request: self._page(request, "checkout", "checkout.html.j2"),
            "/invoice": self._invoice_page,
            "/help": lambda request: self._page(request, "info", "help.html.j2"),
            "/terms": lambda request: self._page(request, "info", "terms.html.j2"),
            "/contact-us": lambda request: self._page(request, "info", "contact.html.j2"),
        }

    def _storefront(self, request: Request) -> Response:
        length = self._state.switches.shelf_length
        shelves = [
            (shelf, [item for item in catalogue.products() if item.category == shelf.id][:length])
            for shelf in catalogue.categories()
        ]
        flash = [item for item in catalogue.products() if item.discount_percent >= 15][: min(6, length)]
        return self._page(request, "storefront", "storefront.html.j2", shelves=shelves, flash=flash)

    def _search(self, request: Request) -> Response:
        words, length = request.query.get("q", ""), self._state.switches.shelf_length
        found = catalogue.find_products(words)[: length * len(catalogue.categories())]
        return self._page(request, "search", "search.html.j2", words=words, found=found)

    def _product(self, request: Request, product_id: int) -> Response:
        item = catalogue.product(product_id)
        if item is None:
            return NOT_FOUND
        shelf = next(shelf for shelf in catalogue.categories() if shelf.id == item.category)
        similar = [other for other in catalogue.products() if other.category == shelf.id and other != item]
        similar = similar[: self._state.switches.shelf_length]
        return self._page(request, "product", "product.html.j2", item=item, shelf=shelf, similar=similar)

    def _invoice_page(self, request: Request) -> Response:
        if request.query.get("id") != self._invoice.number or not self._state.switches.invoice_shown:
            return NOT_FOUND
        lines = [
            (item, count) for key, count in self._invoice.lines.items() if (item := catalogue.product(key))
        ]
        context = {
            "number": self._invoice.number,
            "lines": lines,
            "goods": sum(item.price * count for item, count in lines),
            "placed_on": f"{self._invoice.placed_at:%d-%m-%Y}",
        }
        return self._page(request, "invoice", "invoice.html.j2", **context)

    def _manifest(self) -> Response:
        name = self._state.switches.manifest_name
        body = {"name": name, "short_name": name, "start_url": "/", "display": "standalone", "icons": []}
        return Response(json.dumps(body).encode(), "application/manifest+json")

    def _page(self, request: Request, stage: str, template: str, **context: Any) -> Response:
        switches = self._state.switches
        settings = {
            "stage": stage,
            "pings": third_parties.pings(stage, switches),
            "checkoutStyle": switches.checkout_style,
            "checkoutApi": switches.checkout_api,
            "paymentPageUrl": switches.payment_page_url,
            "paymentIntentUrl": switches.payment_intent_url,
            "paymentFrameUrl": switches.payment_frame_url,
            "orderUrl": switches.order_url,
        }
        body = self._templates.get_template(template).render(
            switches=switches,
            state=self._state,
            request=request,
            stage=stage,
            settings=settings,
            inserts=_inserts(stage, switches),
            scripts=third_parties.scripts() if request.host == "www.tokopedia.com" else (),
            **context,
        )
        return Response(body.encode(), headers=(("Cache-Control", "private, no-cache"), *_cookies(request)))

    @cached_property
    def _templates(self) -> jinja2.Environment:
        loader = jinja2.FileSystemLoader(TEMPLATES)
        templates = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
        templates.filters["rupiah"] = catalogue.rupiah
        templates.filters["many"] = _many
        return templates


def _cookies(request: Request) -> tuple[tuple[str, str], ...]:
    """A new shopper gets a cart id and an analytics id, shared by all names under tokopedia.com."""
    if not request.host.endswith(".tokopedia.com"):
        return ()
    fresh = {"cart_id": secrets.token_hex(8), "_ga": f"GA1.1.{secrets.randbelow(10**9)}"}
    return tuple(
        ("Set-Cookie", f"{name}={value}{COOKIE_TAIL}")
        for name, value in fresh.items()
        if name not in request.cookies
    )


def _inserts(stage: str, switches: Switches) -> dict[str, str]:
    """The HTML to put into a page, by place."""
    found = {"head": "", "top": "", "main": "", "end": ""}
    for insert in switches.inserts:
        if stage in insert.stages:
            found[insert.place] += insert.html
    return found


def _many(count: int) -> str:
    """A count as shops print it: 3 rb+ for 3200."""
    return f"{count // 1000} rb+" if count >= 1000 else f"{count // 10 * 10}+"
