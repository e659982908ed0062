"""Makes text from a page safe and plain to read: escaped, bounded, and with nothing invisible in it.

A page can carry characters that turn the reading direction, hide between letters or break a line. In a report
they stand as marks such as `U+202E`, so that a reader sees what was really there.
"""

from __future__ import annotations

import unicodedata

from markupsafe import Markup, escape

from crawler.lib.printable import SPACES, code, is_hidden, printable

MAX_CHARS = 600
_STACK = 4  # more combining marks than any script needs on one letter


def visible(text: object, limit: int = MAX_CHARS) -> Markup:
    """Return text as HTML: escaped, isolated in direction, at most `limit` characters, controls as marks."""
    source = str(text)
    kept = source[:limit]
    is_plain = kept.isascii() and kept.isprintable()  # most text is, and a page of the desk has thousands
    shown = escape(kept) if is_plain else Markup().join(_pieces(kept))
    left = len(source) - limit
    more = Markup('<span class="more">… +{}</span>').format(left) if left > 0 else Markup()
    return Markup("<bdi>{}{}</bdi>").format(shown, more)


def plain(text: object, limit: int = MAX_CHARS) -> str:
    """Return text as one line without markup, controls as `⟨U+202E⟩`: for titles and attributes."""
    source = str(text)
    return printable(source[:limit]) + ("…" if len(source) > limit else "")


def _pieces(text: str) -> list[Markup]:
    pieces: list[Markup] = []
    run, stacked = "", 0
    for char in text:
        stacked = stacked + 1 if unicodedata.combining(char) else 0
        if not is_hidden(char) and stacked <= _STACK:
            run += char
            continue
        pieces += [escape(run), _mark_of(char)]
        run = ""
    return [*pieces, escape(run)]


def _mark_of(char: str) -> Markup:
    if char in SPACES:
        return Markup('<span class="mark" title="{}">↵</span> ').format(code(char))
    return Markup('<span class="mark">{}</span>').format(code(char))
