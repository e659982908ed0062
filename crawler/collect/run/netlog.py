"""Chromium's own network log, scrubbed and packed: the second witness of what went over the wire.

Format: the first line holds the constants, the second opens the list of events, then one event a line, and
after the last one the polled data. A browser that was killed leaves the file cut off at any byte.
"""

from __future__ import annotations

import gzip
import io
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from crawler.lib.redact import Redactor

MAX_LINE_BYTES = 16 * 2**20
MAX_STRING_CHARS = 64 * 2**10
MAX_RAW_BYTES = (
    2 * 2**30
)  # some 150,000 requests; what comes after is left out, and the log says it is not whole
# In two steps, each linear: what holds together, then where in it a scheme begins.
_WORD = re.compile(r"[^\s\"'<>]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}:")
_URL_MARK = re.compile(r"[?#@]")
_REQUEST_LINE = re.compile(r"^([A-Z]+) (\S+) (HTTP/[\d.]+\s*)$")
_STRIPPED = re.compile(r"^\[\d+ bytes were stripped\]$")
_BLOCK_BYTES = 2**16
_LEVEL = 5  # 1.5 % larger than at 6, for three quarters of the time
_TICKS = ("time", "start_time")
# How Chromium writes an event: what it has to say, then numbers only.
_PARAMS = b'{"params":'
_REST = rb'"phase":\d+,"source":\{"id":\d+,"start_time":"\d+","type":\d+\},"time":"\d+","type":\d+\}'
_BARE_EVENT = re.compile(rb"\{" + _REST)
_FRAME_BEGINS = b',"phase":'
_FRAME = re.compile(b"," + _REST + rb"\Z")
_MAX_FRAME_BYTES = 250
_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


def keep_netlog(raw: Path, redactor: Redactor) -> bytes:
    """Return a network log without secrets, gzipped; the same input gives the same bytes.

    Query values, cookies, authorization and every `x-` header are hashed. A line that is cut off or broken is
    left out and counted under `pantau` at the end of the log, and so is a string of more than
    `MAX_STRING_CHARS`, in whose place stands how long it was. A log beyond `MAX_RAW_BYTES` ends there.

    Args:
        raw: The file that Chromium wrote.
        redactor: Hashes what is secret.

    Raises:
        OSError: the file cannot be read.
        ValueError: it does not begin as a network log.
    """
    packed = io.BytesIO()
    with (
        raw.open("rb") as source,
        gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=_LEVEL, mtime=0) as zipped,
    ):
        for block in _blocks(_scrubbed(source, _Scrubber(redactor))):
            zipped.write(block)
    return packed.getvalue()


def _blocks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield pieces joined to blocks: to pack each line by itself costs a tenth of all the work."""
    waiting, size = list[bytes](), 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _BLOCK_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _scrubbed(source: BinaryIO, scrubber: _Scrubber) -> Iterator[bytes]:
    yield b'{"constants":' + _dump(scrubber.node(_constants(source))) + b',\n"events": [\n'
    dropped, separator, polled = 0, b"", None
    for line in _lines(source):
        if line.startswith(b'"polledData":'):
            polled, _ = _parsed(line.partition(b":")[2])
            continue
        event = scrubber.event(line)
        if event:
            yield separator + event
            separator = b",\n"
        else:
            dropped += 1
    yield b"],\n"
    if polled is not None:
        yield b'"polledData": ' + _dump(scrubber.node(polled)) + b",\n"
    counts = {"dropped_lines": dropped, "dropped_strings": scrubber.dropped}
    yield b'"pantau": ' + _dump({"complete": polled is not None, **counts}) + b"}\n"


def _constants(source: BinaryIO) -> Any:
    first = source.readline(MAX_LINE_BYTES).strip().rstrip(b",")
    try:
        return json.loads(first + b"}")["constants"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("The browser's network log does not begin with its constants.") from error


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """Yield the lines after the constants that carry something; one that is too long is broken anyway."""
    read = source.tell()
    while read < MAX_RAW_BYTES and (line := source.readline(MAX_LINE_BYTES)):
        read += len(line)
        stripped = line.strip()
        if stripped not in (b"", b"}", b"]", b"],", b'"events": ['):
            yield stripped


def _parsed(line: bytes) -> tuple[Any, bytes]:
    """Return the event or the data on a line, and its text; None if it is cut off.

    The last event ends with the list.
    """
    text = line.rstrip(b",")
    for candidate in (text, text.removesuffix(b"]")):
        try:
            value = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        return (value, candidate) if isinstance(value, dict | list) else (None, b"")
    return None, b""


def _dump(value: Any) -> bytes:
    return _ENCODER.encode(value).encode()


class _Scrubber:
    """Redacts the strings of a log."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._headers, self._texts = redactor.answers(), redactor.answers()
        self.dropped = 0

    def event(self, line: bytes) -> bytes:
        """Return the event on a line without secrets, most as they came; empty if the line is cut off."""
        text = line.rstrip(b",")
        if _BARE_EVENT.fullmatch(text):
            return text
        frame = _FRAME.match(text, max(0, text.rfind(_FRAME_BEGINS, len(text) - _MAX_FRAME_BYTES)))
        if frame and text.startswith(_PARAMS) and text.isascii():
            given = text[len(_PARAMS) : frame.start()]
            try:
                return self._with_params(text, given, frame[0])
            except (ValueError, RecursionError):
                pass  # cut off: the long way tells
        event, text = _parsed(line)
        safe = self.node(event) if event else event
        return (text if safe == event and text.isascii() else _dump(safe)) if event else b""

    def _with_params(self, text: bytes, given: bytes, frame: bytes) -> bytes:
        """Return an event of which only the parameters can hold something; the frame around them is known."""
        params = json.loads(given.decode("ascii"))
        if b':"' not in given and b"[" not in given:  # no text in it
            return text
        safe = self.node(params, "params")
        return text if safe == params else _PARAMS + _dump(safe) + frame

    def node(self, node: Any, key: str = "") -> Any:
        if isinstance(node, str):
            return self._string(node, key)
        if isinstance(node, dict):
            return {
                name: child if isinstance(child, int) else self.node(child, name)
                for name, child in node.items()
            }
        return [self.node(child, key) for child in node] if isinstance(node, list) else node

    def _string(self, text: str, key: str) -> str:
        if key in _TICKS and text.isdigit():
            return text  # two of every three strings, and no two are the same
        if len(text) > MAX_STRING_CHARS:
            self.dropped += 1
            return f"[{len(text)} characters left out]"
        if key == "headers":
            return self._headers.of(text, self._header)
        return self._texts.of(text, self._free)

    def _header(self, text: str) -> str:
        name, colon, value = text[1:].partition(":") if text.startswith(":") else text.partition(":")
        name = text[: len(text) - len(value) - len(colon)]
        if not colon or _STRIPPED.match(value.strip()):
            return self._free(text)
        safe = self._redactor.headers({name: value.strip()})[name.lower()]
        if name.lower().startswith("x-"):
            safe = self._redactor.value(safe)
        return f"{name}: {self._urls(safe)}"

    def _free(self, text: str) -> str:
        line = _REQUEST_LINE.match(text)
        if line:
            return f"{line[1]} {self._redactor.url(line[2])} {line[3]}"
        return self._redactor.text(self._urls(text))

    def _urls(self, text: str) -> str:
        return _WORD.sub(self._word, text) if _URL_MARK.search(text) else text

    def _word(self, match: re.Match[str]) -> str:
        word = match.group()
        scheme = _SCHEME.search(word) if _URL_MARK.search(word) else None
        return word[: scheme.start()] + self._redactor.url(word[scheme.start() :]) if scheme else word
