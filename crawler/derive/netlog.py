"""Reads Chromium's network log from a bundle as a stream of events.

The log is never held whole: one line after the other is unpacked, and lines of event types that nobody asked
for are skipped before they are parsed. A log that a killed browser left cut off is read as far as it goes.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.store.bundle import Bundle

PATH = "data/netlog.json.gz"
MAX_LINE_BYTES = 16 * 2**20
MAX_BYTES = 4 * 2**30  # unpacked; a packed file of 256 MiB could hold far more
_TYPE = re.compile(rb'"type":(\d+)\}[\],\s]*$')


class Event(NamedTuple):
    """One event. `phase` is `begin`, `end` or empty; `time_ms` counts from 1970 (UTC)."""

    name: str
    phase: str
    source: int
    source_type: str
    time_ms: int
    params: dict[str, Any]

    @property
    def dependency(self) -> int | None:
        """The number of the source that this one now depends on, where the event says so."""
        found = self.params.get("source_dependency")
        ident = found.get("id") if isinstance(found, dict) else None
        return ident if isinstance(ident, int) else None


class NetLog:
    """A network log: its events, and afterwards whether it was whole.

    Args:
        packed: The bytes of `data/netlog.json.gz`.

    Attributes:
        complete: Whether the browser wrote the log to its end, as scrubbing found it.
        dropped: Lines that were left out at capture or could not be read now.
        cut: Whether the log went on beyond what is read.
        errors: Names of Chromium's network errors by their number, once reading has begun.
    """

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self.complete = False
        self.dropped = 0
        self.cut = False
        self.errors: dict[int, str] = {}

    def events(self, wanted: frozenset[str]) -> Iterator[Event]:
        """Yield the events of the wanted types in the order they happened.

        Raises:
            ValueError: it does not begin as a network log.
        """
        lines = self._lines()
        constants = _constants(next(lines, b""))
        names = {number: name for name, number in constants["logEventTypes"].items() if name in wanted}
        sources = {number: name for name, number in constants["logSourceType"].items()}
        phases = {constants["logEventPhase"].get(f"PHASE_{word.upper()}"): word for word in ("begin", "end")}
        self.errors = {code: name for name, code in constants.get("netError", {}).items()}
        offset = int(constants.get("timeTickOffset", 0))
        for line in lines:
            match = _TYPE.search(line[-64:])
            if match and int(match.group(1)) not in names:
                continue
            event = self._event(line)
            if event is None or event.get("type") not in names:
                continue
            try:
                source = event["source"]
                yield Event(
                    names[event["type"]],
                    phases.get(event.get("phase"), ""),
                    int(source["id"]),
                    sources.get(source["type"], ""),
                    offset + int(event["time"]),
                    event["params"] if isinstance(event.get("params"), dict) else {},
                )
            except (KeyError, TypeError, ValueError):
                self.dropped += 1

    def _event(self, line: bytes) -> dict[str, Any] | None:
        if line.startswith(b'"pantau":'):
            self._ending(line)
            return None
        if not line.startswith(b"{"):
            return None  # the frame of the list, and polled data
        try:
            value = json.loads(line.rstrip(b",]\n\r "))
        except (ValueError, RecursionError):
            self.dropped += 1
            return None
        return value if isinstance(value, dict) else None

    def _ending(self, line: bytes) -> None:
        """Take what scrubbing noted at the end of the log."""
        try:
            said = json.loads(line.partition(b":")[2].strip().removesuffix(b"}"))
            self.complete = said["complete"] is True
            self.dropped += int(said["dropped_lines"])
        except (ValueError, KeyError, TypeError):
            self.dropped += 1

    def _lines(self) -> Iterator[bytes]:
        read = 0
        with gzip.GzipFile(fileobj=io.BytesIO(self._packed)) as source:
            while read < MAX_BYTES:
                try:
                    line = source.readline(MAX_LINE_BYTES)
                except (OSError, EOFError, zlib.error):
                    self.dropped += 1
                    return
                if not line:
                    return
                read += len(line)
                yield line
        self.cut = True


def _constants(line: bytes) -> dict[str, Any]:
    try:
        constants: dict[str, Any] = json.loads(line.strip().rstrip(b",") + b"}")["constants"]
        for name in ("logEventTypes", "logSourceType", "logEventPhase"):
            constants[name].items()
        int(constants.get("timeTickOffset", 0))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("The network log does not begin with its constants.") from error
    return constants


def of(bundle: Bundle) -> NetLog | None:
    """Return the network log of a bundle, none if it has none."""
    return NetLog(bundle.read(PATH)) if PATH in bundle.paths() else None
