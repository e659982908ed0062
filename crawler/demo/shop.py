"""The reference shop: TLS hosts that bear the real names, on loopback only, holding one dated state.

The names resolve to it only inside a browser that is told so; nothing leaves the machine.
"""

import datetime as dt
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import trustme

from crawler.demo import catalogue, hosts, photos, third_parties
from crawler.demo.checkout import Checkout, cors
from crawler.demo.orders import Orders
from crawler.demo.pages import Invoice, Pages
from crawler.demo.server import LOOPBACK, NOT_FOUND, Request, Response, TlsServer
from crawler.demo.states import Reply, State

STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FOREVER = ("Cache-Control", "public, max-age=31536000, immutable")
ANY_ORIGIN = ("Access-Control-Allow-Origin", "*")
PICTURE_PATH = re.compile(r"^/img/cache/\d+/(\d+)-(\d)\.jpg$")
INVOICE_LINES = {101: 2, 402: 1}  # quantity by product id, of the order that the shop already holds


class ReferenceShop:
    """Serves a state while its `with` block runs.

    Args:
        state: The state to show.
        work_dir: Where its certificate and order table go.
        plants: Names of further violations to plant.
    """

    start_url = "https://www.tokopedia.com/"
    feed_url = "https://www.tiktok.com/"

    def __init__(self, state: State, *, work_dir: Path, plants: Sequence[str] = ()) -> None:
        self.state = state.planted(plants)
        self.trust_ca = work_dir / "reference-shop-ca.pem"
        self._work_dir = work_dir

    def __enter__(self) -> Self:
        """Issue a certificate, open the order table, begin to answer."""
        self._work_dir.mkdir(parents=True, exist_ok=True)
        photos.draw_ahead()
        self._orders = Orders(self._work_dir / "orders.db")
        invoice = self._invoice
        self._orders.place(invoice.number, invoice.lines, invoice.placed_at, "seed")
        self._checkout = Checkout(self._orders)
        self._pages = Pages(self.state, self._checkout, invoice)
        self._server = TlsServer(self._certified(), self._answer)
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop answering, drop open connections, close the order table."""
        self._server.stop()
        self._orders.close()

    @property
    def invoice_url(self) -> str | None:
        """Invoice of the order that the shop already holds; None in a state that shows no invoice."""
        if not self.state.switches.invoice_shown:
            return None
        return f"{self.start_url}invoice?id={quote(self._invoice.number, safe='')}"

    @property
    def resolve(self) -> tuple[str, ...]:
        """Where each host name is found: `host=127.0.0.1:port`."""
        return tuple(f"{name}={LOOPBACK}:{self._server.port}" for name in hosts.names())

    @property
    def failures(self) -> Sequence[BaseException]:
        """Errors of the shop itself while it answered; a sound run has none."""
        return tuple(self._server.failures)

    def orders(self) -> int:
        """Rows in the order table; the one it starts with is counted."""
        return self._orders.count()

    @property
    def _invoice(self) -> Invoice:
        day = self.state.as_of - dt.timedelta(days=2)
        placed_at = dt.datetime.combine(day, dt.time(3, 15), tzinfo=dt.UTC)
        return Invoice(f"INV/{day:%Y%m%d}/MPL/3808812345", INVOICE_LINES, placed_at)

    def _certified(self) -> ssl.SSLContext:
        authority = trustme.CA(organization_name="Reference shop, throw-away")
        authority.cert_pem.write_to_path(self.trust_ca)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        authority.issue_cert(*hosts.names()).configure_cert(context)
        return context

    def _answer(self, request: Request) -> Response:
        role = hosts.roles().get(request.host)
        if role is None:
            return NOT_FOUND
        if request.path == "/favicon.ico":
            return _static("favicon.svg")
        reply = self._replies.get(f"https://{request.host}{request.path}")
        if reply is not None:
            return _replied(reply, request)
        return self._roles[role](request)

    @cached_property
    def _replies(self) -> Mapping[str, Reply]:
        return {reply.url: reply for reply in self.state.switches.replies}

    @cached_property
    def _roles(self) -> Mapping[str, Callable[[Request], Response]]:
        return {
            "feed": self._pages.feed,
            "shop": self._pages.shop,
            "payment": self._payment,
            "cashier": self._pages.cashier,
            "checkout": self._checkout.answer,
            "assets": lambda request: _static(request.path.lstrip("/")),
            "images": self._image,
            "script": third_parties.script,
            "captcha": third_parties.captcha,
            "telemetry": third_parties.telemetry,
            "anything": third_parties.telemetry,
        }

    def _payment(self, request: Request) -> Response:
        if request.method == "GET" and request.path.startswith("/v2/payment"):
            return self._pages.payment(request)
        return self._checkout.answer(request)

    def _image(self, request: Request) -> Response:
        switches = self.state.switches
        if request.path == "/banner/beranda-utama.jpg":
            drawn = photos.banner(switches.banner_name, switches.banner_slogan, switches.theme)
            return Response(drawn, "image/jpeg", headers=(FOREVER, ANY_ORIGIN))
        asked = PICTURE_PATH.match(request.path)
        item = catalogue.product(int(asked.group(1))) if asked else None
        if asked is None or item is None:
            return NOT_FOUND
        return Response(
            photos.packshot(item, int(asked.group(2))), "image/jpeg", headers=(FOREVER, ANY_ORIGIN)
        )


def _replied(reply: Reply, request: Request) -> Response:
    """The answer of an address that a plant brought."""
    allowed = cors(request)
    if request.method == "OPTIONS":
        return Response(status=204, headers=allowed)
    if reply.drawn:
        return Response(photos.overlaid(reply.drawn), "image/jpeg", headers=allowed)
    headers = (("Cache-Control", "no-store"), *reply.headers.items(), *allowed)
    return Response(reply.body.encode(), reply.content_type, reply.status, headers)


def _static(name: str) -> Response:
    """A file of the asset host. Only plain names are served, so no path leads outside."""
    path = STATIC / name
    if "/" in name or not path.is_file():
        return NOT_FOUND
    return Response(path.read_bytes(), TYPES[path.suffix], headers=(FOREVER, ANY_ORIGIN))
