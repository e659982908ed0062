"""Sites that do not answer: once one is known to be dead, the stages that stand on it end at once.

A name that is not known, a refused or cut connection, a certificate that is not accepted: the browser says so
in a moment, and says it again whenever it is asked. A host that takes a connection and never answers costs a
whole step; after one step without any answer from it, ever, it is not asked again in this run. While the
journey stands on no page but the browser's own, there is nothing to find, so steps get a moment each; a stage
that opens an address elsewhere goes on as usual from there.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error

from crawler.browse.stops.reasons import dead
from crawler.errors import NavigationError
from crawler.lib.hosts import host_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page, Request, Response

ON_A_DEAD_PAGE_MS = 500.0
NO_ANSWER = "there is no answer"


class DeadSites:
    """Which hosts of a run are dead, and why.

    Args:
        context: The browser context of the run.
        step_s: How long a step may take, in seconds.
        main: Returns the page that the journey is on.
        kept_from: Returns in words why the checking proxy refused an address; empty where it did not.
    """

    def __init__(
        self,
        context: BrowserContext,
        step_s: float,
        main: Callable[[], Page],
        kept_from: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._context, self._step_s, self._main, self._kept_from = context, step_s, main, kept_from
        self._ours: set[str] = set()
        self._why: dict[str, str] = {}
        self._answered: set[str] = set()
        self._stuck = ""
        context.on("response", self._on_response)
        context.on("requestfailed", self._on_request_failed)

    def follow(self, page: Page) -> None:
        """Listen to where a page goes, and keep it from a host that never answers."""
        page.on("framenavigated", lambda frame: self._on_navigated(page, frame))
        goto = page.goto

        def goto_unless_silent(url: str, **given: Any) -> Response | None:
            host = host_of(url) or ""
            if self._why.get(host) == NO_ANSWER:
                raise NavigationError(f"{host}: {NO_ANSWER}; it was not asked again")
            return goto(url, **given)

        setattr(page, "goto", goto_unless_silent)  # noqa: B010 - a method of this one page

    def unanswered(self, address: str, since: float) -> None:
        """Note that an address was asked at the monotonic time `since` and has no answer yet."""
        host = host_of(address) or ""
        if host and host not in self._answered and time.monotonic() - since >= 0.9 * self._step_s:
            self._why[host] = NO_ANSWER
            if not self._main().url.startswith("http"):
                self._stand(host)

    def here(self) -> str:
        """Return which dead site the journey stands on and why it is dead; empty if it stands on none."""
        why = self._why.get(self._stuck, "")
        return f"{self._stuck}: {why}" if why and not self._main().url.startswith("http") else ""

    def refused(self) -> str:
        """Return which address that Pantau itself refused the journey stands on, and why; empty for none."""
        return self.here() if self._stuck in self._ours else ""

    def _stand(self, host: str) -> None:
        """Let steps give up soon: nothing will appear there. Navigations keep their time."""
        self._stuck = host
        self._context.set_default_timeout(ON_A_DEAD_PAGE_MS)
        self._context.set_default_navigation_timeout(self._step_s * 1000)

    def _on_response(self, response: Response) -> None:
        host = host_of(response.url) or ""
        self._answered.add(host)
        self._why.pop(host, None)

    def _on_request_failed(self, request: Request) -> None:
        try:
            page = request.frame.page if request.is_navigation_request() else None
            top = page is not None and request.frame.parent_frame is None
        except Error:
            return  # the page went away meanwhile
        why = dead(Error(f"net::{(request.failure or '').removeprefix('net::')}"))
        host = host_of(request.url) or ""
        if top and why and host:
            ours = self._kept_from(request.url)
            self._why[host] = ours or why
            (self._ours.add if ours else self._ours.discard)(host)
            if page is self._main():
                self._stand(host)

    def _on_navigated(self, page: Page, frame: Any) -> None:
        if (
            frame.parent_frame is None
            and frame.url.startswith("http")
            and page is self._main()
            and self._stuck
        ):
            self._stuck = ""
            self._context.set_default_timeout(self._step_s * 1000)
