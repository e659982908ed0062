"""The tabs of a run: which visit each belongs to, under which page number, and how it fares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Error

from crawler.browse.stops.dead import DeadSites

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request, Response

    from crawler.browse.chromium.session import Session
    from crawler.browse.crawl.present import Present


class Tabs:
    """Numbers the tabs of a browser context, and knows which of them the journey is on.

    Args:
        session: The browser.
        present: The visit under way.

    Attributes:
        main: The tab that the journey is on, as it was left: it may be closed or crashed (see `living`).
        dead: The sites that do not answer.
    """

    def __init__(self, session: Session, present: Present) -> None:
        context = session.context
        self._session, self._present = session, present
        self._crashed: set[Page] = set()
        self._homes: dict[Page, tuple[int, int]] = {}
        self._highest: dict[int, int] = {}
        self._statuses: dict[Page, int] = {}
        self._headers: dict[Page, dict[str, str]] = {}
        self.main = context.pages[0] if context.pages else context.new_page()
        self.dead = DeadSites(context, session.settings.step_timeout_s, lambda: self.main, session.kept_from)
        context.on("page", self._on_page)
        context.on("requestfinished", self._on_request_finished)
        self._adopt(self.main)

    def living(self) -> Page:
        """Return the tab that the journey is on; a new one if the last was closed or crashed.

        Raises:
            BrowserCrashed: the browser is gone.
        """
        if self.main.is_closed() or self.main in self._crashed:
            self._session.require_browser()
            self.go_on_in(self._session.context.new_page())
        return self.main

    def go_on_in(self, page: Page) -> None:
        """Make a tab the main one. The one before stays with the visit if it showed something there."""
        if page is self.main:
            return
        now, before, trail = self._present.counted, self.main, self._present.trail
        if trail is not None and trail.urls:
            self._homes[before] = self.where(before)
        elif before.is_closed() or before in self._crashed:
            self._homes[page] = (now, 1)  # nothing else of the visit has that number
        self.main = page
        if trail is not None:
            trail.follow(page)

    def renumber(self, page: Page) -> int:
        """Give a tab the next page number of its visit: it shows another document now."""
        ordinal = self.where(page)[0]
        self._homes[page] = (ordinal, self._next_number(ordinal))
        return self._homes[page][1]

    def where(self, page: Page | None) -> tuple[int, int]:
        """Return the visit and the page number that a tab's traffic belongs to.

        A popup belongs to the stage that opened it, the main tab to the stage the journey is in. What comes
        before the first stage counts to it. A popup's first request comes before it is announced.
        """
        now = self._present.counted
        if page is not None and page not in self._homes:
            self._adopt(page)
        if page is None or page is self.main:
            number = self._homes[page][1] if page and self._homes[page][0] == now else 1
            return now, number
        return self._homes[page]

    def of_visit(self, ordinal: int) -> list[tuple[int, Page]]:
        """Return the tabs of a visit with their page numbers, the main one first; some may be closed."""
        mine = [(self.where(page)[1], page) for page in list(self._homes) if self.where(page)[0] == ordinal]
        return sorted(mine, key=lambda entry: (entry[1] is not self.main, entry[0]))

    def status(self, page: Page) -> int | None:
        """Return the HTTP status of the last document that a tab showed."""
        return self._statuses.get(page)

    def headers(self, page: Page) -> dict[str, str]:
        """Return the headers of the last document that a tab showed, names in lower case."""
        return self._headers.get(page, {})

    def opener(self, page: Page) -> int | None:
        """Return the number of the page that opened a tab, None where that is not known."""
        try:
            opener = page.opener()
        except Error:
            return None
        return self._homes[opener][1] if opener in self._homes else None

    def crashed(self, page: Page) -> bool:
        """Say whether a tab's renderer died."""
        return page in self._crashed

    def _next_number(self, ordinal: int) -> int:
        """Return the next page number of a visit; 1 belongs to the tab that the journey is on."""
        self._highest[ordinal] = self._highest.get(ordinal, 1 if self._homes else 0) + 1
        return self._highest[ordinal]

    def _adopt(self, page: Page) -> None:
        """Number a new tab and listen to how it fares."""
        now = self._present.counted
        self._homes[page] = (now, self._next_number(now))

        def on_response(response: Response) -> None:
            if response.request.is_navigation_request() and response.frame == page.main_frame:
                self._statuses[page] = response.status
                self._headers[page] = response.headers

        page.on("response", on_response)
        self.dead.follow(page)
        page.on("crash", lambda crashed: self._crashed.add(crashed))  # noqa: PLW0108 - it sets attributes

    def _on_page(self, page: Page) -> None:
        if page not in self._homes:
            self._adopt(page)

    def _on_request_finished(self, request: Request) -> None:
        """Take the status of a popup's first document, which came before the popup was announced."""
        try:
            if request.is_navigation_request() and request.frame.parent_frame is None:
                response = request.response()
                if response:
                    self._statuses.setdefault(request.frame.page, response.status)
                    self._headers.setdefault(request.frame.page, response.headers)
        except Error:
            return  # the page went away meanwhile
