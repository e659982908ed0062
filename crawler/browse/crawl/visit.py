"""One visit: a stage entered with `with journey.stage(...)` and captured on the way out.

Leaving a stage settles the page, captures it at once and goes on listening for the rest of the dwell time. A
stage whose body raises is *not reached*: the reason and a picture of where it stopped are kept, earlier
stages stay valid and the journey goes on, so a body should wait for what proves that it is there.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Any, Self

from playwright.sync_api import Error

from crawler.browse.crawl.capture import Capture
from crawler.browse.crawl.settle import pump, settle
from crawler.browse.crawl.trail import Trail
from crawler.browse.stops import reasons
from crawler.browse.stops.message import first_line
from crawler.collect.network import streams
from crawler.errors import CaptureError, GuardRefused, ScenarioError, StageError, StageTimeout
from crawler.lib.clock import stamp
from crawler.model.evidence import CollectorFailure, PageRecord, Reason, Visit
from crawler.store import layout

if TYPE_CHECKING:
    from types import TracebackType

    from playwright.sync_api import Page

    from crawler.browse.crawl.crawl import Crawl
    from crawler.model.scenario import Stage


MAX_LINES = 5


class NoInvoice(StageError):
    """No invoice was named, so there is none to open."""


class NoPaymentPage(StageError):
    """No payment page of an order was named, so there is none to open."""


class StageScope(AbstractContextManager["StageScope"]):
    """One visit: entered with `with journey.stage(...)`, captured on the way out."""

    def __init__(self, crawl: Crawl, kind: Stage, ordinal: int) -> None:
        self.kind, self.ordinal, self.started = kind, ordinal, stamp()
        self._crawl = crawl
        self._capture = Capture(crawl, kind, ordinal)
        self._trail = Trail(crawl.redactor, self._capture.navigated)

    def __enter__(self) -> Self:
        crawl = self._crawl
        crawl.present.begin(self.kind, self._trail)
        self._began = time.monotonic()
        self._recorder_failures_before = crawl.recorder.streams.failure_count
        self._refusals_before = len(crawl.guard.refusals)
        self._awaited_before = crawl.guard.awaited
        crawl.guard.enter(self.kind)
        self._trail.follow(crawl.tabs.living())
        crawl.emit("stage", ordinal=self.ordinal, kind=self.kind.value, started=self.started)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is not None and not isinstance(error, Exception):
            return False
        visit = self._with_downloads(self._missed(error) if error else self._refused() or self._reached())
        crawl = self._crawl
        crawl.recorder.flush()
        crawl.writer.commit_streams(self.ordinal)
        path = f"{layout.visit_folder(self.ordinal, self.kind)}/{layout.VISIT}"
        crawl.writer.add_json(path, visit, kind="visit", visit=self.ordinal)
        self._trail.end()
        crawl.present.end()
        crawl.emit(
            "visit", ordinal=self.ordinal, kind=self.kind.value, reached=visit.reached, reason=visit.reason
        )
        if isinstance(error, (ScenarioError, CaptureError)) and not isinstance(error, StageError):
            return False
        return not crawl.session.gone

    def _with_downloads(self, visit: Visit) -> Visit:
        """Add what was downloaded at a visit, reached or not."""
        crawl, downloads = self._crawl, self._crawl.downloads
        with suppress(Error):  # nothing more comes where the page is gone; what came before is there
            downloads.wait(self.ordinal, crawl.tabs.main.wait_for_timeout)
        folder = layout.visit_folder(self.ordinal, self.kind)
        artifacts, failures = downloads.take(self.ordinal, folder, crawl.writer, crawl.redactor)
        more = {"artifacts": (*visit.artifacts, *artifacts), "failures": (*visit.failures, *failures)}
        return visit.model_copy(update=more)

    def _reached(self) -> Visit:
        """Settle, capture at once, and listen on until the dwell time, counted from the load, is over."""
        tabs, settings = self._crawl.tabs, self._crawl.session.settings
        main = tabs.living()
        if tabs.crashed(main) or not self._capture.answers(main):
            return self._missed(StageTimeout("the page does not answer"))
        left = time.monotonic()
        try:
            self._capture.leave(main)
            facts = settle(main, self._capture.cdp(main), self._capture.traffic, settings.settle_s)
        except Error as error:
            return self._missed(error)
        settled, dwell_until = stamp(), left + facts["load_ms"] / 1000 + settings.dwell_s
        self._capture.all()
        if not any(artifact.kind == "viewport" for artifact in self._capture.artifacts):
            self._capture.let_go(main)
            return self._visit(reached=False, reason="capture failed", detail=self._failure_text())
        try:
            pump(main, dwell_until)
        except Error as error:
            facts["dwell_ended_by"] = first_line(error)
        if not self._capture.silent:
            self._capture.again()
            self._capture.standing.later(self._capture.documents_of(main)[-1], main)
        verdict = self._verdict(main)
        self._capture.let_go(main)
        if verdict["reached"]:
            self._capture.standing.note(self._capture.last_of_each_tab())
        return self._visit(settled=settled, settle=facts, **verdict)

    def _verdict(self, main: Page) -> dict[str, Any]:
        """Say whether the stage was reached: by one of the documents its page showed, else why not."""
        told = [self._stands(record) for record in self._capture.documents_of(main)]
        return next((each for each in told if each["reached"]), told[0])

    def _stands(self, record: PageRecord) -> dict[str, Any]:
        """Say whether a document is the stage: an error page, a challenge or a login is not."""
        if not record.url.startswith(("http://", "https://")):
            return {"reached": False, "reason": "navigation", "detail": "no document was opened"}
        wall = self._capture.standing.of(record)
        if wall is None:
            return {"reached": True, "reason": None}
        return {"reached": False, "reason": wall.reason, "detail": wall.detail}

    def _refused(self) -> Visit | None:
        """A stage whose own click the guard stopped was not reached, whatever page it was left on."""
        refusals = self._crawl.guard.refusals[self._refusals_before :]
        stopped = [refusal for refusal in refusals if refusal.what != "request"]
        return self._missed(GuardRefused(f"the guard stopped “{stopped[0].control}”")) if stopped else None

    def _missed(self, error: Exception) -> Visit:
        """Record why a stage was not reached, with a picture of where it stopped."""
        dead = self._crawl.tabs.dead
        pending = self._crawl.recorder.unanswered()
        self._capture.stopped(pending)
        if pending:
            dead.unanswered(pending, self._began)
        reason, behind = self._cause(error, pending)
        unanswered = f"no answer yet from {pending}" if pending else ""
        told = (behind, first_line(error), *self._held_back(), unanswered)
        return self._visit(reached=False, reason=reason, detail="; ".join(filter(None, told)))

    def _cause(self, error: Exception, pending: str) -> tuple[Reason, str]:
        """Return what stopped a body, and words for it where the error does not say it.

        Where it waited in vain, a dead site or a wall explains that; a refused request does where nothing
        else is known to. A scenario's own word for what it missed stays.
        """
        reason = self._reason(error)
        if reason in (*reasons.SYMPTOMS, "navigation") and (why := self._crawl.tabs.dead.refused()):
            return "address refused", why
        if reason not in reasons.SYMPTOMS:
            return reason, ""
        if why := self._crawl.tabs.dead.here():
            return "navigation", why
        if pending or (isinstance(error, StageError) and not isinstance(error, StageTimeout)):
            return reason, ""
        page = self._crawl.tabs.main
        wall = self._capture.standing.now(page) if page.url.startswith("http") else None
        guarded = self._awaited_refusal() and reasons.waited(error)
        if wall and not (guarded and reasons.follows_refusal(wall.reason, self._crawl.tabs.status(page))):
            return wall.reason, wall.detail
        return "guard" if guarded else reason, wall.detail if wall else ""

    def _awaited_refusal(self) -> bool:
        """Say whether the guard refused something of this stage that its page or body could wait for."""
        return self._crawl.guard.awaited > self._awaited_before

    def _held_back(self) -> list[str]:
        """Return what the guard refused: orders, and what it does not know with the line that opens it."""
        refusals = self._crawl.guard.refusals[self._refusals_before :]
        orders = (each for each in refusals if each.what == "request" and each.intended)
        told = dict.fromkeys(f"the guard refused an order: {each.method} {each.url}" for each in orders)
        lines = dict.fromkeys(refusal.allow for refusal in refusals if refusal.allow)
        unknown = (
            f"the guard kept back a request it does not know; if it does not order: {line}" for line in lines
        )
        return [*told, *unknown][:MAX_LINES]

    def _reason(self, error: Exception) -> Reason:
        session, tabs = self._crawl.session, self._crawl.tabs
        named: tuple[tuple[bool, Reason], ...] = (
            (isinstance(error, NoInvoice), "no invoice named"),
            (isinstance(error, NoPaymentPage), "no payment page named"),
            (session.driver_gone() or reasons.driver_gone(error), "driver died"),
            (session.gone, "browser crashed"),
            (tabs.crashed(tabs.main), "page crashed"),
        )
        by_error = reasons.cause(error, refused=self._awaited_refusal())
        return next((reason for holds, reason in named if holds), by_error)

    def _recorder_failures(self) -> tuple[CollectorFailure, ...]:
        """Return what the request recorder could not record during this visit."""
        kept = self._crawl.recorder.streams.failures_since(self._recorder_failures_before)
        more: list[CollectorFailure] = []
        return (*kept.items(lambda count: more.append(_further(count))), *more)

    def _failure_text(self) -> str:
        return "; ".join(f"{failure.collector}: {failure.message}" for failure in self._capture.failures)[
            :1_000
        ]

    def _visit(self, *, detail: str = "", **facts: Any) -> Visit:
        return Visit(
            detail=self._crawl.redactor.text(detail),
            ordinal=self.ordinal,
            kind=self.kind,
            urls=tuple(self._trail.urls) or tuple(page.url for page in self._capture.pages[:1]),
            started=self.started,
            ended=stamp(),
            pages=tuple(self._capture.pages),
            artifacts=tuple(self._capture.artifacts),
            failures=(*self._capture.failures, *self._capture.standing.failures, *self._recorder_failures()),
            **facts,
        )


def _further(count: int) -> CollectorFailure:
    return CollectorFailure.left_out(streams.COLLECTOR, 0, "further failures", count)
