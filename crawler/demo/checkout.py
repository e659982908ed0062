"""Carts and the checkout API: GraphQL in the clean state, REST in the pilot, and real orders."""

import datetime as dt
import re
import secrets
import threading
from collections.abc import Mapping
from typing import Any

from crawler.demo.catalogue import Product, product, rupiah
from crawler.demo.orders import Orders
from crawler.demo.server import NOT_FOUND, Request, Response

SHIPPING = 9_000  # rupiah
SERVICE_FEE = 1_000  # rupiah
# What a request does, by the GraphQL operation or the end of the REST path that asks for it.
ACTIONS = {
    "AddToCartMutation": "add",
    "CartQuery": "show",
    "CheckoutSummaryQuery": "show",
    "CreateOrderMutation": "order",
    "cart/add": "add",
    "cart/get": "show",
    "checkout/summary": "show",
    "order/create": "order",
    "payment/intent": "intent",
    "v1/intent": "intent",
}
REST_PATH = re.compile(r"([a-z0-9]+/[a-z]+)$")


class Checkout:
    """Carts in memory, orders in the order table.

    Args:
        orders: The order table.
    """

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._carts: dict[str, dict[int, int]] = {}
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Response:
        """Answer an API request: preflights, then the action asked for."""
        if request.method == "OPTIONS":
            return Response(status=204, headers=cors(request))
        action = ACTIONS.get(_asked(request))
        if action is None or request.method != "POST":
            return NOT_FOUND
        body = request.json()
        given = body.get("variables", body)
        cart_id = (
            str(given.get("cart_id") or request.cookies.get("cart_id", "")) if isinstance(given, dict) else ""
        )
        data = self._do(action, cart_id, given if isinstance(given, dict) else {}, request)
        return Response.of_json({"data": data}, cors(request))

    def lines(self, cart_id: str) -> list[tuple[Product, int]]:
        """Products and quantities of a cart."""
        with self._lock:
            cart = dict(self._carts.get(cart_id, {}))
        return [(item, count) for key, count in cart.items() if (item := product(key))]

    def _do(self, action: str, cart_id: str, given: Mapping[str, Any], request: Request) -> dict[str, Any]:
        if action == "add":
            self._add_to_cart(cart_id, given.get("product_id"))
        if action == "order":
            return self._order(cart_id, request)
        if action == "intent":
            return {"token": secrets.token_hex(6), "status": "pending"}
        return self.summary(cart_id)

    def _add_to_cart(self, cart_id: str, product_id: Any) -> None:
        if not isinstance(product_id, int) or product(product_id) is None:
            return
        with self._lock:
            cart = self._carts.setdefault(cart_id, {})
            cart[product_id] = cart.get(product_id, 0) + 1

    def _order(self, cart_id: str, request: Request) -> dict[str, Any]:
        now = dt.datetime.now(tz=dt.UTC)
        number = f"INV/{now:%Y%m%d}/MPL/{secrets.randbelow(10**10):010}"
        lines = {item.id: count for item, count in self.lines(cart_id)}
        self._orders.place(number, lines, now, f"{request.host}{request.path}")
        return {"order": number}

    def summary(self, cart_id: str) -> dict[str, Any]:
        """A cart with its sums, amounts as printed."""
        lines = self.lines(cart_id)
        goods = sum(item.price * count for item, count in lines)
        return {
            "count": sum(count for _, count in lines),
            "lines": [_line(item, count) for item, count in lines],
            "goods": rupiah(goods),
            "shipping": rupiah(SHIPPING),
            "fee": rupiah(SERVICE_FEE),
            "total": rupiah(goods + SHIPPING + SERVICE_FEE if lines else 0),
        }


def cors(request: Request) -> tuple[tuple[str, str], ...]:
    """Headers that let the shop's own pages read an answer from another origin, with cookies."""
    origin = request.headers.get("origin")
    if origin is None:
        return ()
    return (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "POST, OPTIONS"),
        (
            "Access-Control-Allow-Headers",
            request.headers.get("access-control-request-headers", "content-type"),
        ),
        ("Access-Control-Max-Age", "600"),
        ("Vary", "Origin"),
    )


def _asked(request: Request) -> str:
    if request.path == "/graphql":
        return str(request.json().get("operationName", ""))
    tail = REST_PATH.search(request.path)
    return tail.group(1) if tail else ""


def _line(item: Product, count: int) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "merchant": item.merchant,
        "city": item.city,
        "path": item.path,
        "price": rupiah(item.price),
        "count": count,
        "picture": f"https://images.tokopedia.net/img/cache/300/{item.id}-0.jpg",
    }
