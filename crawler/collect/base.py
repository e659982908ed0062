"""Runs collectors over a page: one that fails is recorded, and never stops the others.

How long a collector may take is bounded in three ways. Before anything else the page must answer within
`ANSWER_LIMIT_MS`, and again after a collector that waited in vain, so that a crashed page or one whose script
never ends costs that long once. What runs in the page bounds itself. A command to a page that hangs between
two steps gives up; what holds up the driver itself is ended by the deadline that the parent process keeps.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from crawler.collect.dom import moment
from crawler.collect.page.forms import Forms
from crawler.collect.page.frames import Frames
from crawler.collect.page.html import Html
from crawler.collect.page.icons import Icons
from crawler.collect.page.screenshot import FullPage, StoppedAt, Viewport
from crawler.collect.page.storage import Storage
from crawler.collect.page.text import PageText, keep_first_words
from crawler.collect.page.transport import Transport
from crawler.collect.target import Target
from crawler.errors import BrowserCrashed, CaptureError, CollectorError, CrawlerError, DocumentChanged
from crawler.model.evidence import Artifact, CollectorFailure

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DEFAULT", "NO_ANSWER", "STOPPED", "Collector", "Target", "collect_all", "stopped_at", "went_on"]

ANSWER_LIMIT_MS = 5_000.0
NO_ANSWER = "The page does not answer"
WENT_ON = "the page went on to another document while it was captured"


class Collector(Protocol):
    """Takes one kind of artifact. `id` names it in failures."""

    id: str

    def collect(self, target: Target) -> tuple[Artifact, ...]:
        """Write the artifacts through `target` and return their records.

        Raises:
            CollectorError: it could not look. What was written before that is kept.
        """


# As seen first; then the pass that makes lazy parts load, and what it made visible; cookies before text, so
# that their values are known where they show up.
DEFAULT: tuple[Collector, ...] = (
    Viewport(),
    FullPage(),
    Storage(),
    PageText(),
    Frames(),
    Forms(),
    Html(),
    Icons(),
    Transport(),
)
STOPPED: tuple[Collector, ...] = (StoppedAt(),)


def collect_all(
    target: Target, collectors: Sequence[Collector] = DEFAULT, *, one_document: bool = True
) -> tuple[tuple[Artifact, ...], tuple[CollectorFailure, ...]]:
    """Run collectors one after the other.

    With `one_document` the page must show the document of `target` all the while. Once it shows another the
    rest is not run: what was taken before the change stands, with the words that stood on the page when its
    capture began; what was taken across it is kept as of no one moment, and a failure of kind
    `DocumentChanged` stands for the rest.

    Returns:
        What was taken, in order, and what could not be looked at and why.

    Raises:
        CaptureError: the disk does not take the evidence; there is no point in going on.
    """
    dead = _dead(target)
    first = len(target.taken)
    failures: list[CollectorFailure] = []
    try:
        if one_document and not dead:
            _note(target)
        for collector in collectors:
            before = len(target.taken)
            failure = _run(collector, target, dead)
            failures += [failure] if failure else []
            if failure and failure.error == PlaywrightTimeout.__name__:
                dead = dead or _dead(target)  # else each of the others would wait in vain too
            if one_document and not dead and _went_on(target):
                target.disown(before)
                failures.append(_failure(collector.id, target.number, DocumentChanged(WENT_ON)))
                keep_first_words(target)
                break
    finally:
        target.release()
    return tuple(target.taken[first:]), (*failures, *target.cuts)


def went_on(failures: Sequence[CollectorFailure]) -> bool:
    """Say whether a capture ended because the page went on to another document."""
    return any(failure.error == DocumentChanged.__name__ for failure in failures)


def _note(target: Target) -> None:
    """Note the document that is captured, unless it is known, and what stands on it before anything else."""
    if not target.document:
        with suppress(PlaywrightError):
            target.memo["document"] = moment.document_of(target.cdp)
    with suppress(PlaywrightError, CollectorError):  # what cannot be asked now shows at the next collector
        seen = moment.view_of(target)
        if not _went_on(target):
            target.memo["before"] = seen


def _went_on(target: Target) -> bool:
    """Say whether the page shows another document by now; one that does not say is left to the collectors."""
    try:
        return bool(target.document) and moment.document_of(target.cdp) != target.document
    except PlaywrightError:
        return False


def stopped_at(target: Target) -> tuple[tuple[Artifact, ...], tuple[CollectorFailure, ...]]:
    """Take the one picture of a stage that was not reached."""
    return collect_all(target, STOPPED, one_document=False)


def _run(collector: Collector, target: Target, dead: CollectorError | None) -> CollectorFailure | None:
    if dead:
        return _failure(collector.id, target.number, dead)
    try:
        collector.collect(target)
    except Exception as error:  # the collector boundary: any failure becomes a record
        if isinstance(error, CaptureError) and not isinstance(error, CollectorError | BrowserCrashed):
            raise
        return _failure(collector.id, target.number, error)
    return None


def _dead(target: Target) -> CollectorError | None:
    """Return why the page does not answer, or None. Any document has a layout, whatever it is made of."""
    if target.suspended:  # it would not answer, and what the browser itself can do is still worth trying
        return None
    try:
        target.cdp.send("Page.getLayoutMetrics", timeout=ANSWER_LIMIT_MS)
    except PlaywrightError as error:
        return CollectorError(f"{NO_ANSWER}: {_first_line(error)}")
    return None


def _failure(collector: str, page: int, error: Exception) -> CollectorFailure:
    message = error.message if isinstance(error, CrawlerError) else _first_line(error)
    return CollectorFailure(collector=collector, page=page, error=type(error).__name__, message=message)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:500] if lines else "no message"
