"""Runs of text: the nodes of one block and channel put together, so that split words are whole again."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from crawler.lib.remembered import per_object

if TYPE_CHECKING:
    from crawler.model.evidence import Box, TextNode, TextRecord

SNIPPET_CHARS = 60
_SPACE = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Run:
    """Text of one block and channel, untrimmed, with the nodes it is made of."""

    nodes: tuple[TextNode, ...]
    frame_url: str

    @cached_property
    def text(self) -> str:
        """The whole text, nothing trimmed between nodes."""
        return "".join(node.text for node in self.nodes)

    @property
    def channel(self) -> str:
        """Where the text stands: page text, title, alt …."""
        return self.nodes[0].channel

    @property
    def visible(self) -> bool:
        """Whether the text was laid out to be seen."""
        return self.nodes[0].visible

    def at(self, start: int, end: int) -> tuple[TextNode, ...]:
        """Return the nodes that hold the signs from start to end."""
        found, position = [], 0
        for node in self.nodes:
            if position < end and position + len(node.text) > start:
                found.append(node)
            position += len(node.text)
        return tuple(found)

    def box(self, start: int, end: int) -> Box | None:
        """Return the box around the nodes that hold the signs from start to end, in CSS px of the page."""
        boxes = [box for node in self.at(start, end) for box in node.boxes]
        if not boxes:
            return None
        left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
        right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
        return (left, top, right - left, bottom - top)

    def snippet(self, start: int, end: int) -> str:
        """Return the text around a place, white space put together, cut between words."""
        left = max(0, start - SNIPPET_CHARS)
        right = min(len(self.text), end + SNIPPET_CHARS)
        before, after = self.text[left:start], self.text[end:right]
        if left:
            before = before.partition(" ")[2]
        if right < len(self.text):
            after = after.rpartition(" ")[0]
        return tidy(before + self.text[start:end] + after)


@per_object
def runs(record: TextRecord) -> tuple[Run, ...]:
    """Return the runs of a page in document order.

    What is visible and what is not are separate runs even in one block: a sign that nobody sees does not
    break a word that everybody reads.
    """
    grouped: dict[tuple[int, int, str, bool], list[TextNode]] = {}
    for node in record.nodes:
        grouped.setdefault((node.frame, node.block, node.channel, node.visible), []).append(node)
    return tuple(Run(tuple(grouped[key]), _frame_url(record, key[0])) for key in sorted(grouped))


def _frame_url(record: TextRecord, frame: int) -> str:
    return record.frames[frame] if 0 <= frame < len(record.frames) else ""


def tidy(text: str) -> str:
    """Return text with white space put together."""
    return _SPACE.sub(" ", text).strip()


def normal(text: str) -> str:
    """Return text as it stays from night to night: folded case and forms, numbers dropped."""
    return _DIGITS.sub("#", tidy(unicodedata.normalize("NFKC", text)).casefold())
