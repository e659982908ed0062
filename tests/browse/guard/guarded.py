"""A shop that counts orders, and a guarded browser in front of it: for the tests of the guard."""

# ruff: noqa: E501 - pages and scripts stand on one line each

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from crawler.browse.chromium.program import find_browser
from crawler.browse.chromium.switches import launch_args
from crawler.browse.guard.gate import Gate
from crawler.browse.guard.guard import Guard
from crawler.model.scenario import Stage
from crawler.settings import HostMapping
from tests.site import Reply, Site, page, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

    from crawler.model.evidence import Change, Refusal

pytestmark = pytest.mark.browser
ORDER = "/api/order/create"
JS = "text/javascript"
PUMP_MS = 400  # long enough for an order to arrive: the control below gets its orders within a tenth of it

POST = f"fetch('{ORDER}', {{method: 'POST', body: '{{}}'}}).catch(() => 0)"
ROUTES = {
    "/": page("Toko", "<h1>Toko</h1>"),
    "/button": page("b", f'<button id=order onclick="{POST}">Bayar Sekarang</button>'),
    "/form": page(
        "f", f"<form method=post action={ORDER}><input name=note><button>Buat Pesanan</button></form>"
    ),
    "/form-plain": page("f", f"<form method=post action={ORDER}><input name=note></form>"),
    "/form-blank": page(
        "f", f"<form method=post action={ORDER} target=_blank><input name=n><button>Kirim</button></form>"
    ),
    "/opener": page("o", "<a href=/button target=_blank>Buka</a>"),
    "/frame": page("r", "<iframe src='http://other.test/button'></iframe>"),
    "/nested": page("n", "<iframe src='http://other.test/inner'></iframe>"),
    "/inner": page("i", "<iframe src='http://third.test/button'></iframe>"),
    "/leave": page(
        "l",
        f"<script>addEventListener('pagehide', () => {{ navigator.sendBeacon('{ORDER}', '1');"
        f" fetch('{ORDER}', {{method: 'POST', keepalive: true}}) }})</script>",
    ),
    "/worker.js": Reply(POST, content_type=JS),
    "/shared.js": Reply(f"onconnect = () => {POST}", content_type=JS),
    "/sw.js": Reply(
        f"onactivate = event => event.waitUntil(clients.claim());\nonmessage = event => event.waitUntil({POST})",
        content_type=JS,
    ),
    "/elsewhere": Reply(status=307, headers={"Location": ORDER}),
    ORDER: Reply("placed", headers={"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}),
    "/graphql": Reply('{"data": {}}', content_type="application/json"),
    "/payment/logo.js": Reply("1", content_type=JS, headers={"Cache-Control": "max-age=3600"}),
    "/payment/methods": Reply(
        "{}", headers={"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
    ),
}


@contextmanager
def browser(folder: Path, port: int) -> Iterator[BrowserContext]:
    resolve = (HostMapping(host="*.test", target=f"127.0.0.1:{port}"),)
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder / "profile",
            executable_path=find_browser().path,
            args=list(launch_args(netlog=folder / "netlog", resolve=resolve, as_root=os.geteuid() == 0)),
            ignore_default_args=["--disable-popup-blocking"],
            chromium_sandbox=os.geteuid() != 0,
        )
        context.set_default_timeout(10_000)
        yield context
        context.close()


@dataclass
class Shop:
    """A shop that counts orders, and a guarded browser in front of it."""

    site: Site
    context: BrowserContext
    guard: Guard
    refusals: list[Refusal]
    events: list[tuple[dict[str, Any], str]]
    changes: list[Change]

    def open(self, path: str) -> Page:
        """Open a tab; waiting for its event means waiting for the guard to stand in it."""
        with self.context.expect_page() as waited:
            self.context.new_page()
        waited.value.goto(self.site.url(path))
        return waited.value

    def orders(self, pump: Page) -> int:
        """Let everything under way arrive, then count."""
        pump.wait_for_timeout(PUMP_MS)
        return sum(entry.endswith(ORDER) and not entry.startswith("OPTIONS") for entry in self.site.asked)

    def refused(self, what: str) -> list[Refusal]:
        return [refusal for refusal in self.refusals if refusal.what == what]


@pytest.fixture(scope="module")
def guarded_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    refusals: list[Refusal] = []
    changes: list[Change] = []
    events: list[tuple[dict[str, Any], str]] = []

    def refused_request(event: dict[str, Any], rule: str) -> str:
        events.append((event, rule))
        return f"r{len(events)}"

    with serve(ROUTES) as site, browser(tmp_path_factory.mktemp("guard"), site.port) as context:
        guard = Guard(
            on_refusal=refusals.append,
            refused_request=refused_request,
            where=lambda: (3, Stage.CHECKOUT),
            on_change=changes.append,
        )
        guard.enable(context)
        guard.watch(context.pages[0])
        context.on("page", guard.watch)
        yield Shop(site, context, guard, refusals, events, changes)


@pytest.fixture
def shop(guarded_browser: Shop) -> Iterator[Shop]:
    running = guarded_browser
    yield running
    for extra in running.context.pages[1:]:
        extra.close()
    running.context.pages[0].wait_for_timeout(50)
    running.site.asked.clear()
    running.refusals.clear()
    running.events.clear()
    running.changes.clear()
    running.guard.gate = Gate()
    running.guard.enter(Stage.STOREFRONT)
