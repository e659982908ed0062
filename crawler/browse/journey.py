"""What a scenario may use: sync Playwright plus stages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from crawler.browse.crawl.visit import NoInvoice, NoPaymentPage, StageScope
from crawler.browse.guard.gate import named
from crawler.errors import ScenarioError, StageError
from crawler.model.scenario import Scenario, Stage

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from crawler.browse.crawl.crawl import Crawl


class Journey:
    """What a scenario's `walk` gets: all that it may use, and nothing of how it is done.

    A walk goes through its stages one after the other. Each is a visit, entered with `with
    journey.stage(Stage.CART):` and captured on the way out; inside it the walk drives `journey.page` with
    Playwright. A body that raises leaves its stage *not reached* and the walk goes on with the next.

    Attributes:
        start_url: Where the journey starts: the scenario's own address unless the run names another.
        invoice_url: An invoice that the inspector named, or None.
        payment_url: The payment page of an order that the inspector named, or None.
    """

    def __init__(self, crawl: Crawl, scenario: Scenario) -> None:
        settings = crawl.session.settings
        self.start_url = settings.start_url or scenario.start_url
        self.invoice_url = settings.invoice_url
        self.payment_url = settings.payment_url
        self._crawl = crawl

    @property
    def page(self) -> Page:
        """The page the journey is on; a new one if the last was closed or crashed.

        Setting it makes another page, such as a popup, the one that the journey goes on in.
        """
        return self._crawl.tabs.living()

    @page.setter
    def page(self, page: Page) -> None:
        self._crawl.tabs.go_on_in(page)

    def stage(self, kind: Stage) -> StageScope:
        """Return the context manager of the next visit.

        Args:
            kind: The stage that the visit is of; kinds may repeat.

        Raises:
            ScenarioError: there is no such stage.
        """
        if not isinstance(kind, Stage):
            raise ScenarioError(
                f"{kind!r} is no stage.", hint=f"Stages are: {', '.join(stage.name for stage in Stage)}."
            )
        self._crawl.session.require_browser()
        return StageScope(self._crawl, kind, self._crawl.present.next_ordinal())

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
        self._crawl.guard.allow(allowance)
        self._crawl.emit("allow", **allowance.model_dump())

    def not_reached(self, why: str) -> None:
        """Say that the present stage cannot be reached, and why."""
        raise StageError(why)

    def secret(self, name: str) -> str:
        """Return the secret PANTAU_SECRET_<NAME> of the environment; bundles only hold its keyed hash.

        Raises:
            ScenarioError: it is not set.
        """
        value = os.environ.get(f"PANTAU_SECRET_{name.upper()}")
        if not value:
            raise ScenarioError(
                f"The scenario asks for the secret {name!r}.", hint=f"Set PANTAU_SECRET_{name.upper()}."
            )
        return value
