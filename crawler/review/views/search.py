"""What a search finds: findings, pages, hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler.report.visible import visible
from crawler.store.index.listing import list_hosts
from crawler.store.index.search import search

if TYPE_CHECKING:
    from pathlib import Path

    from markupsafe import Markup

    from crawler.model.indexed import Hit, ListedHost

MOST_HITS = 50  # of findings, of pages and of hosts
_MARKS = ("\ue000", "\ue001")  # private use: no font has them, and text that does only gets marked


@dataclass(frozen=True)
class FoundText:
    """A finding or a page, with the words that were found as the odd pieces of its excerpt."""

    hit: Hit
    pieces: tuple[Markup, ...]
    address: str


@dataclass(frozen=True)
class Found:
    """Everything that a search finds; each list has at most `MOST_HITS`."""

    findings: tuple[FoundText, ...] = ()
    pages: tuple[FoundText, ...] = ()
    hosts: tuple[ListedHost, ...] = ()


def find(out: Path, words: str) -> Found:
    """Return what has all the words; a host, what its name holds of them as they stand.

    Raises:
        IndexUnavailable: there is no index, or it cannot be read.
    """
    if not words.strip():
        return Found()
    hits = [_text(hit) for hit in search(out, words, limit=MOST_HITS, marks=_MARKS)]
    return Found(
        findings=tuple(each for each in hits if each.hit.what == "finding"),
        pages=tuple(each for each in hits if each.hit.what == "page"),
        hosts=list_hosts(out, words.strip(), limit=MOST_HITS).items,
    )


def _text(hit: Hit) -> FoundText:
    begin, end = _MARKS
    before, *marked = hit.excerpt.split(begin)
    pieces = [visible(before)]
    for part in marked:
        word, _, rest = part.partition(end)
        pieces += [visible(word), visible(rest)]
    return FoundText(hit, tuple(pieces), f"/runs/{quote(hit.bundle)}/stages/{hit.visit}")
