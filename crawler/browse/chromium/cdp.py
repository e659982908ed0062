"""A CDP session whose commands give up: by default Playwright waits for ever on a page stuck in a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import TimeoutError as PlaywrightTimeout

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession


class BoundedSession:
    """Wraps a CDP session so that every command has a time limit; the rest is the session's own."""

    def __init__(self, session: CDPSession, limit_s: float) -> None:
        self._session, self._limit_s = session, limit_s
        self._silent = False

    def send(self, method: str, params: dict[str, Any] | None = None, *, timeout: float | None = None) -> Any:
        """Send a command and return its answer; it may be given less time than others, in ms.

        Raises:
            Error: Playwright's; the page refused, is gone, or did not answer within the limit.
        """
        limit_ms = self._limit_s * 1000
        try:
            return self._session.send(method, params, timeout=min(timeout or limit_ms, limit_ms))
        except PlaywrightTimeout:
            self._silent = True
            raise

    def detach(self) -> None:
        """Let go of the target. One that did not answer is left: letting go waits for it without a limit.

        Raises:
            Error: Playwright's; the target is gone.
        """
        if not self._silent:
            self._session.detach()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)
