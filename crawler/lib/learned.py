"""Values that were seen once as secrets, found again wherever they stand in a text.

Finding them costs the same however many are known: the text is cut once into runs of letters and digits, and
each run is looked up. A value is filed under its longest run, with its place around it.
"""

from __future__ import annotations

import html
import re
from urllib.parse import quote, unquote

MAX_VALUES = 100_000
MAX_COOKIES = 1_000_000
MAX_CHARS = 65_536
# Values of one run that differ in length or place, as `id.1`, `id.22` … do; more are not looked for.
MAX_SHAPES = 16
_RUN = re.compile(r"[A-Za-z0-9]+")
# How many characters of a run may belong to an escape before it: %3Dvalue, \nvalue, \u003dvalue.
_ESCAPES = {"%": (2,), "\\": (1, 5)}


class Learned:
    """Known values and what replaces each.

    Attributes:
        full: Whether a value could not be taken in, so that it may stand unhashed somewhere.
    """

    def __init__(self) -> None:
        self.full = False
        self._hashes: dict[str, str] = {}
        self._shapes: dict[str, tuple[tuple[int, int], ...]] = {}

    def add(self, value: str, hashed: str, limit: int = MAX_VALUES) -> None:
        """Take in a value and the ways it is written in addresses, scripts and attributes.

        Args:
            value: What to look for.
            hashed: What stands in its place.
            limit: How many values may be known for this one to be taken in; else `full` is set.
        """
        if value in self._hashes:
            return
        if len(self._hashes) >= limit or len(value) > MAX_CHARS:
            self.full = True
            return
        for spelling in spellings(value):
            self._file_shape(spelling, hashed)

    def __len__(self) -> int:
        """Return how many spellings are looked for."""
        return len(self._hashes)

    def get(self, value: str) -> str | None:
        """Return what replaces a value that stands alone."""
        return self._hashes.get(value)

    def replace(self, text: str) -> str:
        """Return text with every known value replaced, in time linear in the text."""
        if not self._hashes:
            return text
        kept, at = [], 0
        for run in _RUN.finditer(text):
            found = self._known_at(text, run)
            if found and found[0] >= at:
                kept += [text[at : found[0]], self._hashes[text[found[0] : found[1]]]]
                at = found[1]
        return "".join([*kept, text[at:]]) if kept else text

    def _file_shape(self, value: str, hashed: str) -> None:
        self._hashes.setdefault(value, hashed)
        runs = list(_RUN.finditer(value))
        if not runs:
            return
        longest = max(runs, key=lambda run: len(run[0]))
        shapes, shape = self._shapes.get(longest[0], ()), (longest.start(), len(value))
        if shape in shapes:
            return
        if len(shapes) >= MAX_SHAPES:
            self.full = True
            return
        self._shapes[longest[0]] = tuple(sorted((*shapes, shape), key=lambda shape: -shape[1]))

    def _known_at(self, text: str, run: re.Match[str]) -> tuple[int, int] | None:
        before = text[run.start() - 1] if run.start() else ""
        for skipped in (0, *_ESCAPES.get(before, ())):
            for offset, length in self._shapes.get(run[0][skipped:], ()):
                start = run.start() + skipped - offset
                if start >= 0 and text[start : start + length] in self._hashes:
                    return start, start + length
        return None


def spellings(value: str) -> tuple[str, ...]:
    """Return a value as it is written in cookies, in addresses, in scripts and in attributes."""
    plain = unquote(value, errors="surrogateescape")
    try:
        encoded = quote(plain, safe="")
    except UnicodeEncodeError:
        encoded = value
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    several = (value, plain, encoded, encoded.replace("%20", "+"), escaped, plain.replace("/", "\\/"))
    return tuple(dict.fromkeys((*several, html.escape(plain))))
