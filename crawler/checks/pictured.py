"""What the pictures of a page say, as passages: for rules that look for words a page must show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.checks import passages
from crawler.checks.runs import Piece, TextRun
from crawler.lib.likeness import letters_of, likeness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.checks.pages import PagePixels
    from crawler.checks.view import View
    from crawler.model.evidence import Visit

CLEAR = 0.8  # confidence of a line from which on its words are taken as read
ALIKE = 0.84  # of a sentence of 30 letters, five may be misread
MOST_LINES = 400  # of one page that are searched


@dataclass(frozen=True)
class Pictured:
    """A passage read in the pictures of a page; `clear` says that no line of it was read in doubt."""

    page: PagePixels
    run: TextRun
    clear: bool


def passages_of(view: View, visit: Visit) -> tuple[Pictured, ...]:
    """Return what the pictures of a visit say; a page without pictures is not looked at, nor is it a gap."""
    if not any(page.record.media for page in view.text(visit)):
        return ()
    return tuple(each for page in view.pixels(visit) for each in _passages(page))


def _passages(page: PagePixels) -> Iterable[Pictured]:
    read = page.record.lines[:MOST_LINES]
    sure = [line.confidence >= CLEAR for line in read]
    shown = passages.legible(
        TextRun((Piece(line.text, boxes=(line.box,), block=number),)) for number, line in enumerate(read)
    )
    joined = passages.in_lines(shown)
    for run in (*joined, *passages.in_paragraphs(joined)):
        yield Pictured(page, run, all(sure[piece.block] for piece in run.pieces))


def holds_any_sentence(text: str, sentences: Iterable[str]) -> bool:
    """Say whether a text holds one of some sentences but for a few letters, as OCR in doubt leaves it."""
    words = [letters_of(word) for word in text.split()]
    return any(_holds_sentence(words, sentence.replace("…", " ").split()) for sentence in sentences)


def _holds_sentence(words: list[str], sentence: list[str]) -> bool:
    wanted = "".join(map(letters_of, sentence))
    for size in range(max(1, len(sentence) - 1), len(sentence) + 2):
        for start in range(max(1, len(words) - size + 1)):
            window = "".join(words[start : start + size])
            if likeness(window, wanted, at_least=ALIKE) >= ALIKE:
                return True
    return False
