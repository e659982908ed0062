"""The parts of a multipart body, cut so that they can be joined again to the same bytes.

Redaction changes the contents of parts and leaves every other byte; the guard, claims and rules read them.
"""

from __future__ import annotations

import re
from email import message_from_bytes, message_from_string
from email.errors import MessageError
from email.utils import collapse_rfc2231_value
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

__all__ = ["Multipart", "Part", "split_multipart"]

_HEAD_END = re.compile(r"\r?\n\r?\n")
_LINE_END = re.compile(r"\r?\n\Z")
# A head as browsers write it; any other is read by `email`, which takes twenty times as long.
_USUAL = re.compile(
    r'\s*content-disposition:[ \t]*form-data;[ \t]*name=(?:"(?P<quoted>[^"\\\r\n%]*)"|(?P<bare>[^\s;"=*%]+))'
    r'(?:;[ \t]*filename="[^"\\\r\n]*")?(?:\r?\n(?!content-disposition)[\w-]+:[^\r\n]*)*\Z',
    re.IGNORECASE,
)


class Part(NamedTuple):
    """One piece between two boundaries; joined, its four strings are the piece as it was.

    What is no field (what stands before the first boundary, the end mark) is all head.
    """

    head: str
    gap: str = ""
    content: str = ""
    tail: str = ""

    @property
    def name(self) -> str | None:
        """Return the name of the field; None where it is no field."""
        if not self.gap:
            return None
        if usual := _USUAL.match(self.head):
            return usual["quoted"] if usual["bare"] is None else usual["bare"]
        return _field_name(message_from_string(self.head.lstrip("\r\n")))

    def fields(self) -> Iterator[tuple[str, str]]:
        """Yield name and decoded value of the field, or of those nested in it; a file's value is empty."""
        source = f"{self.head.lstrip()}\r\n\r\n{self.content}".encode("utf-8", "surrogateescape")
        try:
            for message in message_from_bytes(source).walk():
                if (name := _field_name(message)) is not None:
                    yield name, _field_value(message)
        except (MessageError, ValueError, LookupError):  # a character set nobody knows is a LookupError
            return


class Multipart(NamedTuple):
    """A body cut at its boundary lines."""

    delimiter: str
    parts: tuple[Part, ...]

    def joined(self, parts: list[Part]) -> str:
        """Return the body with other parts in place of its own."""
        return self.delimiter.join("".join(part) for part in parts)


def split_multipart(text: str, content_type: str) -> Multipart | None:
    """Cut a multipart body, or return None where its type names no boundary.

    Args:
        text: The body, decoded with `surrogateescape`, so that it can be encoded again.
        content_type: Its media type with parameters.
    """
    try:
        boundary = message_from_string(f"Content-Type: {content_type}\n\n").get_boundary()
    except (MessageError, ValueError):
        return None
    if not boundary:
        return None
    delimiter = f"--{boundary}"
    # A boundary counts at the start of a line only: a value may hold the same characters.
    pieces = re.split(rf"(?:(?<=\n)|\A){re.escape(delimiter)}", text)
    return Multipart(delimiter, tuple(map(_cut_part, pieces)))


def _cut_part(piece: str) -> Part:
    gap = _HEAD_END.search(piece)
    if not gap:
        return Part(piece)
    tail = _LINE_END.search(piece, gap.end())
    content_end = tail.start() if tail else len(piece)
    return Part(piece[: gap.start()], gap[0], piece[gap.end() : content_end], piece[content_end:])


def _field_name(message: Message) -> str | None:
    name = message.get_param("name", header="content-disposition")
    return collapse_rfc2231_value(name) if name is not None else None


def _field_value(message: Message) -> str:
    value = message.get_payload(decode=True)
    is_text = isinstance(value, bytes) and message.get_filename() is None
    return value.decode("utf-8", "replace") if is_text and isinstance(value, bytes) else ""
