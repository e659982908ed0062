"""Text from a page as it can be stored: whole, or cut at a bound, without what UTF-8 cannot say."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str, limit: int | None = None) -> str:
    """Return a text cut at `limit` characters, with each lone surrogate as U+FFFD."""
    cut = text if limit is None or len(text) <= limit else text[:limit]
    return cut if cut.isascii() else _LONE_SURROGATE.sub("�", cut)


def noscript(html: str) -> str:
    """Return what a `noscript` would say: its content is no tree while scripts run."""
    parser = _Said()
    parser.feed(html)
    parser.close()
    return " ".join("".join(parser.parts).split())


class _Said(HTMLParser):
    """Collects the text and the alternative texts of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._mute = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._mute += tag in ("script", "style")
        self.parts += [f" {value} " for name, value in attrs if name in ("alt", "title") and value]

    def handle_endtag(self, tag: str) -> None:
        self._mute -= tag in ("script", "style") and self._mute > 0

    def handle_data(self, data: str) -> None:
        if not self._mute:
            self.parts.append(data)
