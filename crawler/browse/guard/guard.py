"""The guard: a journey looks at a shop and never orders.

Two nets. In the page, clicks and submits on controls whose label commits are stopped before the page hears of
them (`page.py`). At the browser, requests that create an order are refused (`orders.py`), whoever
sends them: page, frame, worker, popup, form, beacon. What counts is data: `policies/words/guard.toml`.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from greenlet import greenlet  # type: ignore[import-untyped]  # comes with Playwright - without types
from playwright.sync_api import Error as PlaywrightError

from crawler.browse.guard.account import Account
from crawler.browse.guard.call import SOCKET, Call
from crawler.browse.guard.gate import Decision, Gate
from crawler.browse.guard.orders import Verdict
from crawler.browse.guard.page import GuardedPage, script
from crawler.browse.guard.paused import bare, call_of, path_of, patterns, refusal
from crawler.browse.guard.workers import NO_SOCKETS, Sockets, closes_sockets, message_call
from crawler.errors import CaptureError
from crawler.lib import marks, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, CDPSession, Page

    from crawler.model.evidence import Allowance, Change, Refusal
    from crawler.model.scenario import Stage

__all__ = ["Guard"]

UNJUDGED_RULE = "unjudged"

# What nobody gets an answer to (CDP: Network.ResourceType): `sendBeacon`, `<a ping>`, reports.
UNAWAITED = frozenset({"Ping", "CSPViolationReport"})

# How long a page may take to answer; it does within milliseconds unless a script keeps it busy.
BUSY_LIMIT_S = 2.0


class Guard:
    """Stands between a journey and an order.

    Args:
        on_refusal: Called with every refusal.
        on_change: Called with every request that changes state and goes out.
        on_phase: Called once with the reason why the guard begins to fail closed.
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
        on_change: Callable[[Change], None] = lambda _: None,
        on_phase: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.gate = Gate()
        self._account = Account(where, on_refusal=on_refusal, on_change=on_change)
        self._on_phase, self._refused_request = on_phase, refused_request
        self._stage = ""
        self._context: BrowserContext | None = None
        self._session: CDPSession | None = None
        self._sockets = Sockets(self._on_message, self._on_unheard)
        self._pages: list[GuardedPage] = []
        self._fallen = self._deaf = ""

    @property
    def refusals(self) -> list[Refusal]:
        """What was refused and told; one kind of unknown request a few times only."""
        return self._account.refusals

    @property
    def awaited(self) -> int:
        """How many refusals there were that a page or a scenario could wait for in vain."""
        return self._account.awaited

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
        sockets = self._sockets
        try:
            session = context.browser.new_browser_cdp_session()
            session.on("Fetch.requestPaused", self._on_request_paused)
            session.on("close", lambda _: self._fall("its connection to the browser was closed"))
            session.send("Fetch.enable", {"patterns": patterns()})
            sockets.stand(context, session)
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
        guarded = GuardedPage(self._context, page, lambda told: self._on_report(page, told), self._sockets)
        self._pages = [known for known in self._pages if not known.page.is_closed()]
        first = not self._pages
        self._pages.append(guarded)
        stands = self._within(
            guarded, partial(guarded.stand, script(self._stage, near=bool(self.gate.begun)))
        )
        if first and not stands:
            self._fall(f"the first page did not take it within {BUSY_LIMIT_S:g} s")
            self._check()

    def enter(self, stage: Stage | None) -> None:
        """Go by the words of a stage. Between stages (None) those of the stage just left go on.

        Raises:
            CaptureError: The guard does not stand any more; nothing may be opened or clicked.
        """
        self._check()
        if stage is not None:
            self._enter_phase(stage)
        if stage is not None and stage.value != self._stage:
            self._stage = stage.value
            for guarded in list(self._pages):
                if not guarded.page.is_closed():
                    self._within(
                        guarded, partial(guarded.stand, script(self._stage, near=bool(self.gate.begun)))
                    )
        self._check()

    def _enter_phase(self, stage: Stage) -> None:
        begun = self.gate.begun
        self.gate.enter(stage)
        if self.gate.begun != begun:
            self._on_phase(self.gate.begun)
            self._fall_if_deaf()

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
                    self._fall(f"it does not stand in {bare(guarded.page.url)}: {_line(error)}")
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

    def allow(self, allowance: Allowance) -> None:
        """Let requests of one kind leave because the scenario says that they do not order."""
        self.gate.allow(allowance)

    def _on_request_paused(self, event: dict[str, Any]) -> None:
        """Let a paused request go or fail it. Until this has run it stays paused."""
        assert self._session is not None
        if "responseStatusCode" in event:
            self._close_sockets(event)
            return
        if event["resourceType"] == "Document":
            self._until_workers_are_held()
        self._near(event)
        call, decision = self._judged(event)
        method, params = "Fetch.continueRequest", {"requestId": event["requestId"]}
        if closes_sockets(event["request"]):
            params = {**params, "interceptResponse": True}
        if not decision.leaves:
            # Recorded first: while the browser is told, events of the same request may come in.
            self._refuse(event, call, decision.verdict)
            stays = any(guarded.holds(event.get("frameId", "")) for guarded in self._pages)
            method, params = refusal(event, stays=stays)
        elif call is not None and decision.why != "reads":
            self._account.note_change(call, decision, phase=bool(self.gate.begun))
        with suppress(PlaywrightError):  # taken back by its page, or the browser is gone: it does not leave
            self._session.send(method, params)

    def _close_sockets(self, event: dict[str, Any]) -> None:
        """Put the policy that closes sockets beside the script of a worker, which keeps it."""
        assert self._session is not None
        policy = {"name": "Content-Security-Policy", "value": NO_SOCKETS}
        answer = {
            "requestId": event["requestId"],
            "responseCode": event["responseStatusCode"],
            "responseHeaders": [*event.get("responseHeaders", []), policy],
        }
        with suppress(PlaywrightError):  # without an answer the script is not run
            self._session.send("Fetch.continueResponse", answer)

    def _until_workers_are_held(self) -> None:
        """Open nothing in a tab that has just come up before its workers are held."""
        until = time.monotonic() + BUSY_LIMIT_S
        while self._sockets.pending and time.monotonic() < until and not self._fallen:
            self._ask()
        if self._sockets.pending:
            self._on_unheard("tab")

    def _near(self, event: dict[str, Any]) -> None:
        """Begin the phase where a tab opens a page whose address says that it is a cart or a checkout."""
        if event["resourceType"] != "Document" or self.gate.begun:
            return
        frame = event.get("frameId", "")
        inner = any(guarded.holds(frame) and not guarded.is_main(frame) for guarded in self._pages)
        path = path_of(event["request"]["url"])
        if not inner and re.search(words.load("advances")["phase"]["path"], path):
            self.begin(f"address: {path}")

    def begin(self, why: str) -> None:
        """Begin to fail closed, in all tabs and to the end of the run."""
        if self.gate.begin(why):
            self._on_phase(why)
            self._fall_if_deaf()

    def _judged(self, event: dict[str, Any]) -> tuple[Call | None, Decision]:
        """What cannot be judged is refused: a guard that errs must err on the side of no order."""
        try:
            call = call_of(event)
            decision = self.gate.decide(call)
            if decision.why == "before":
                # A press that begins the phase is told over another line than the request that it sends.
                self._ask()
                decision = self.gate.decide(call) if self.gate.begun else decision
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            return None, Decision(Verdict(UNJUDGED_RULE, type(error).__name__))
        return call, decision

    def _on_message(self, url: str, body: bytes | None) -> bool:
        """Say whether a message over a WebSocket may leave, and note it either way."""
        try:
            call = message_call(url, body)
            decision = self.gate.decide(call)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            verdict = Verdict(UNJUDGED_RULE, type(error).__name__)
            self._account.note_refusal(None, verdict, page_url="", method=SOCKET, url=bare(url))
            return False
        if decision.leaves:
            self._account.note_change(call, decision, phase=bool(self.gate.begun))
        else:
            self._account.note_refusal(call, decision.verdict, page_url="", method=SOCKET, url=bare(url))
        return decision.leaves

    def _on_unheard(self, kind: str) -> None:
        """Near an order, a worker whose messages cannot be judged ends the journey."""
        self._deaf = self._deaf or kind
        self._fall_if_deaf()

    def _fall_if_deaf(self) -> None:
        if self._deaf and self.gate.begun:
            self._fall(f"a {self._deaf} cannot be reached")

    def _refuse(self, event: dict[str, Any], call: Call | None, verdict: Verdict) -> None:
        request = event["request"]
        self._account.note_refusal(
            call,
            verdict,
            awaited=event["resourceType"] not in UNAWAITED,
            page_url=self._page_url(event),
            request=self._refused_request(event, verdict.rule),
            method=request["method"],
            url=bare(request["url"]),
        )

    def _page_url(self, event: dict[str, Any]) -> str:
        """Return the address of the page that sent a request; for a worker's, what it says itself."""
        frame = event.get("frameId", "")
        owner = next((guarded.page for guarded in self._pages if guarded.holds(frame)), None)
        return bare(owner.url if owner else event["request"]["headers"].get("Referer", ""))

    # --- clicks ----------------------------------------------------------------------------------------

    def _on_report(self, page: Page, told: dict[str, Any]) -> None:
        if told["what"] == "press":
            self.begin(f"press: {told['control']}")
            return
        if told["what"] == "page":
            self._look(told)
            return
        self._account.note_control(told, page_url=bare(page.url))

    def _look(self, told: dict[str, Any]) -> None:
        """Begin the phase where a page bears the marks of a cart, a checkout or a payment page."""
        if self.gate.begun:
            return
        page = marks.MarkedPage(
            told["text"], told["title"], told["url"], tuple(told["headings"]), tuple(told["fields"])
        )
        borne = marks.stages(page) & set(words.load("advances")["phase"]["marks"])
        if borne:
            self.begin(f"marks: {min(borne)}")


def _line(error: PlaywrightError) -> str:
    return (error.message.splitlines() or ["no message"])[0]


def _cannot_stand(why: str) -> CaptureError:
    return CaptureError(
        f"The guard that keeps a journey from ordering does not stand: {why}",
        hint="Nothing more is opened without it. Run `pantau doctor`, then try again with a fresh run.",
    )
