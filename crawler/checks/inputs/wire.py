"""The network record, and what is missing of it: what was not recorded cannot be found innocent."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from crawler.checks.inputs.unread import Notes, WithGaps
from crawler.derive.network.ledger import NETLOG

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crawler.derive.reading import BundleReading
    from crawler.model.evidence import Visit

RECORDER = "requests"  # the collector that writes the network record
ValueT = TypeVar("ValueT")


def read_wire(read: Callable[[], ValueT], last: Visit | None) -> WithGaps[ValueT | None]:
    """Return what is read of the network record; what cannot be is told at the last visit."""
    if last is None:
        return WithGaps(None)
    notes = Notes()
    return WithGaps(notes.read(last, 1, "wire", read), notes.unread)


def missing_of_record(reading: BundleReading, last: Visit | None, reached: Sequence[Visit]) -> WithGaps[None]:
    """Tell what is missing of the network record of a run.

    Args:
        reading: The bundle.
        last: The visit at which it is told what concerns the whole record; None where the run has none.
        reached: The visits that a rule looks at and that were reached.
    """
    if last is None:
        return WithGaps(None)
    notes = Notes()
    lost = notes.read(last, 1, "wire", lambda: reading.lost_lines)
    if lost:
        notes.note(last, "gap.lines-dropped", count=lost)
    run = reading.run
    failed = [(visit, each) for visit in run.visits for each in visit.failures]
    at_visits = [(visit, each) for visit, each in failed if each.collector == RECORDER]
    for visit, failure in (*at_visits, *((last, each) for each in run.failures)):
        notes.note(visit, "gap.recorder-failed", collector=failure.collector, error=failure.error)
    _note_log(reading, last, notes)
    _note_silent_visits(reading, last, reached, notes)
    return WithGaps(None, notes.unread)


def _note_log(reading: BundleReading, last: Visit, notes: Notes) -> None:
    """Note a network log that ends before the run or cannot be read: what left then has one witness."""
    ledger = notes.read(last, 1, "wire", lambda: reading.ledger)
    kept = ledger is not None and (NETLOG in ledger.witnesses or ledger.problem)
    if ledger is not None and kept and not ledger.complete:
        notes.note(last, "gap.log-cut")
    if ledger is not None and ledger.lost:
        notes.note(last, "gap.log-damaged", count=ledger.lost)


def _note_silent_visits(reading: BundleReading, last: Visit, reached: Sequence[Visit], notes: Notes) -> None:
    """Note visits that were reached though no request of theirs, nor that for their page, is on record.

    A shop may show its cart without asking for anything, on a page that an earlier visit opened; and what
    another visit of the same kind shows is not lost.
    """
    requests = notes.read(last, 1, "wire", lambda: reading.requests) or ()
    heard = {each.visit for each in requests if each.state == "sent"}
    kinds = {visit.kind for visit in reached if visit.ordinal in heard}
    opened = [
        (each.visit, _origin(each.url))
        for each in requests
        if (each.type, each.state) == ("document", "sent")
    ]
    for visit in reached:
        before = {origin for ordinal, origin in opened if ordinal <= visit.ordinal}
        known = visit.kind in kinds or (visit.urls and _origin(visit.urls[-1]) in before)
        if visit.ordinal not in heard and not known:
            notes.note(visit, "gap.wire-silent", stage=visit.kind.value)


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
