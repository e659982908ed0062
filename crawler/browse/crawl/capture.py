"""What a visit leaves of its pages: each captured by itself, and one that was not is recorded as that.

A page of the record is one document. A tab that goes on to another while it is captured, or while the visit
listens on, leaves a page for each; of one that was only half taken the rest is missing, and told as missing.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error

from crawler.browse.chromium.cdp import BoundedSession
from crawler.browse.crawl.settle import alive, settle
from crawler.browse.crawl.trail import ELSEWHERE
from crawler.browse.stops.message import first_line
from crawler.browse.stops.standing import Standing
from crawler.browse.stops.walls import look
from crawler.collect.base import NO_ANSWER, Target, collect_all, stopped_at, went_on
from crawler.collect.dom import moment
from crawler.model.evidence import Artifact, CollectorFailure, PageRecord
from crawler.store import layout

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from crawler.browse.crawl.crawl import Crawl
    from crawler.model.page_facts import PageFacts
    from crawler.model.scenario import Stage

MAX_PAGES = 8
MAX_DOCUMENTS = 3  # that one tab showed at one visit
DOCUMENTS_LIMIT_S = 60.0
STOOD_S = 1.0  # a document that goes on sooner than this after the body was left is a step on the way
ELSEWHERE_LIMIT_MS = 5_000
WENT_ON = "the page went on to another document before it was captured"
NEVER_RESTS = f"the page went on to more than {MAX_DOCUMENTS} documents"


@dataclass(frozen=True)
class _Left:
    """What the journey's page showed when the body of the stage was left (monotonic seconds)."""

    page: Page
    document: str
    url: str
    title: str
    time_s: float


class Capture:
    """Takes the pages of one visit.

    Args:
        crawl: What the journey is walked with.
        kind: The stage of the visit.
        ordinal: Number of the visit.

    Attributes:
        pages: The pages that were there.
        artifacts: What was taken of them.
        failures: What could not be looked at, and why.
        standing: What stands in the way at them.
    """

    def __init__(self, crawl: Crawl, kind: Stage, ordinal: int) -> None:
        self.pages: list[PageRecord] = []
        self.artifacts: list[Artifact] = []
        self.failures: list[CollectorFailure] = []
        self.standing = Standing(kind, crawl.redactor, self._look)
        self._crawl, self._kind, self._ordinal = crawl, kind, ordinal
        self._sessions: dict[Page, BoundedSession] = {}
        self._taken: dict[Page, list[int]] = {}
        self._shown: dict[Page, str] = {}
        self._left: _Left | None = None
        self._last_move = 0.0

    def leave(self, page: Page) -> None:
        """Note what the journey's page shows as the body of the stage is left, before it settles."""
        redactor = self._crawl.redactor
        url, title = redactor.url(page.url), redactor.text(self._title(page))[:1_000]
        self._left = _Left(page, self._document(page), url, title, time.monotonic())

    def navigated(self) -> None:
        """Note that the journey's page has another document or address."""
        self._last_move = time.monotonic()

    def all(self) -> None:
        """Capture the pages of the visit; one that closed, or is one too many, is recorded as not seen."""
        for number, page in self._crawl.tabs.of_visit(self._ordinal):
            self._take(number, page)

    def again(self) -> None:
        """Capture what came while the visit listened on: other documents in its tabs, and other tabs."""
        for number, page in self._crawl.tabs.of_visit(self._ordinal):
            if page not in self._taken:
                self._take(number, page)
            elif page in self._shown and not page.is_closed() and not self._crawl.tabs.crashed(page):
                now = self._document(page)
                if now and now != self._shown[page]:
                    self._documents(page)
                else:
                    self._addressed(page)

    def last_of_each_tab(self) -> tuple[PageRecord, ...]:
        """Return the pages that no other followed in their tab."""
        followed = {record.follows for record in self.pages}
        return tuple(record for record in self.pages if record.page not in followed)

    def documents_of(self, page: Page) -> tuple[PageRecord, ...]:
        """Return the pages that a tab showed, in order."""
        return tuple(self.pages[place] for place in self._taken.get(page, ()))

    def stopped(self, pending: str) -> None:
        """Take a picture of where the visit stopped.

        Args:
            pending: Address of a navigation that has no answer yet; empty if there is none.
        """
        crawl = self._crawl
        there = [entry for entry in crawl.tabs.of_visit(self._ordinal) if not entry[1].is_closed()]
        for number, page in there[:1]:
            # A page that waits for its shop takes no commands until it is answered, and is not dead. Of any
            # other it is asked first: a crash is told while we wait.
            answers = pending or self.answers(page)
            self._see(number, page)
            if answers:
                self._picture(number, page, suspended=bool(pending))
            elif not crawl.session.gone:
                self._free(page)  # it would hold up the next stage

    def answers(self, page: Page) -> bool:
        """Say whether a tab answers; one that is gone does not."""
        try:
            return alive(self.cdp(page))
        except Error:
            return False

    @property
    def silent(self) -> bool:
        """Whether a page stopped to answer while it was captured."""
        return any(failure.message.startswith(NO_ANSWER) for failure in self.failures)

    def let_go(self, page: Page) -> None:
        """Free a tab that stopped to answer while it was captured: no stage could go on in it."""
        if self.silent and not page.is_closed() and not self._crawl.session.gone and not self.answers(page):
            self._free(page)

    def _free(self, page: Page) -> None:
        """Take a tab away from a document that never lets go of it: a scenario may hold that tab.

        An address of another origin is drawn by another process, so that the stuck one need not agree.
        """
        try:
            page.goto(ELSEWHERE, wait_until="commit", timeout=ELSEWHERE_LIMIT_MS)
        except Error:
            page.close()

    def traffic(self) -> tuple[int, float]:
        """Return how many requests are under way and when the last one started (monotonic seconds)."""
        return self._crawl.recorder.in_flight(), self._crawl.session.last_request

    def cdp(self, page: Page) -> Any:
        """Return a CDP session of a page, one for the visit; a page that crashed needs a new one after it."""
        if page not in self._sessions:
            session = self._crawl.session
            opened = session.context.new_cdp_session(page)
            self._sessions[page] = BoundedSession(opened, session.settings.step_timeout_s)
        return self._sessions[page]

    def _take(self, number: int, page: Page) -> None:
        """Capture a tab, or record why not."""
        if page.is_closed():
            self._see(number, page)
            self._unseen(number, "PageClosed", "the page closed before the visit ended")
        elif len(self._taken) >= MAX_PAGES:
            self._see(number, page)
            self._unseen(number, "TooManyPages", f"the visit has more than {MAX_PAGES} pages")
        else:
            self._passed(number, page)
            self._documents(page)

    def _passed(self, number: int, page: Page) -> None:
        """Record the document that the stage was left on, if it stood a while and was gone before capture."""
        left = self._left
        if left is None or left.page is not page or self._last_move - left.time_s < STOOD_S:
            return
        if left.document and self._document(page) not in ("", left.document):
            self._see(number, page)
            self.pages[-1] = self.pages[-1].model_copy(update={"url": left.url, "title": left.title})
            self._unseen(number, "DocumentChanged", WENT_ON)

    def _documents(self, page: Page) -> None:
        """Capture the document that a tab shows, and those it goes on to, each as a page; bounded."""
        until = time.monotonic() + DOCUMENTS_LIMIT_S
        while True:
            number = self._number(page)
            shown = self._shown[page] = self._document(page)
            self._see(number, page)
            if len(self._taken[page]) > MAX_DOCUMENTS or time.monotonic() > until:
                self._unseen(number, "DocumentChanged", NEVER_RESTS)
                return
            if not self._capture(number, page, shown):
                self._addressed(page)
                return

    def _number(self, page: Page) -> int:
        """Return the number of the next page that a tab shows; one that follows another is settled first."""
        if not self._taken.get(page):
            return self._crawl.tabs.where(page)[1]
        settle_s = self._crawl.session.settings.settle_s
        with suppress(Error):  # one that does not answer says so when it is captured
            settle(page, self.cdp(page), self.traffic, settle_s)
        return self._crawl.tabs.renumber(page)

    def _capture(self, number: int, page: Page, document: str) -> bool:
        """Capture one document; say whether the tab went on to another one meanwhile."""
        artifacts: tuple[Artifact, ...] = ()
        try:
            target = self._target(number, page)
            record = self.pages[-1]
            target.memo.update(document=document, address=record.url, title=record.title)
            artifacts, failures = collect_all(target)
        except Error as error:
            failures = (self._unanswered(number, error),)
        self.artifacts += artifacts
        self.failures += failures
        if went_on(failures):
            return True
        self.standing.captured(number, page)
        return False

    def _document(self, page: Page) -> str:
        """Return which document a tab shows; empty where it does not say."""
        try:
            return moment.document_of(self.cdp(page))
        except Error:
            return ""

    def _addressed(self, page: Page) -> None:
        """Record the address that the last document of a tab has by now, if it gave itself another one."""
        place = self._taken[page][-1]
        record, url = self.pages[place], self._crawl.redactor.url(page.url)
        if url != (record.addresses or (record.url,))[-1]:
            self.pages[place] = record.model_copy(update={"addresses": (*record.addresses, url)})

    def _picture(self, number: int, page: Page, *, suspended: bool) -> None:
        try:
            artifacts, failures = stopped_at(replace(self._target(number, page), suspended=suspended))
        except Error as error:
            artifacts, failures = (), (self._unanswered(number, error),)
        self.artifacts += artifacts
        self.failures += failures

    def _unseen(self, number: int, error: str, message: str) -> None:
        self.failures.append(CollectorFailure(collector="all", page=number, error=error, message=message))

    @staticmethod
    def _unanswered(number: int, error: Error) -> CollectorFailure:
        return CollectorFailure(
            collector="all", page=number, error=type(error).__name__, message=first_line(error)
        )

    def _target(self, number: int, page: Page) -> Target:
        crawl = self._crawl
        return Target(
            page=page,
            number=number,
            cdp=self.cdp(page),
            context=crawl.session.context,
            writer=crawl.writer,
            redactor=crawl.redactor,
            settings=crawl.session.settings,
            device=crawl.session.device,
            visit=self._ordinal,
            folder=layout.visit_folder(self._ordinal, self._kind),
            connections=crawl.recorder.connections,
        )

    def _see(self, number: int, page: Page) -> None:
        """Record that a page was there."""
        url = self._crawl.redactor.url(page.url)
        title = self._crawl.redactor.text(self._title(page))
        device = self._crawl.session.device
        before = self._taken.setdefault(page, [])
        follows = self.pages[before[-1]].page if before else None
        before.append(len(self.pages))
        self.pages.append(
            PageRecord(
                page=number,
                url=url,
                follows=follows,
                title=title[:1_000],
                opener=self._crawl.tabs.opener(page),
                status=self._crawl.tabs.status(page),
                viewport_px=device.viewport,
                scale=device.scale,
            )
        )

    def _look(self, page: Page) -> PageFacts:
        """Return what a page shows now, for telling whether it is a wall."""
        tabs = self._crawl.tabs
        return look(self._crawl.session.context, page, tabs.status(page), tabs.headers(page))

    def _title(self, page: Page) -> str:
        """Return the title as the browser has it; the page itself may be waiting, stuck or dead."""
        try:
            history = self.cdp(page).send("Page.getNavigationHistory")
            return str(history["entries"][history["currentIndex"]]["title"])
        except (Error, LookupError):
            return ""
