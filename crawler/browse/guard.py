"""The guard: a journey looks at a shop and never orders.

Two nets. In the page, clicks and submits on controls whose label commits are stopped before the page hears of
them (`guard_page.py`). At the browser, requests that create an order are refused (`guard_orders.py`), whoever
sends them: page, frame, worker, popup, form, beacon. What counts is data: `policies/words/guard.toml`.
"""

from __future__ import annotations

import asyncio
import base64
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from greenlet import greenlet  # type: ignore[import-untyped]  # comes with Playwright - without types
from playwright.sync_api import Error as PlaywrightError

from crawler.browse.guard_orders import Call, Verdict, judge, watched
from crawler.browse.guard_page import GuardedPage, script
from crawler.errors import CaptureError
from crawler.lib.clock import stamp
from crawler.model.evidence import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, CDPSession, Page

    from crawler.model.scenario import Stage

__all__ = ["Guard"]

UNJUDGED_RULE = "unjudged"

# How long a page may take to answer; it does within milliseconds unless a script keeps it busy.
BUSY_LIMIT_S = 2.0


class Guard:
    """Stands between a journey and an order.

    Args:
        on_refusal: Called with every refusal, once it has taken effect.
        refused_request: Called with the parameters of CDP's `Fetch.requestPaused` and the rule's name for a
            request that was refused; returns the id of its record.
        where: Returns the ordinal and kind of the visit under way (no kind between visits).
    """

    def __init__(
        self,
        *,
        on_refusal: Callable[[Refusal], None],
        refused_request: Callable[[dict[str, Any], str], str],
        where: Callable[[], tuple[int, Stage | None]],
    ) -> None:
        self.refusals: list[Refusal] = []
        self._on_refusal = on_refusal
        self._refused_request = refused_request
        self._where = where
        self._stage = ""
        self._context: BrowserContext | None = None
        self._session: CDPSession | None = None
        self._pages: list[GuardedPage] = []
        self._fallen = ""

    def enable(self, context: BrowserContext) -> None:
        """Stand at the browser; must come before its first navigation.

        Raises:
            CaptureError: A page is open already, or the browser does not let its requests be held.
        """
        opened = [page.url for page in context.pages if page.url != "about:blank"]
        if opened:
            raise _cannot_stand(f"{opened[0]} was opened before it")
        if context.browser is None:
            raise _cannot_stand("the context has no browser of its own")
        try:
            session = context.browser.new_browser_cdp_session()
            session.on("Fetch.requestPaused", self._decide)
            session.on("close", lambda _: self._fall("its connection to the browser was closed"))
            session.send("Fetch.enable", {"patterns": [{"urlPattern": pattern} for pattern in watched()]})
        except PlaywrightError as error:
            raise _cannot_stand(_line(error)) from error
        self._context, self._session = context, session

    def watch(self, page: Page) -> None:
        """Stand in a page and all its frames; call it for every page as soon as it is known.

        Called in a handler of the context's "page" event, it holds back those who wait for the same event, so
        that a journey gets a popup only when the guard stands in it.

        Raises:
            CaptureError: The guard does not stand in the first page.
        """
        if self._context is None:
            raise _cannot_stand("it was not enabled")
        guarded = GuardedPage(self._context, page, lambda told: self._stopped(page, told))
        self._pages = [known for known in self._pages if not known.page.is_closed()]
        first = not self._pages
        self._pages.append(guarded)
        stands = self._within(guarded, partial(guarded.stand, script(self._stage)))
        if first and not stands:
            self._fall(f"the first page did not take it within {BUSY_LIMIT_S:g} s")
            self._check()

    def enter(self, stage: Stage | None) -> None:
        """Go by the words of a stage. Between stages (None) those of the stage just left go on.

        Raises:
            CaptureError: The guard does not stand any more; nothing may be opened or clicked.
        """
        self._check()
        if stage is not None and stage.value != self._stage:
            self._stage = stage.value
            for guarded in list(self._pages):
                if not guarded.page.is_closed():
                    self._within(guarded, partial(guarded.stand, script(self._stage)))
        self._check()

    def _within(self, guarded: GuardedPage, work: Callable[[], None]) -> bool:
        """Do something in a page that may never answer; say whether it was done in time.

        A page in an endless script holds every command. Waiting for it would hold the whole journey, so the
        work goes on in a greenlet of its own, as Playwright's handlers do; it ends when the page answers.
        """
        ended: list[bool] = []

        def body() -> None:
            try:
                work()
            except PlaywrightError as error:
                if not guarded.page.is_closed() and not guarded.crashed:
                    self._fall(f"it does not stand in {_bare(guarded.page.url)}: {_line(error)}")
            ended.append(True)

        # Made inside the event loop, so that it returns there and not into the code that waits here.
        asyncio.get_running_loop().call_soon(lambda: greenlet(body).switch())
        until = time.monotonic() + BUSY_LIMIT_S
        while not ended and time.monotonic() < until and not self._fallen:
            self._ask()
        return bool(ended)

    def _check(self) -> None:
        if self._session is None:
            raise _cannot_stand("it was not enabled")
        self._ask()
        if self._fallen:
            raise _cannot_stand(self._fallen)

    def _ask(self) -> None:
        """Ask the browser something, so that events are taken and a connection that is gone shows."""
        assert self._session is not None
        try:
            self._session.send("Browser.getVersion")
        except PlaywrightError as error:
            self._fall(_line(error))

    def _fall(self, why: str) -> None:
        self._fallen = self._fallen or why

    # --- requests --------------------------------------------------------------------------------------

    def _decide(self, event: dict[str, Any]) -> None:
        """Let a paused request go or fail it. Until this has run it stays paused."""
        assert self._session is not None
        verdict = self._judge(event)
        method, params = "Fetch.continueRequest", {"requestId": event["requestId"]}
        if verdict.rule:
            method, params = "Fetch.failRequest", {**params, "errorReason": "BlockedByClient"}
        with suppress(PlaywrightError):  # taken back by its page, or the browser is gone: it does not leave
            self._session.send(method, params)
        if verdict.rule:
            self._refused(event, verdict)

    def _judge(self, event: dict[str, Any]) -> Verdict:
        """What cannot be judged is refused: a guard that errs must err on the side of no order."""
        try:
            return judge(_call(event), self._stage)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            return Verdict(UNJUDGED_RULE, type(error).__name__)

    def _refused(self, event: dict[str, Any], verdict: Verdict) -> None:
        request = event["request"]
        visit, _ = self._where()
        self._record(
            Refusal(
                time=stamp(),
                visit=visit,
                what="request",
                page_url=self._page_url(event),
                word=verdict.word,
                rule=verdict.rule,
                request=self._refused_request(event, verdict.rule),
                method=request["method"],
                url=_bare(request["url"]),
                fields=verdict.fields,
            )
        )

    def _page_url(self, event: dict[str, Any]) -> str:
        """Return the address of the page that sent a request; for a worker's, what it says itself."""
        frame = event.get("frameId", "")
        owner = next((guarded.page for guarded in self._pages if guarded.holds(frame)), None)
        return _bare(owner.url if owner else event["request"]["headers"].get("Referer", ""))

    # --- clicks ----------------------------------------------------------------------------------------

    def _stopped(self, page: Page, told: dict[str, Any]) -> None:
        visit, _ = self._where()
        self._record(
            Refusal(
                time=stamp(),
                visit=visit,
                what=told["what"],
                page_url=_bare(page.url),
                control=told["control"],
                word=told["word"],
                rule="commit-word",
                url=_bare(told["url"]),
            )
        )

    def _record(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)
        self._on_refusal(refusal)


def _call(event: dict[str, Any]) -> Call:
    request = event["request"]
    headers = {name.lower(): value for name, value in request["headers"].items()}
    return Call(
        method=request["method"].upper(),
        url=request["url"],
        type=event["resourceType"],
        content_type=headers.get("content-type", ""),
        body=_body(request),
    )


def _body(request: dict[str, Any]) -> bytes | None:
    """Return the body: empty without one, None where a part of it is not shown, as with streams."""
    if not request.get("hasPostData"):
        return b""
    parts = [entry.get("bytes") for entry in request.get("postDataEntries", [])]
    if not parts or None in parts:
        return request["postData"].encode() if request.get("postData") else None
    return b"".join(base64.b64decode(part) for part in parts)


def _bare(url: str) -> str:
    """Return an address without user, query and fragment, which may hold secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _line(error: PlaywrightError) -> str:
    return (error.message.splitlines() or ["no message"])[0]


def _cannot_stand(why: str) -> CaptureError:
    return CaptureError(
        f"The guard that keeps a journey from ordering does not stand: {why}",
        hint="Nothing more is opened without it. Run `pantau doctor`, then try again with a fresh run.",
    )
