"""The waterfall of a stage: what was asked for when, and how long it took, as a drawing inside the report."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING

import drawsvg as draw
from markupsafe import Markup

from crawler.report.hostmap import COLOURS, INK, MONO, PAPER, QUIET, SANS
from crawler.report.visible import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crawler.derive.network.ledger import Entry
    from crawler.derive.operators.hosts import Group
    from crawler.lib.i18n import Translator

MAX_ROWS = 60
# px of the drawing
_WIDTH, _ROW, _HEAD = 940, 17, 26
_LEFT, _RIGHT = 330, 930
_LABEL_CHARS = 46
_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600)


def waterfall(
    entries: Sequence[Entry], group: Callable[[Entry], Group], marked: frozenset[str], t: Translator
) -> Markup | None:
    """Return the drawing as SVG, or None where there is nothing to draw.

    Args:
        entries: The entries of one visit.
        group: Says who runs the host of an entry.
        marked: Ids of requests that findings rest on; these are always drawn.
        t: Words of the language.
    """
    rows = shown(entries, marked)
    if not rows:
        return None
    begin = min(_seconds(entry.time) for entry in rows)
    span_s = max(max(_seconds(entry.ended or entry.time) for entry in rows) - begin, 0.1)
    drawing = draw.Drawing(
        _WIDTH, _HEAD + _ROW * len(rows) + 4, font_family=SANS, font_size=11, id_prefix="fall"
    )
    _axis(drawing, span_s, len(rows), t)
    for number, entry in enumerate(rows):
        if entry.id in marked:
            drawing.append(draw.Rectangle(0, _HEAD + _ROW * number, _WIDTH, _ROW, fill="#fcefee"))
        _row(drawing, entry, _HEAD + _ROW * number, COLOURS[group(entry)], (begin, span_s))
    text = drawing.as_svg(header="", skip_js=True, skip_css=True)
    return Markup(text)  # noqa: S704 - the library escapes every text, and attributes hold numbers and own words


def shown(entries: Sequence[Entry], marked: frozenset[str]) -> tuple[Entry, ...]:
    """Return what is drawn, in the order of time: no more than `MAX_ROWS`, what findings rest on first."""
    drawn = [entry for entry in entries if not entry.own]
    ranked = sorted(drawn, key=lambda entry: (entry.id not in marked, entry.type == "image", entry.time))
    return tuple(sorted(ranked[:MAX_ROWS], key=lambda entry: (entry.time, entry.id)))


def _axis(drawing: draw.Drawing, span_s: float, rows: int, t: Translator) -> None:
    step = next((step for step in _STEPS_S if span_s / step <= 8), math.ceil(span_s / 8))
    count = int(span_s / step) + 1
    for number in range(count):
        x = round(_LEFT + (_RIGHT - _LEFT) * number * step / span_s, 1)
        drawing.append(draw.Line(x, _HEAD - 6, x, _HEAD + _ROW * rows, stroke="#e3e7ec", stroke_width=1))
        label = t("waterfall.second", n=f"{number * step:g}")
        drawing.append(draw.Text(label, 10.5, x + 3, 12, fill=QUIET))


def _row(drawing: draw.Drawing, entry: Entry, top: int, colour: str, scale: tuple[float, float]) -> None:
    begin, span_s = scale
    label = plain(f"{entry.method} {entry.host}", _LABEL_CHARS)
    drawing.append(draw.Text(label, 10.5, 2, top + 12, fill=INK, font_family=MONO))
    start = _seconds(entry.time) - begin
    length = max(_seconds(entry.ended or entry.time) - begin - start, 0.0)
    x = round(_LEFT + (_RIGHT - _LEFT) * start / span_s, 1)
    width = round(max((_RIGHT - _LEFT) * length / span_s, 3.0), 1)
    look = (
        {"fill": colour} if entry.contacted else {"fill": PAPER, "stroke": colour, "stroke_dasharray": "3 2"}
    )
    bar = draw.Rectangle(x, top + 4, min(width, _RIGHT - x + 3), _ROW - 8, rx=1.5, **look)
    bar.append_title(
        plain(f"{entry.time} {entry.method} {entry.host} {entry.type} {entry.state} {entry.cause}", 200)
    )
    drawing.append(bar)


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
