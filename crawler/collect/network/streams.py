"""The two streams of a run: a line for each request, one for how it ended; what could not be recorded."""

from __future__ import annotations

import itertools
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

from crawler.collect.plain import storable
from crawler.lib.kept import Keeping, Kept
from crawler.model.evidence import CollectorFailure, Request, Response
from crawler.store.layout import REQUESTS, RESPONSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.lib.redact import Redactor
    from crawler.store.writer import BundleWriter

COLLECTOR = "requests"
MAX_FAILURES = 100
P = ParamSpec("P")


class RequestStreams:
    """Writes `data/requests.jsonl` and `data/responses.jsonl` until it is closed.

    Args:
        writer: Takes the lines.
        redactor: Says when it holds so many values that some may stand unhashed.
    """

    def __init__(self, writer: BundleWriter, redactor: Redactor) -> None:
        self._writer, self._redactor = writer, redactor
        self._numbers = itertools.count(1)
        self._failures: Keeping[CollectorFailure] = Keeping(MAX_FAILURES)
        self._closed = self._told_full = False

    def next_id(self) -> str:
        """Return the id of the next request."""
        return f"r{next(self._numbers):06d}"

    def add_request(self, record: Request) -> None:
        """Write the line of a request."""
        self._append(REQUESTS, record)

    def add_response(self, record: Response) -> None:
        """Write the line of how a request ended."""
        self._append(RESPONSES, record)

    def close(self) -> None:
        """Write nothing any more."""
        self._closed = True

    def note_failure(self, what: str, error: Exception) -> None:
        """Note that something could not be recorded."""
        if not self._closed:
            lines = str(error).strip().splitlines() or ["no message"]
            message = storable(f"{what}: {lines[0][:400]}")
            self._failures.add(
                CollectorFailure(collector=COLLECTOR, page=0, error=type(error).__name__, message=message)
            )

    def note_left_out(self, what: str, count: int) -> None:
        """Note that more came than is kept."""
        if not self._closed:
            self._failures.add(CollectorFailure.left_out(COLLECTOR, 0, what, count))

    @property
    def failure_count(self) -> int:
        """How much could not be recorded so far."""
        return len(self._failures)

    def failures_since(self, count: int) -> Kept[CollectorFailure]:
        """Return what could not be recorded after the first `count` failures."""
        return self._failures.since(count)

    def _append(self, stream: str, record: Request | Response) -> None:
        if not self._closed:
            self._writer.append(stream, record)
        if self._redactor.full and not self._told_full:
            self._told_full = True
            full = OverflowError("more values than can be looked for; some may stand unhashed")
            self.note_failure("redaction", full)


class WritesStreams(Protocol):
    """Has streams to note failures in."""

    streams: RequestStreams


Listener = TypeVar("Listener", bound=WritesStreams)


def noting_failures(
    handler: Callable[Concatenate[Listener, P], None],
) -> Callable[Concatenate[Listener, P], None]:
    """Turn what an event handler raises into a noted failure: raised into Playwright it would be lost."""

    @wraps(handler)
    def safe(listener: Listener, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            handler(listener, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the collector boundary
            listener.streams.note_failure(handler.__name__.removeprefix("_on_"), error)

    return safe
