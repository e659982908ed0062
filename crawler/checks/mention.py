"""A mention: a name in a text, with all that decides what it amounts to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mention:
    """A name in a text of a page, or read in its pictures.

    Attributes:
        text: The whole text around it.
        start: Where in the text the name begins.
        end: Where it ends.
        channel: Where the text stands: page text, title, alt ….
        links: Where the links lead that hold the name, one a piece of it; "" for a piece in no link.
        spelling: The name as it was looked for; with it, the sound of a clock is told from the name.
        whole: Whether it is a word, and no part of a longer one.
    """

    text: str
    start: int
    end: int
    channel: str = "text"
    links: tuple[str, ...] = ()
    spelling: str = ""
    whole: bool = True

    @property
    def span(self) -> tuple[int, int]:
        """Where in the text the name stands."""
        return self.start, self.end

    @property
    def name(self) -> str:
        """The name as it is written."""
        return self.text[self.start : self.end]
