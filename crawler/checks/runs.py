"""Runs of text: what a page holds in one block and channel, put together, so that split words are whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from crawler.checks.mention import Mention
from crawler.lib.remembered import per_object
from crawler.lib.steady import tidy
from crawler.model.box import around

if TYPE_CHECKING:
    from crawler.model.evidence import Channel, CssBox, TextNode, TextRecord, Trait

SNIPPET_CHARS = 60


class Piece(NamedTuple):
    """A part of a run, as one element of the page holds it; `block` is that of the page's layout."""

    text: str
    boxes: tuple[CssBox, ...] = ()
    element: str = ""
    href: str = ""
    traits: tuple[Trait, ...] = ()
    frame: int = 0
    block: int = 0


@dataclass(frozen=True)
class TextRun:
    """Text of one block and channel, untrimmed, with the pieces it is made of."""

    pieces: tuple[Piece, ...]
    channel: Channel = "text"
    visible: bool = True
    frame_url: str = ""

    @cached_property
    def text(self) -> str:
        """The whole text, nothing trimmed between pieces."""
        return "".join(piece.text for piece in self.pieces)

    def at(self, start: int, end: int) -> tuple[Piece, ...]:
        """Return the pieces that hold the characters from start to end."""
        found, position = [], 0
        for piece in self.pieces:
            if position < end and position + len(piece.text) > start:
                found.append(piece)
            position += len(piece.text)
        return tuple(found)

    def mention(self, start: int, end: int, *, spelling: str = "", whole: bool = True) -> Mention:
        """Return the mention of a name that stands there; see `Mention`."""
        links = tuple(piece.href for piece in self.at(start, end))
        return Mention(self.text, start, end, self.channel, links, spelling, whole)

    def box(self, start: int, end: int) -> CssBox | None:
        """Return the box around the pieces that hold these characters, in CSS px of the page."""
        boxes = [box for piece in self.at(start, end) for box in piece.boxes]
        return around(*boxes) if boxes else None

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
def runs(record: TextRecord) -> tuple[TextRun, ...]:
    """Return the runs of a page in document order.

    What is visible and what is not are separate runs even in one block: a sign that nobody sees does not
    break a word that everybody reads.
    """
    grouped: dict[tuple[int, int, Channel, bool], list[Piece]] = {}
    for node in record.nodes:
        grouped.setdefault((node.frame, node.block, node.channel, node.visible), []).append(_piece(node))
    return tuple(
        TextRun(tuple(grouped[key]), channel, visible, _frame_url(record, frame))
        for key in sorted(grouped)
        for frame, _, channel, visible in (key,)
    )


def _piece(node: TextNode) -> Piece:
    return Piece(node.text, node.boxes, node.element, node.href, node.traits, node.frame, node.block)


def _frame_url(record: TextRecord, frame: int) -> str:
    return record.frames[frame] if 0 <= frame < len(record.frames) else ""
