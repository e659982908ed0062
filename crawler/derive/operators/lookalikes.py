"""Names that look like a known one: under another domain, in other letters, with words around, one sign away.

The known names are those of the two sides and of everybody who takes payment, from the table of hosts. Short
names and ordinary words are known by letters of other alphabets alone: `dana.id` with one Cyrillic
letter is told, `danamon` and `dokumen` are not. What is told is a likeness, never an intention.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from rapidfuzz.distance import OSA

from crawler.derive.operators.groups import groups
from crawler.lib import words
from crawler.lib.hosts import registrable
from crawler.lib.text import fold

if TYPE_CHECKING:
    from crawler.derive.operators.hosts import HostRow, HostTable

TAKES = frozenset({"yes", "sandbox"})
SIDES = groups().sides
NOT_NAMES = frozenset({"cdn", "telemetry", "ads", "dns-tail", "cloud", "anti-fraud", "captcha"})
MIN_LATIN_CHARS = 4  # a digit for a letter in a shorter name is chance
BEYOND_LATIN = 0x250  # the first sign after Unicode's block Latin Extended-B
_DOUBLED = re.compile(r"(.)\1+")


class _Known(NamedTuple):
    """A known name, its letters folded, and the public suffixes it is known under."""

    name: str
    shape: str
    suffixes: frozenset[str]


def resembles(host: str, table: HostTable) -> str:
    """Return what an unknown host looks like: a known domain or a name; empty if nothing.

    Args:
        host: A normalised host that no row of the table names.
        table: The rows that hold.
    """
    labels = host.split(".")
    if len(labels) < 2:
        return ""
    return _known_domain_in_front(labels, table) or _by_label(host, labels, table)


def _known_domain_in_front(labels: list[str], table: HostTable) -> str:
    """Return the known domain in front of another one: `tokopedia.com.evil.test`, `tokopedia.com-x.id`."""
    for start in range(len(labels) - 1):
        for end in range(len(labels) - 1, start, -1):
            *front, last = labels[start : end + 1]
            for name in (".".join(labels[start:end]), ".".join((*front, last.partition("-")[0]))):
                row = table.exact(name) or table.suffix(name) if "." in name else None
                if row is not None and registrable(name) == registrable(row.host):
                    return registrable(name)
    return ""


def _by_label(host: str, labels: list[str], table: HostTable) -> str:
    """Return the name that the registered label looks like, or one below it that is dressed up."""
    domain = registrable(host)
    own, _, suffix = domain.partition(".")
    known = _names_by_length(table)
    if found := _like(_unicode(own), suffix, known):
        return found
    below = [_unicode(label) for label in labels[: len(labels) - domain.count(".") - 1]]
    anywhere = _lookalike_data()["anywhere"]
    for label in below:
        for each in known:
            dressed = label != each.name and _in_other_letters(label, each, suffix)
            if dressed or (each.name in anywhere and each.shape in fold(label)):
                return each.name
    return ""


def _like(label: str, suffix: str, known: tuple[_Known, ...]) -> str:
    parts = [part for part in dict.fromkeys((label, *label.split("-"))) if part]
    ways: tuple[Any, ...] = (_is_same_part, _in_other_letters, _glued, _is_near_part)
    for way in ways:
        for part in parts:
            for each in known:
                if way(part, each, suffix):
                    return each.name
    return ""


def _is_same_part(part: str, known: _Known, _: str) -> bool:
    return (
        part == known.name
        and len(part) >= _lookalike_data()["min_chars"]
        and part not in _lookalike_data()["ordinary"]
    )


def _in_other_letters(part: str, known: _Known, suffix: str) -> bool:
    """Say whether a label spells a name in other letters, with accents, digits or pairs of letters."""
    if part == known.name or abs(len(part) - len(known.name)) > len(known.name) // 3:
        return False
    if fold(part) == known.shape:
        if part.isascii():
            return len(part) >= MIN_LATIN_CHARS or suffix in known.suffixes
        return len(part) > _lookalike_data()["min_chars"] or suffix in known.suffixes or _mixed(part)
    long = (
        len(known.name) > _lookalike_data()["min_chars"] and known.name not in _lookalike_data()["ordinary"]
    )
    return long and known.shape in _respelt(part)


def _mixed(part: str) -> bool:
    """Say whether a label holds letters that are no Latin ones: a Cyrillic a, a Greek o."""
    return any(ord(char) >= BEYOND_LATIN and char.isalpha() for char in part)


def _glued(part: str, known: _Known, _: str) -> bool:
    """Say whether a label is a name with words around it: `paytokopedia`, `xendit-bayar`, `midtrans88`."""
    data = _lookalike_data()
    shape = fold(part)
    if known.name in data["ordinary"] or len(known.name) < data["min_chars"] or known.shape not in shape:
        return False
    if any(fold(other) in shape for other in data["other_words"]):
        return False
    if known.name in data["anywhere"]:
        return True
    before, _, after = shape.partition(known.shape)
    return all(_glue().fullmatch(rest) is not None for rest in (before, after))


def _is_near_part(part: str, known: _Known, _: str) -> bool:
    """Say whether one sign was added, left out or changed; in shorter names only a doubled or swapped one."""
    data = _lookalike_data()
    if known.name in data["ordinary"] or len(known.name) < data["min_chars"] + 1:
        return False
    shape = fold(part)
    if len(known.name) >= data["near_chars"] and len(part) >= data["near_chars"] - 1:
        return int(OSA.distance(shape, known.shape, score_cutoff=1)) == 1
    doubled = len(shape) == len(known.shape) + 1 and _single(shape) == _single(known.shape)
    same_letters = sorted(shape) == sorted(known.shape)
    return doubled or (same_letters and int(OSA.distance(shape, known.shape, score_cutoff=1)) == 1)


def _single(text: str) -> str:
    return _DOUBLED.sub(r"\1", text)


def _respelt(part: str) -> set[str]:
    """Return the shapes that a label has when digits and pairs of letters are read as other letters."""
    data = _lookalike_data()
    digits = fold(part.translate(str.maketrans(data["leet"])))
    found = {digits}
    for pair, letter in data["pairs"].items():
        found |= {shape.replace(fold(pair), fold(letter)) for shape in tuple(found)}
    return found


def _unicode(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return label


def _lookalike_data() -> dict[str, Any]:
    return words.load("lookalikes")


@cache
def _glue() -> re.Pattern[str]:
    listed = sorted({fold(each) for each in _lookalike_data()["glue"]}, key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(map(re.escape, listed))}|[\d-])*")


@lru_cache(maxsize=8)
def _names_by_length(table: HostTable) -> tuple[_Known, ...]:
    """Return the names of a table, the longest first."""
    suffixes: dict[str, set[str]] = {}
    for row in table.rows:
        if _counts(row):
            name, _, suffix = registrable(row.host).partition(".")
            suffixes.setdefault(name, set()).add(suffix)
    named = sorted(suffixes, key=lambda name: (name not in _lookalike_data()["anywhere"], -len(name), name))
    return tuple(_Known(name, fold(name), frozenset(suffixes[name])) for name in named)


def _counts(row: HostRow) -> bool:
    domain = row.match in ("host", "suffix")
    return domain and (row.payment in TAKES or (row.name_class in SIDES and row.role not in NOT_NAMES))
