"""What a visit leaves of its pages: each captured by itself, and one that was not is recorded as that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error

from crawler.browse.cdp import BoundedSession
from crawler.browse.settle import alive
from crawler.browse.told import first_line
from crawler.collect.base import Target, collect_all, stopped_at
from crawler.model.evidence import Artifact, CollectorFailure, PageRecord

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from crawler.browse.journey import Journey
    from crawler.model.scenario import Stage

MAX_PAGES = 8


class Capture:
    """Takes the pages of one visit.

    Args:
        journey: The journey that the visit belongs to.
        kind: The stage of the visit.
        ordinal: Number of the visit.

    Attributes:
        pages: The pages that were there.
        artifacts: What was taken of them.
        failures: What could not be looked at, and why.
    """

    def __init__(self, journey: Journey, kind: Stage, ordinal: int) -> None:
        self.pages: list[PageRecord] = []
        self.artifacts: list[Artifact] = []
        self.failures: list[CollectorFailure] = []
        self._journey, self._kind, self._ordinal = journey, kind, ordinal
        self._sessions: dict[Page, BoundedSession] = {}

    def all(self) -> None:
        """Capture the pages of the visit; one that closed, or is one too many, is recorded as not seen."""
        for place, (number, page) in enumerate(self._journey.pages_of(self._ordinal)):
            self._see(number, page)
            if page.is_closed():
                self._unseen(number, "PageClosed", "the page closed before the visit ended")
            elif place >= MAX_PAGES:
                self._unseen(number, "TooManyPages", f"the visit has more than {MAX_PAGES} pages")
            else:
                self._capture(number, page)

    def stopped(self, pending: str) -> None:
        """Take a picture of where the visit stopped.

        Args:
            pending: Address of a navigation that has no answer yet; empty if there is none.
        """
        journey = self._journey
        for number, page in [entry for entry in journey.pages_of(self._ordinal) if not entry[1].is_closed()][
            :1
        ]:
            # A page that waits for its shop takes no commands until it is answered, and is not dead. Of any
            # other it is asked first: a crash is told while we wait.
            answers = pending or alive(page)
            self._see(number, page)
            if answers:
                self._picture(number, page, suspended=bool(pending))
            elif not journey.session.gone:
                page.close()  # it would hold up the next stage

    def cdp(self, page: Page) -> Any:
        """Return a CDP session of a page, one for the visit; a page that crashed needs a new one after it."""
        if page not in self._sessions:
            session = self._journey.session
            opened = session.context.new_cdp_session(page)
            self._sessions[page] = BoundedSession(opened, session.settings.step_timeout_s)
        return self._sessions[page]

    def _capture(self, number: int, page: Page) -> None:
        try:
            artifacts, failures = collect_all(self._target(number, page))
        except Error as error:
            artifacts, failures = (), (self._unanswered(number, error),)
        self.artifacts += artifacts
        self.failures += failures

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
        journey = self._journey
        return Target(
            page=page,
            number=number,
            cdp=self.cdp(page),
            context=journey.session.context,
            writer=journey.writer,
            redactor=journey.redactor,
            settings=journey.session.settings,
            device=journey.session.device,
            visit=self._ordinal,
            folder=f"data/stages/{self._ordinal:02d}-{self._kind.value}",
            connections=journey.recorder.connections,
        )

    def _see(self, number: int, page: Page) -> None:
        """Record that a page was there."""
        url = self._journey.redactor.url(page.url)
        title = self._journey.redactor.text(self._title(page))
        device = self._journey.session.device
        self.pages.append(
            PageRecord(
                page=number,
                url=url,
                title=title[:1_000],
                opener=self._journey.opener(page),
                status=self._journey.status(page),
                viewport_px=device.viewport,
                scale=device.scale,
            )
        )

    def _title(self, page: Page) -> str:
        """Return the title as the browser has it; the page itself may be waiting, stuck or dead."""
        try:
            history = self.cdp(page).send("Page.getNavigationHistory")
            return str(history["entries"][history["currentIndex"]]["title"])
        except (Error, LookupError):
            return ""
