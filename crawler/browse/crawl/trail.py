"""The addresses that the page of a journey goes through during one visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from crawler.lib.redact import Redactor

BLANK = "about:blank"
ELSEWHERE = "data:text/html,"  # where a tab is taken to from a document that never lets go


class Trail:
    """Follows the page that a journey is on, and goes over to another page with it.

    Args:
        redactor: Hashes the secrets in addresses.
        on_move: Called when the page has another document or another address.

    Attributes:
        urls: The addresses, redacted, in the order they came.
    """

    def __init__(self, redactor: Redactor, on_move: Callable[[], None]) -> None:
        self.urls: list[str] = []
        self._redactor, self._on_move = redactor, on_move
        self._page: Page | None = None

    def follow(self, page: Page) -> None:
        """Take addresses from this page from now on; a popup is at one already."""
        if self._page is page:
            return
        if self._page:
            self._page.remove_listener("framenavigated", self._on_navigated)
            if page.url != BLANK:
                self.urls.append(self._redactor.url(page.url))
        self._page = page
        page.on("framenavigated", self._on_navigated)

    def end(self) -> None:
        """Follow no page any more."""
        if self._page:
            self._page.remove_listener("framenavigated", self._on_navigated)

    def _on_navigated(self, frame: Any) -> None:
        if frame.parent_frame is None and frame.url != ELSEWHERE:
            self._on_move()
            self.urls.append(self._redactor.url(frame.url))
