"""Reads Chromium's network log from a bundle as a stream of events.

The log is never held whole: one line after the other is unpacked, and lines of event types that nobody asked
for are skipped before they are parsed. A log that a killed browser left cut off is read as far as it goes,
and a line that is damaged costs that line: it is counted, never guessed at.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from pydantic_core import from_json

from crawler.store import layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.store.bundle import Bundle

MAX_LINE_BYTES = 16 * 2**20
MAX_BYTES = 4 * 2**30  # unpacked; a packed file of 256 MiB could hold far more
MAX_EVENTS = 5_000_000  # wanted ones: some 40 s of reading; a journey has some ten thousand
MAX_NUMBER = 2**53  # beyond it JSON numbers are not exact in every reader
SLACK_MS = 3_600_000  # a log may begin before its run and end after it, and a clock may be set in between
LONGEST_MS = 7 * 86_400_000  # of a run whose end is not on record
BLOCK_BYTES = 2**20
MAX_ENDS, MAX_END_BYTES = 4_096, 64  # ends of lines that are remembered
_ANY_TIME_MS = (0, 4_102_444_800_000)  # 1970 to 2100, where nothing says when the run was
_TYPE = re.compile(rb'"type":(\d{1,9})\}[\],\s]*')
_ENDING = b'"pantau":'  # what scrubbing noted at the end
_FRAME = frozenset({b"", b"[", b"]", b"],", b"}", b'"events": ['})


class Damaged(ValueError):
    """An event that does not say what an event of its type says."""


class Event(NamedTuple):
    """One event. `phase` is `begin`, `end` or empty; `time_ms` counts from 1970 (UTC).

    What it says is asked for by type: each question raises `Damaged` where the answer has another type.
    """

    name: str
    phase: str
    source: int
    source_type: str
    time_ms: int
    params: dict[str, Any]
    dependency_type: str = ""

    @property
    def dependency(self) -> int | None:
        """The number of the source that this one now depends on, where the event says so."""
        found = self.params.get("source_dependency")
        if found is None:
            return None
        return _number(found.get("id") if isinstance(found, dict) else None)

    @property
    def needed(self) -> int:
        """The same, of an event that says nothing else."""
        found = self.dependency
        if found is None:
            raise Damaged("no source")
        return found

    def text(self, name: str) -> str:
        """Return a text; empty where the event has none."""
        found = self.params.get(name)
        return "" if found is None else _text(found)

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; empty where the event has none."""
        return [_text(item) for item in self.items(name)]

    def items(self, name: str) -> list[Any]:
        """Return a list of anything; empty where the event has none."""
        found = self.params.get(name)
        if found is not None and not isinstance(found, list):
            raise Damaged(name)
        return found or []

    def number(self, name: str) -> int | None:
        """Return a whole number, None where the event has none."""
        found = self.params.get(name)
        return None if found is None else _whole(found)


class NetLog:
    """A network log: its events, and afterwards whether it was whole.

    Args:
        packed: The bytes of `data/netlog.json.gz`.
        window: Between which times, in milliseconds since 1970, its events may lie.

    Attributes:
        complete: Whether the browser wrote the log to its end, as scrubbing found it.
        dropped: Lines that were left out at capture or could not be read now.
        cut: Whether the log went on beyond what is read.
        errors: Names of Chromium's network errors by their number, once reading has begun.
    """

    def __init__(self, packed: bytes, window: tuple[int, int] = _ANY_TIME_MS) -> None:
        self._packed, self._window = packed, window
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
        reading = _Reading(next(lines, b""), wanted, self._window)
        self.errors = reading.errors
        self.dropped += reading.dropped
        count = 0
        for line in lines:
            if reading.skips(line):
                continue
            if line.startswith(_ENDING):
                self._ending(line)
            elif not (line.strip() in _FRAME or line.startswith(b'"polledData":')):
                try:
                    event = reading.event(line)
                except (Damaged, RecursionError):
                    self.dropped += 1
                    continue
                if event is not None:
                    yield event
                    count += 1
                    if count >= MAX_EVENTS:
                        self.cut = True
                        return

    def _ending(self, line: bytes) -> None:
        """Take what scrubbing noted at the end of the log."""
        try:
            said = _parsed(line.partition(b":")[2].strip().removesuffix(b"}"))
            dropped = _number(said.get("dropped_lines"))
            self.complete = said.get("complete") is True
            self.dropped += dropped
        except (Damaged, RecursionError):
            self.dropped += 1

    def _lines(self) -> Iterator[bytes]:
        """Yield lines without their ends, too long ones in pieces; what cannot be unpacked is counted."""
        left = MAX_BYTES
        try:
            for line in _split(self._blocks()):
                yield line
                left -= len(line) + 1
                if left <= 0:
                    self.cut = True
                    return
        except (OSError, EOFError, zlib.error):
            self.dropped += 1

    def _blocks(self) -> Iterator[bytes]:
        """Yield what is unpacked, block by block: asking for each line alone costs more than reading it."""
        with gzip.GzipFile(fileobj=io.BytesIO(self._packed)) as source:
            while block := source.read1(BLOCK_BYTES):
                yield block


def _split(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines in blocks; one that was begun when the blocks end is yielded too."""
    begun: list[bytes] = []
    length = 0
    for block in blocks:
        lines = block.split(b"\n")
        begun.append(lines[0])
        length += len(lines[0])
        if len(lines) > 1:
            yield from _pieces(b"".join(begun))
            yield from lines[1:-1]  # none is as long as `MAX_LINE_BYTES`, which is more than a block
            begun, length = [lines[-1]], len(lines[-1])
        elif length >= MAX_LINE_BYTES:
            whole = b"".join(begun)
            yield whole[:MAX_LINE_BYTES]
            begun, length = [whole[MAX_LINE_BYTES:]], length - MAX_LINE_BYTES
    if length:
        yield from _pieces(b"".join(begun))


def _pieces(line: bytes) -> Iterable[bytes]:
    if len(line) <= MAX_LINE_BYTES:
        return (line,)
    return (line[at : at + MAX_LINE_BYTES] for at in range(0, len(line), MAX_LINE_BYTES))


class _Reading:
    """Reads lines by the numbers that the log itself declares for event types, source types and phases."""

    def __init__(self, first: bytes, wanted: frozenset[str], window: tuple[int, int]) -> None:
        constants = _constants(first)
        self.dropped = 0
        types = self._numbers(constants, "logEventTypes")
        self._known = frozenset(types)
        self._names = {number: name for number, name in types.items() if name in wanted}
        self._sources = self._numbers(constants, "logSourceType")
        phases = self._numbers(constants, "logEventPhase")
        self._phases = {
            number: name.removeprefix("PHASE_").lower().replace("none", "") for number, name in phases.items()
        }
        self.errors = self._numbers(constants, "netError")
        self._offset = _tick(constants.get("timeTickOffset", 0))
        self._window = window
        self._skipped: dict[bytes, bool] = {}  # by the end of a line, from its last type on: there are few

    def _numbers(self, constants: dict[str, Any], name: str) -> dict[int, str]:
        """Return names by their numbers; what is none is counted as lost."""
        listed = constants.get(name, {})
        found = {number: word for word, number in listed.items() if type(number) is int}
        self.dropped += len(listed) - len(found)
        return found

    def skips(self, line: bytes) -> bool:
        """Say whether a line is an event of a type that nobody asked for; it need not be read then."""
        end = line[line.rfind(b'"type":') :]
        known = self._skipped.get(end)
        if known is None:
            match = _TYPE.fullmatch(end)
            number = int(match.group(1)) if match else None
            known = number is not None and number in self._known and number not in self._names
            if len(self._skipped) < MAX_ENDS and len(end) <= MAX_END_BYTES:
                self._skipped[end] = known
        return known and not line.startswith(_ENDING)

    def event(self, line: bytes) -> Event | None:
        """Return the event on a line, None if nobody asked for its type.

        Raises:
            Damaged: it is no event.
        """
        value = _parsed(line.rstrip(b",]\n\r "))
        kind = value.get("type")
        if type(kind) is not int or kind not in self._known:
            raise Damaged("type")
        if kind not in self._names:
            return None
        source, params = value.get("source"), value.get("params")
        phase, time_ms = value.get("phase"), self._offset + _tick(value.get("time"))
        if not isinstance(source, dict) or not isinstance(params, dict | None):
            raise Damaged("source or params")
        if type(phase) is not int or phase not in self._phases:
            raise Damaged("phase")
        if not self._window[0] <= time_ms <= self._window[1]:
            raise Damaged("time")
        return Event(
            self._names[kind],
            self._phases[phase],
            _number(source.get("id")),
            self._source(source.get("type")),
            time_ms,
            params or {},
            self._depended(params),
        )

    def _source(self, number: Any) -> str:
        return self._sources.get(_number(number), "")

    def _depended(self, params: dict[str, Any] | None) -> str:
        """Return the kind of source that an event depends on; empty where it does not say."""
        found = params.get("source_dependency") if params else None
        kind = found.get("type") if isinstance(found, dict) else None
        return "" if kind is None else self._source(kind)


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        value = from_json(text, allow_inf_nan=False)
    except ValueError:  # what the quick reader does not take: half a surrogate pair, deep nesting
        try:
            value = _DECODER.decode(text.decode("utf-8"))
        except ValueError as error:
            raise Damaged("no JSON") from error
    if not isinstance(value, dict):
        raise Damaged("no object")
    return value


def _no_number(name: str) -> NoReturn:
    raise Damaged(name)


_DECODER = json.JSONDecoder(parse_constant=_no_number)


def _number(value: Any) -> int:
    """Return the number of a source."""
    found = _whole(value)
    if found < 0:
        raise Damaged("negative")
    return found


def _whole(value: Any) -> int:
    if type(value) is not int or abs(value) > MAX_NUMBER:
        raise Damaged("no whole number")
    return value


def _tick(value: Any) -> int:
    """Return a time as the log writes it: milliseconds, as a text or a number."""
    if isinstance(value, str) and len(value) < 20 and value.isascii() and value.removeprefix("-").isdigit():
        value = int(value)
    return _whole(value)


def _text(value: Any) -> str:
    """Return a text that every file can hold: half of a surrogate pair is damage."""
    if not isinstance(value, str):
        raise Damaged("no text")
    if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
        raise Damaged("no Unicode")
    return value


def _constants(line: bytes) -> dict[str, Any]:
    try:
        constants: dict[str, Any] = _parsed(line.strip().rstrip(b",") + b"}")["constants"]
        for name in ("logEventTypes", "logSourceType", "logEventPhase"):
            constants[name].items()
        constants.setdefault("netError", {}).items()
        _tick(constants.get("timeTickOffset", 0))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("The network log does not begin with its constants.") from error
    return constants


def netlog_of(bundle: Bundle) -> NetLog | None:
    """Return the network log of a bundle, None if it has none."""
    return NetLog(bundle.read(layout.NETLOG), _window(bundle)) if bundle.holds(layout.NETLOG) else None


def _window(bundle: Bundle) -> tuple[int, int]:
    """Return between which times, in milliseconds since 1970, the log of a run lies."""
    started, ended = _ms(bundle.run.started), _ms(bundle.run.ended)
    if started is None:
        return _ANY_TIME_MS
    last = ended if ended is not None and ended >= started else started + LONGEST_MS
    return started - SLACK_MS, last + SLACK_MS


def _ms(time: str) -> int | None:
    try:
        return int(datetime.fromisoformat(time).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        return None
