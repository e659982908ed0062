"""Names that are made to look like a known one: under another domain, in other letters, one sign away."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from crawler.lib import words
from crawler.lib.hosts import registrable
from crawler.lib.text import fold

if TYPE_CHECKING:
    from crawler.derive.hosts import HostTable

MIN_CHARS = 6  # shorter names are one sign away from too many words


def resembles(host: str, table: HostTable) -> str:
    """Return what an unknown host is made to look like: a known domain or a brand; empty if nothing.

    Args:
        host: A normalised host that no row of the table names.
        table: The rows that hold.
    """
    labels = host.split(".")
    if len(labels) < 2:
        return ""
    return _known_domain_in_front(labels, table) or _brand_in_other_letters(registrable(host))


def _known_domain_in_front(labels: list[str], table: HostTable) -> str:
    """Return the known domain that stands before another one: `tokopedia.com.evil.test`."""
    for start in range(len(labels) - 2):
        for end in range(len(labels) - 1, start + 1, -1):
            name = ".".join(labels[start:end])
            row = table.exact(name) or table.suffix(name)
            if row is not None and registrable(name) == registrable(row.host):
                return registrable(name)
    return ""


def _brand_in_other_letters(domain: str) -> str:
    """Return the brand that a label spells in other letters, or with one sign more, less or changed."""
    label = _unicode(domain.partition(".")[0])
    parts = [part for part in (label, *label.split("-")) if part]
    folded = [(part, fold(part)) for part in parts]
    for brand, folded_brand in _brands():
        for part, shape in folded:
            if part != brand and (shape == folded_brand or _near(shape, folded_brand)):
                return brand
    return ""


def _near(one: str, other: str) -> bool:
    """Say whether one sign was added, left out, changed or two neighbours swapped; long names only."""
    if min(len(one), len(other)) < MIN_CHARS or abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    a, b = one[start:], other[start:]
    swapped = a[:2] == b[:2][::-1] and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped


def _unicode(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return label


@cache
def _brands() -> tuple[tuple[str, str], ...]:
    names = words.load("stack-marks")["names"].values()
    return tuple((brand, fold(brand)) for brands in names for brand in brands if len(brand) >= MIN_CHARS)
