"""Takes a file out of the body of a form as it comes, straight to the disk: it may be larger than memory."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from crawler.review.refusal import Refusal

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

    from starlette.requests import Request

MAX_NAME_CHARS = 200
_MAX_HEAD_BYTES = 8_192
_WRITE_BYTES = 1 << 20


class Arrived(NamedTuple):
    """A file that came whole: the name it bore at home, its size and its SHA-256."""

    name: str
    bytes: int
    sha256: str


async def receive_file(request: Request, field: str, path: Path) -> Arrived:
    """Write the file of a form's field to a path that is not there yet.

    Raises:
        Refusal: 422 where the body is no form, or has no such file; the path may be there then.
        OSError: the disk does not take it.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Refusal(422, "desk.upload.no-file")
    with path.open("xb") as file:
        try:
            taking = _Taking(field, file, options[b"boundary"])
            async for block in request.stream():
                taking.feed(block)
                if len(taking.waiting) >= _WRITE_BYTES:
                    await asyncio.to_thread(taking.write)
            await asyncio.to_thread(taking.write)
        except FormParserError as error:
            raise Refusal(422, "desk.upload.no-file") from error
    if not taking.whole or not taking.size_bytes:
        raise Refusal(422, "desk.upload.no-file")
    return Arrived(taking.name, taking.size_bytes, taking.digest.hexdigest())


class _Taking:
    """Follows a form's body, and holds what is to be written of the one file."""

    def __init__(self, field: str, file: IO[bytes], boundary: bytes) -> None:
        self._field, self._file = field, file
        self._header = self._value = b""
        self._is_ours = self._was_ours = False
        self.waiting = bytearray()
        self.size_bytes, self.digest = 0, hashlib.sha256()
        self.name, self.whole = "", False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_part_data": self._on_data,
                "on_part_end": self._on_part_end,
            },
        )

    def feed(self, block: bytes) -> None:
        """Take a piece of the body."""
        self._parser.write(block)

    def write(self) -> None:
        """Write what waits."""
        self._file.write(self.waiting)
        self.waiting.clear()

    def _on_part(self) -> None:
        self._is_ours = False

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header = self._bounded(self._header + data[start:end])

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value = self._bounded(self._value + data[start:end])

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            if options.get(b"name") == self._field.encode() and not self._was_ours:
                self._is_ours = self._was_ours = True
                self.name = options.get(b"filename", b"").decode("utf-8", "replace")[:MAX_NAME_CHARS]
        self._header = self._value = b""

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_ours:
            self.waiting += data[start:end]
            self.size_bytes += end - start
            self.digest.update(data[start:end])

    def _on_part_end(self) -> None:
        self.whole = self.whole or self._is_ours

    def _bounded(self, text: bytes) -> bytes:
        if len(text) > _MAX_HEAD_BYTES:
            raise FormParserError("a header of a part is too long")
        return text
