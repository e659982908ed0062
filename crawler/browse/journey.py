"""The journey a scenario walks: sync Playwright plus stages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error

from crawler.browse.crawl.visit import NoInvoice, NoPaymentPage, StageScope
from crawler.browse.guard.gate import named
from crawler.browse.stops.dead import DeadSites
from crawler.errors import BrowserCrashed, ScenarioError, StageError
from crawler.model.scenario import Scenario, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Request, Response

    from crawler.browse.chromium.session import Session
    from crawler.browse.guard.guard import Guard
    from crawler.collect.network.requests import RequestRecorder
    from crawler.collect.run.downloads import Downloads
    from crawler.lib.redact import Redactor
    from crawler.store.writer import BundleWriter


class Journey:
    """What a scenario's `walk` gets.

    Attributes:
        page: The page the journey is on; setting it makes another page (a popup) the main one.
        start_url: Where the journey starts: the scenario's own address unless the run names another.
        invoice_url: An invoice that the inspector named, or none.
        payment_url: The payment page of an order that the inspector named, or none.
    """

    def __init__(
        self,
        scenario: Scenario,
        session: Session,
        writer: BundleWriter,
        redactor: Redactor,
        emit: Callable[..., None],
    ) -> None:
        self.start_url = session.settings.start_url or scenario.start_url
        self.invoice_url = session.settings.invoice_url
        self.payment_url = session.settings.payment_url
        self.session, self.writer, self.redactor, self._emit = session, writer, redactor, emit
        self.guard: Guard
        self.recorder: RequestRecorder
        self.downloads: Downloads
        self.current: StageScope | None = None
        self.ordinal = 0
        self._crashed: set[Page] = set()
        self._homes: dict[Page, tuple[int, int]] = {}
        self._highest: dict[int, int] = {}
        self._statuses: dict[Page, int] = {}
        self._headers: dict[Page, dict[str, str]] = {}
        self._main = session.context.pages[0] if session.context.pages else session.context.new_page()
        self.dead = DeadSites(session.context, session.settings.step_timeout_s, lambda: self._main)
        session.context.on("page", self._opened)
        session.context.on("requestfinished", self._finished)
        self._adopt(self._main)

    @property
    def page(self) -> Page:
        """The page the journey is on; a new one if the last was closed or crashed."""
        if self._main.is_closed() or self._main in self._crashed:
            self._check_browser()
            self._go_on_in(self.session.context.new_page())
        return self._main

    @page.setter
    def page(self, page: Page) -> None:
        if page is not self._main:
            self._go_on_in(page)

    def renumber(self, page: Page) -> int:
        """Give a tab the next page number of its visit: it shows another document now."""
        ordinal = self.where(page)[0]
        self._homes[page] = (ordinal, self._next(ordinal))
        return self._homes[page][1]

    def stage(self, kind: Stage) -> StageScope:
        """Return the context manager of the next visit, of kind `kind`."""
        if not isinstance(kind, Stage):
            raise ScenarioError(
                f"{kind!r} is no stage.", hint=f"Stages are: {', '.join(stage.name for stage in Stage)}."
            )
        self._check_browser()
        self.ordinal += 1
        return StageScope(self, kind, self.ordinal)

    def open_invoice(self) -> None:
        """Open the invoice that the inspector named; without one the stage is not reached."""
        if not self.invoice_url:
            raise NoInvoice("no invoice was named with --invoice-url")
        self.page.goto(self.invoice_url)

    def open_payment(self) -> None:
        """Open the payment page that the inspector named; without one the stage is not reached."""
        if not self.payment_url:
            raise NoPaymentPage("no payment page was named with --payment-url")
        self.page.goto(self.payment_url)

    def allow(self, method: str, host: str, path: str, operation: str = "", why: str = "") -> None:
        """Let one kind of request leave which the guard does not know and which does not order.

        Once a cart, a checkout or a payment page was seen, the guard keeps back what it does not know to be
        harmless, and the report prints the line that lets it through. Rules for orders win over it.

        Args:
            method: Its method; WEBSOCKET for a message over a WebSocket.
            host: Its host, without port.
            path: Its path; `{id}` stands for one segment that is a number or a random name.
            operation: GraphQL fields or action fields, as printed; empty where none are printed.
            why: How it is known that it does not order. It goes into the bundle.

        Raises:
            ScenarioError: a part is missing or is a wildcard.
        """
        allowance = named(method, host, path, operation, why)
        self.guard.allow(allowance)
        self._emit("allow", **allowance.model_dump())

    def not_reached(self, why: str) -> None:
        """Say that the present stage cannot be reached, and why."""
        raise StageError(why)

    def secret(self, name: str) -> str:
        """Return the secret PANTAU_SECRET_<NAME> of the environment; bundles only hold its keyed hash."""
        value = os.environ.get(f"PANTAU_SECRET_{name.upper()}")
        if not value:
            raise ScenarioError(
                f"The scenario asks for the secret {name!r}.", hint=f"Set PANTAU_SECRET_{name.upper()}."
            )
        return value

    def where(self, page: Page | None) -> tuple[int, int]:
        """Return the visit and the page number that a page's traffic belongs to.

        A popup belongs to the stage that opened it, the main page to the stage the journey is in. What comes
        before the first stage counts to it. A popup's first request comes before it is announced.
        """
        now = max(1, self.ordinal)
        if page is not None and page not in self._homes:
            self._adopt(page)
        if page is None or page is self._main:
            number = self._homes[page][1] if page and self._homes[page][0] == now else 1
            return now, number
        return self._homes[page]

    def stage_now(self) -> tuple[int, Stage | None]:
        """Return the ordinal and kind of the present visit."""
        return self.ordinal, self.current.kind if self.current else None

    def pages_of(self, ordinal: int) -> list[tuple[int, Page]]:
        """Return the pages of a visit with their numbers, the main page first; some may be closed."""
        mine = [(self.where(page)[1], page) for page in list(self._homes) if self.where(page)[0] == ordinal]
        return sorted(mine, key=lambda entry: (entry[1] is not self._main, entry[0]))

    def status(self, page: Page) -> int | None:
        """Return the HTTP status of the last document that a page showed."""
        return self._statuses.get(page)

    def headers(self, page: Page) -> dict[str, str]:
        """Return the headers of the last document that a page showed, names in lower case."""
        return self._headers.get(page, {})

    def opener(self, page: Page) -> int | None:
        """Return the number of the page that opened a page, none where that is not known."""
        try:
            opener = page.opener()
        except Error:
            return None
        return self._homes[opener][1] if opener in self._homes else None

    def crashed(self, page: Page) -> bool:
        """Say whether a page's renderer died."""
        return page in self._crashed

    def emit(self, event: str, **facts: Any) -> None:
        """Tell the supervisor what happens."""
        self._emit(event, **facts)

    def _opened(self, page: Page) -> None:
        if page not in self._homes:
            self._adopt(page)
        self.guard.watch(page)

    def _go_on_in(self, page: Page) -> None:
        """Make a page the main one. The one before stays with the visit if it showed something there."""
        now, before = max(1, self.ordinal), self._main
        used = self.current is not None and bool(self.current.urls)
        if used:
            self._homes[before] = self.where(before)
        elif before.is_closed() or before in self._crashed:
            self._homes[page] = (now, 1)  # nothing else of the visit has that number
        self._main = page
        if self.current:
            self.current.follow(page)

    def _next(self, ordinal: int) -> int:
        """Return the next page number of a visit; 1 belongs to the page that the journey is on."""
        self._highest[ordinal] = self._highest.get(ordinal, 1 if self._homes else 0) + 1
        return self._highest[ordinal]

    def _adopt(self, page: Page) -> None:
        """Number a new page and listen to how it fares."""
        now = max(1, self.ordinal)
        self._homes[page] = (now, self._next(now))

        def answered(response: Response) -> None:
            if response.request.is_navigation_request() and response.frame == page.main_frame:
                self._statuses[page] = response.status
                self._headers[page] = response.headers

        page.on("response", answered)
        self.dead.follow(page)
        page.on("crash", lambda crashed: self._crashed.add(crashed))  # noqa: PLW0108 - it sets attributes

    def _finished(self, request: Request) -> None:
        """Take the status of a popup's first document, which came before the popup was announced."""
        try:
            if request.is_navigation_request() and request.frame.parent_frame is None:
                response = request.response()
                if response:
                    self._statuses.setdefault(request.frame.page, response.status)
                    self._headers.setdefault(request.frame.page, response.headers)
        except Error:
            return  # the page went away meanwhile

    def _check_browser(self) -> None:
        if self.session.gone:
            raise BrowserCrashed("The browser is gone.")
