"""Passages of a page: visible text as a reader meets it, put together across elements by where it lies.

Words of one sentence may be items of a flex row, cells or inline blocks, each a block of its own. What lies
on one line, or begins where the last line ended, is read as one.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.checks.runs import TextRun, runs
from crawler.checks.statements import BREAK
from crawler.lib.remembered import per_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from crawler.checks.runs import Piece
    from crawler.model.evidence import CssBox, TextRecord

READ = ("text", "pseudo", "value")
MOST_RUNS = 4_000  # of a page that are put together; one with more is read run by run
LONGEST_RUN = 400  # characters: a longer run is a paragraph of its own
MOST_JOINED = 12  # runs of one passage
WORD_GAP = 1.0  # between words of one line, in heights of a line
LINE_GAP = 0.9  # between lines of one passage, in heights of a line
TOUCH = 0.3  # of a height that boxes of neighbours may overlap
OVERLAP = 0.5  # of the lower line's height that two words of one line share
LEGIBLE_PX = 4.0  # height of a line below which nobody reads it


@dataclass(frozen=True)
class _Placed:
    """A run with its place in the document and the boxes of its first and last line."""

    at: int
    run: TextRun
    first: CssBox
    last: CssBox


@per_object
def visible(record: TextRecord) -> tuple[TextRun, ...]:
    """Return the runs of a page that a shopper can read, in document order."""
    return legible(runs(record))


@per_object
def unseen(record: TextRecord) -> tuple[TextRun, ...]:
    """Return the runs that no shopper reads: hidden, too small, or said of an element and not shown."""
    return tuple(run for run in runs(record) if not _is_legible(run))


@per_object
def lines(record: TextRecord) -> tuple[TextRun, ...]:
    """Return the visible text of a page, what lies on one line in one run, in document order."""
    return in_lines(visible(record))


@per_object
def paragraphs(record: TextRecord) -> tuple[TextRun, ...]:
    """Return what lines of a page make that lie one under the other, each paragraph in one run."""
    return in_paragraphs(lines(record))


def legible(found: Iterable[TextRun]) -> tuple[TextRun, ...]:
    """Return those of some runs that a shopper can read."""
    return tuple(run for run in found if _is_legible(run))


def in_lines(shown: tuple[TextRun, ...]) -> tuple[TextRun, ...]:
    """Return legible runs with those that lie on one line as one, in document order."""
    placed = _placed(shown)
    if len(placed) > MOST_RUNS:
        return shown
    apart = set(range(len(shown))) - {each.at for each in placed}
    joined = [(chain[0].at, _joined(chain)) for chain in _chains(placed, _after(placed, _on_line))]
    return tuple(
        run for _, run in sorted([*joined, *((at, shown[at]) for at in apart)], key=lambda each: each[0])
    )


def in_paragraphs(shown: tuple[TextRun, ...]) -> tuple[TextRun, ...]:
    """Return what lines make that lie one under the other, each paragraph in one run."""
    placed = _placed(shown)
    if len(placed) > MOST_RUNS:
        return ()
    return tuple(_joined(chain) for chain in _chains(placed, _after(placed, _under)) if len(chain) > 1)


def _is_legible(run: TextRun) -> bool:
    boxes = [box for piece in run.pieces for box in piece.boxes]
    faint = any("faint" in piece.traits for piece in run.pieces)
    return (
        run.visible
        and not faint
        and run.channel in READ
        and (not boxes or any(box.h >= LEGIBLE_PX for box in boxes))
    )


def _placed(shown: Iterable[TextRun]) -> list[_Placed]:
    placed = []
    for at, run in enumerate(shown):
        boxes = [box for piece in run.pieces for box in piece.boxes]
        if boxes and len(run.text) <= LONGEST_RUN:
            placed.append(_Placed(at, run, boxes[0], boxes[-1]))
    return placed


def _after(placed: list[_Placed], goes_on: Callable[[_Placed, _Placed], float | None]) -> dict[int, int]:
    """Return which run each goes on in: the nearest of those that begin around its last line."""
    order = sorted(range(len(placed)), key=lambda at: placed[at].first[1])
    tops = [placed[at].first[1] for at in order]
    after: dict[int, int] = {}
    for at, each in enumerate(placed):
        _, y, _, height = each.last
        near = order[bisect_left(tops, y - 2 * height) : bisect_left(tops, y + (2 + LINE_GAP) * height)]
        gaps = [(gap, other) for other in near if other != at
                and (gap := goes_on(each, placed[other])) is not None]  # fmt: skip
        if gaps:
            after[at] = min(gaps)[1]
    return after


def _on_line(one: _Placed, other: _Placed) -> float | None:
    """Return the gap to what goes on at the right on the same line; None where it does not."""
    x, y, width, height = one.last
    left, top, _, tall = other.first
    if left <= x:  # half of all that lie near
        return None
    shared = min(y + height, top + tall) - max(y, top)
    gap, lower = left - (x + width), min(height, tall)
    near = -TOUCH * lower <= gap <= WORD_GAP * max(height, tall)
    return gap if _one_frame(one, other) and shared >= OVERLAP * lower and near else None


def _under(one: _Placed, other: _Placed) -> float | None:
    """Return the gap to the next line of one paragraph: it begins or centres with the line above it."""
    x, y, width, height = one.last
    left, top, across, tall = other.first
    if top <= y:
        return None
    gap = top - (y + height)
    aligned = left <= max(x, one.first[0]) + height or abs(left + across / 2 - x - width / 2) <= height
    meets = left < x + width + height and left + across > one.first[0] - height
    near = -TOUCH * height <= gap <= LINE_GAP * max(height, tall)
    return gap if _one_frame(one, other) and aligned and meets and near else None


def _one_frame(one: _Placed, other: _Placed) -> bool:
    return one.run.pieces[0].frame == other.run.pieces[0].frame


def _chains(placed: list[_Placed], after: dict[int, int]) -> list[list[_Placed]]:
    """Return runs put one behind the other, each run in one chain."""
    begins = sorted(set(range(len(placed))) - set(after.values()))
    taken: set[int] = set()
    chains = []
    for start in (*begins, *range(len(placed))):
        chain: list[_Placed] = []
        at: int | None = start
        while at is not None and at not in taken and len(chain) < MOST_JOINED:
            taken.add(at)
            chain.append(placed[at])
            at = after.get(at)
        if chain:
            chains.append(chain)
    return chains


def _joined(chain: list[_Placed]) -> TextRun:
    if len(chain) == 1:
        return chain[0].run
    first = chain[0].run
    return TextRun(tuple(_pieces(chain)), first.channel, first.visible, first.frame_url)


def _pieces(chain: list[_Placed]) -> Iterator[Piece]:
    for number, each in enumerate(chain):
        *before, last = each.run.pieces
        yield from before
        yield last if number == len(chain) - 1 else last._replace(text=last.text + " ")


def spoken(run: TextRun) -> str:
    """Return the text of a run as long as it is, line breaks of elements told from blanks of the source."""
    return "".join(BREAK if piece.text == "\n" else piece.text for piece in run.pieces)
