"""A trend as a line in a table: the conformity index of a target over its last nights."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import drawsvg as draw
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

LINE, LINE_END, UNSEEN, GRID = "#1d3f66", "#9d1c1c", "#8c97a5", "#d6dbe2"
_WIDTH, _HEIGHT, _EDGE = 150, 34, 4


def sparkline(percents: Sequence[int | None], label: str, number: int) -> Markup | None:
    """Return the line as SVG, None where there are fewer than two nights.

    Args:
        percents: The index of each night, the oldest first; None where nothing could be judged: a gap.
        label: What the drawing says, for whoever does not see it.
        number: Of the drawing on its page, so that ids in it are its own.
    """
    if len(percents) < 2:
        return None
    drawing = draw.Drawing(
        _WIDTH, _HEIGHT, id_prefix=f"trend-{number}-", role="img", aria_label=escape(label)
    )
    for level in (0, 100):
        drawing.append(draw.Line(0, _y(level), _WIDTH, _y(level), stroke=GRID, stroke_width=1))
    step = (_WIDTH - 2 * _EDGE) / (len(percents) - 1)
    places = [(round(_EDGE + step * at, 1), percent) for at, percent in enumerate(percents)]
    for before, after in itertools.pairwise(places):
        if before[1] is not None and after[1] is not None:
            ends = (before[0], _y(before[1]), after[0], _y(after[1]))
            drawing.append(draw.Line(*ends, stroke=LINE, stroke_width=2, stroke_linecap="round"))
    for x, percent in places:
        if percent is None:
            drawing.append(draw.Line(x, _HEIGHT - 6, x, _HEIGHT, stroke=UNSEEN, stroke_width=2))
    x, last = places[-1]
    if last is not None:
        drawing.append(draw.Circle(x, _y(last), 3, fill=LINE if last == 100 else LINE_END, stroke="none"))
    text = drawing.as_svg(header="", skip_js=True, skip_css=True)
    return Markup(text)  # noqa: S704 - the label was escaped above, and all else is numbers


def _y(percent: int) -> float:
    return round(_HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * percent / 100, 1)
