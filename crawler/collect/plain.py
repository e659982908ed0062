"""Text from a page as it can be stored: whole, or cut at a bound, without what UTF-8 cannot say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.lib.html_events import read_html

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str, limit: int | None = None) -> str:
    """Return a text cut at `limit` characters, with each lone surrogate as U+FFFD."""
    cut = text if limit is None or len(text) <= limit else text[:limit]
    return cut if cut.isascii() else _LONE_SURROGATE.sub("�", cut)


def noscript(html: str) -> str:
    """Return what a `noscript` would say: its content is no tree while scripts run."""
    said = _Said()
    read_html(html, said)
    return " ".join("".join(said.parts).split())


class _Said:
    """Collects the text and the alternative texts of a piece of HTML."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._mute = 0

    def on_start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._mute += tag in ("script", "style")
        self.parts += [
            f" {value} " for name, value in attributes.items() if name in ("alt", "title") and value
        ]

    def on_end(self, tag: str) -> None:
        self._mute -= tag in ("script", "style")

    def on_text(self, text: str) -> None:
        if not self._mute:
            self.parts.append(text)
