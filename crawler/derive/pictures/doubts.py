"""Places where what a shopper reads may differ from the letters of the page text, to be read from pixels too.

Direction, order and spacing can be told from how text is drawn and where it lies. A font that a page brought
can draw any letter as any other: of each, a sample is read that shows every letter it is used for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Literal

from crawler.lib.likeness import letters_of, likeness
from crawler.lib.remembered import per_object
from crawler.model.box import CssBox, around

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from crawler.derive.pictures.looks import TextLine
    from crawler.model.evidence import TextNode, TextRecord

VERSION = 2  # raise it whenever the same text may give other places
MOST = 80  # places of a page: of one with more, not all are read, and it is said to be read in part
MOST_OF_A_FONT = 10
MOST_FONTS = 8
MOST_LAPPED = 20  # texts that lie on each other: slides of a carousel do
DEEPEST_LOOK = 300  # texts of a font among which those are chosen that show most letters
SAMPLE_CHARS = (3, 80)  # of a text that is worth reading for its font
NEAR_LETTERS = 0.7  # the same between single letters, which may be spaced
NEAR = 0.22  # gap in heights of a line below which two pieces are read as one word: a blank is wider
LAPS = 0.3  # of a height that neighbours may overlap
SAME_LINE = 0.5  # of the lower piece's height that pieces of one line share
PIECE_CHARS = 12
MIN_LETTERS = 5
MARGIN_PX = 4.0
MOST_OPEN = 30  # words of a row that a piece may go on in
ROW_PX = 20.0
CLEAR = 0.8  # confidence from which on a reading can speak against the text
# Likeness below which a clear reading says something else. Of pairs of other words 88 to 92 in 100 are less
# alike, of readings of the same words with every third letter wrong 1 to 8 (words of the catalogues).
CONTRARY = 0.42
_LATIN = re.compile(r"[a-z0-9]")


@dataclass(frozen=True)
class Doubt:
    """A place to be read from pixels: `said` is what the text there says, empty where readings may differ."""

    box: CssBox
    said: str = ""


def doubtful_places(record: TextRecord) -> tuple[tuple[Doubt, ...], bool]:
    """Return the places of a page to be read, at most `MOST`, and whether these are all."""
    shown = [
        node for node in record.nodes if node.visible and node.boxes and node.channel in ("text", "pseudo")
    ]
    clear = _Clear(shown)
    found = [*_drawn_otherwise(shown), *_out_of_order(shown), *(Doubt(box) for _, box in clusters(record))]
    fonts, all_fonts = _of_fonts(shown, clear)
    found += [Doubt(_around(node.boxes)) for node in shown if _short(node) and not clear.is_clear(node)][
        :MOST_LAPPED
    ]
    kept = _merged([*found, *fonts])
    return kept[:MOST], all_fonts and len(kept) <= MOST


@per_object
def clusters(record: TextRecord) -> tuple[tuple[str, CssBox], ...]:
    """Return words that pieces of several blocks make by where they lie, each with the box around it.

    Pieces touch on one line, or single letters stand one under the other.
    """
    pieces = [
        (node, box)
        for node in record.nodes
        if node.visible and node.channel == "text" and 0 < len(node.text.strip()) <= PIECE_CHARS
        for box in node.boxes[:1]
    ]
    letters = [each for each in pieces if len(each[0].text.strip()) == 1]
    across, down = _chained(pieces, _touches, along=0), _chained(letters, _stands_under, along=1)
    return tuple(
        ("".join(node.text.strip() for node, _ in chain), _around([box for _, box in chain]))
        for chain in (*across, *down)
        if len({node.block for node, _ in chain}) > 1
    )


def contrary_places(doubts: Iterable[Doubt], lines: Sequence[TextLine]) -> tuple[CssBox, ...]:
    """Return the places where pixels clearly say something else than the text."""
    return tuple(doubt.box for doubt in doubts if doubt.said and _contradicted(doubt, lines))


def _contradicted(doubt: Doubt, lines: Sequence[TextLine]) -> bool:
    words = [
        word
        for line in lines
        for word in line.words
        if word.confidence >= CLEAR and doubt.box.holds(*word.box.middle)
    ]
    read, said = letters_of("".join(word.text for word in words)), letters_of(doubt.said)
    if len(read) < MIN_LETTERS or len(said) < MIN_LETTERS or len(_LATIN.findall(said)) < len(said):
        return False
    return likeness(read, said) < CONTRARY


def _drawn_otherwise(shown: Iterable[TextNode]) -> Iterator[Doubt]:
    for node in shown:
        if {"bidi", "mirrored", "tight"} & set(node.traits) and any(map(str.isalnum, node.text)):
            said = node.text if len(node.boxes) == 1 else ""
            yield Doubt(_around(node.boxes), said)


def _out_of_order(shown: Iterable[TextNode]) -> Iterator[Doubt]:
    """Yield runs whose pieces do not lie in the order of the document; writing from the right does."""
    for _, group in groupby(shown, key=lambda node: (node.frame, node.block)):
        run = [node for node in group if node.text.strip()]
        if any(_before(two.boxes[0], one.boxes[-1]) and _latin(one, two) for one, two in pairwise(run)):
            yield Doubt(_around([box for node in run for box in node.boxes]))


def _before(box: CssBox, other: CssBox) -> bool:
    """Say whether a box begins on the line of another and left of where it ends."""
    return _one_line(box, other) and box.x < other.right - LAPS * min(box.h, other.h)


def _latin(*nodes: TextNode) -> bool:
    return all(_LATIN.search(letters_of(node.text)) for node in nodes)


def _short(node: TextNode) -> bool:
    """Say whether a text is one that, with another on it, may make a word that neither says."""
    return len(node.boxes) == 1 and 0 < len(node.text.strip()) <= 2 * PIECE_CHARS


def _of_fonts(shown: Iterable[TextNode], clear: _Clear) -> tuple[list[Doubt], bool]:
    """Return texts in which each font shows the letters it is used for, and whether all fonts are shown."""
    by_font: dict[tuple[int, str], list[TextNode]] = defaultdict(list)
    for node in shown:
        if (
            node.font
            and len(node.boxes) == 1
            and SAMPLE_CHARS[0] <= len(node.text.strip()) <= SAMPLE_CHARS[1]
        ):
            by_font[node.frame, node.font].append(node)
    largest = sorted(by_font.items(), key=lambda item: (-len(item[1]), item[0]))
    samples = [_sample([node for node in nodes if clear.is_clear(node)]) for _, nodes in largest[:MOST_FONTS]]
    return [Doubt(_around(node.boxes), node.text) for sample in samples for node in sample], len(
        largest
    ) <= MOST_FONTS


def _sample(nodes: Sequence[TextNode]) -> list[TextNode]:
    """Return the texts that show most letters not shown before, until all are or enough are read."""
    left = {node.text: node for node in nodes[:DEEPEST_LOOK]}
    seen: set[str] = set()
    chosen: list[TextNode] = []
    while left and len(chosen) < MOST_OF_A_FONT:
        text = max(left, key=lambda said: (len(_signs(said) - seen), -len(said)))
        if not _signs(text) - seen:
            break
        seen |= _signs(text)
        chosen.append(left.pop(text))
    return chosen


def _signs(text: str) -> set[str]:
    return {sign for sign in text if sign.isalpha()}


class _Clear:
    """Says which texts no other block's text lies on: it would be read in their place."""

    def __init__(self, shown: Iterable[TextNode]) -> None:
        self._rows: dict[int, list[tuple[CssBox, TextNode]]] = defaultdict(list)
        for node in shown:
            for box in node.boxes:
                for row in _rows(box):
                    self._rows[row].append((box, node))

    def is_clear(self, node: TextNode) -> bool:
        box = node.boxes[0]
        return not any(
            (other.frame, other.block) != (node.frame, node.block) and _laps(box, place)
            for row in _rows(box)
            for place, other in self._rows[row]
        )


def _rows(box: CssBox) -> range:
    """Return the rows of 50 px that a box lies in; one that is absurdly high lies in a few."""
    top = int(box.y // 50)
    return range(top, min(int(box.bottom // 50), top + 40) + 1)


def _laps(box: CssBox, other: CssBox) -> bool:
    across = min(box.right, other.right) - max(box.x, other.x)
    down = min(box.bottom, other.bottom) - max(box.y, other.y)
    return across > 2 and down > LAPS * min(box.h, other.h)


_Piece = tuple["TextNode", "CssBox"]


def _chained(
    pieces: Sequence[_Piece], goes_on: Callable[[_Piece, _Piece], bool], *, along: Literal[0, 1]
) -> list[list[_Piece]]:
    """Return pieces of at least `MIN_LETTERS` letters together that go on in each other, as they lie.

    Pieces are taken along one axis, and each is compared with the last chains of its row alone, so that a
    page of letters is read in bounded time.
    """
    rows: dict[tuple[int, int], list[list[_Piece]]] = defaultdict(list)
    chains: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda each: each[1][along]):
        node, box = piece
        row = int((box[1 - along] + box[3 - along] / 2) // ROW_PX)
        near = [chain for at in (row - 1, row, row + 1) for chain in rows[node.frame, at][-MOST_OPEN:]]
        mine = next((chain for chain in reversed(near) if goes_on(chain[-1], piece)), None)
        if mine is None:
            mine = []
            chains.append(mine)
            rows[node.frame, row].append(mine)
        mine.append(piece)
    return [chain for chain in chains if sum(len(node.text.strip()) for node, _ in chain) >= MIN_LETTERS]


def _touches(piece: _Piece, other: _Piece) -> bool:
    """Say whether a piece goes on where another ends, on one line, with no blank between."""
    (node, box), (after, place) = piece, other
    (x, _, width, tall), (left, _, _, other_tall) = box, place
    gap, height = left - (x + width), min(tall, other_tall)
    if not -LAPS * height <= gap <= NEAR_LETTERS * height:  # most pieces of a row lie further apart
        return False
    letters = len(node.text.strip()) == 1 == len(after.text.strip())
    return _one_line(box, place) and (letters or gap <= NEAR * height)


def _stands_under(piece: _Piece, other: _Piece) -> bool:
    (_, box), (_, place) = piece, other
    gap = place.y - box.bottom
    middle = abs(place.middle[0] - box.middle[0])
    return middle <= 0.5 * box.h and -LAPS * box.h <= gap <= LAPS * box.h


def _one_line(box: CssBox, other: CssBox) -> bool:
    shared = min(box.bottom, other.bottom) - max(box.y, other.y)
    return shared >= SAME_LINE * min(box.h, other.h)


def _merged(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """Return each place once, in the order of the page; one with words to compare before one without."""
    kept: dict[CssBox, Doubt] = {}
    for doubt in doubts:
        known = kept.get(doubt.box)
        kept[doubt.box] = doubt if known is None or not known.said else known
    return tuple(sorted(kept.values(), key=lambda each: (each.box.y, each.box.x)))


def _around(boxes: Sequence[CssBox]) -> CssBox:
    whole = around(*boxes)
    wide, high = whole.w + 2 * MARGIN_PX, whole.h + 2 * MARGIN_PX
    return CssBox(whole.x - MARGIN_PX, whole.y - MARGIN_PX, wide, high)
