"""What the lines of a page say of a wall: whole words, folded and near each other (`words/walls.toml`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.lib import words
from crawler.lib.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.model.page_facts import ShownLine, Surface

_PARTS = re.compile(r"\s[|\u2013\u2014·•:»«/-]\s|\s?[|»«]\s?")
_EDGES = " .\u2026!?:;,*\"'\u201c\u201d\u2018\u2019()[]<>-\u2013\u2014|•·"
SUFFIX = "(?:mu|nya|ku)?"  # giliranmu, situsnya
MAX_SIGN_CHARS = 80


@dataclass(frozen=True)
class Said:
    """What a page says for one kind of wall: points, the numbers of its lines that say it, their words."""

    points: float
    lines: tuple[int, ...]
    signs: tuple[str, ...]


def said_of_wall(surface: Surface, entry: dict[str, Any]) -> Said:
    """Return what title and lines of a surface say for one kind of wall.

    Args:
        surface: The document or layer.
        entry: One of `words` in `walls.toml`.
    """
    weights = _data()["weights"]
    hits = [hit for part in _parts(surface.title) if (hit := _titled(part, surface.title, entry))]
    numbers, heading = [], False
    for number, line in enumerate(surface.lines):
        hit = None if line.place == "frame" else _weigh(line, entry)
        if hit:
            hits.append(hit)
            numbers.append(number)
            heading |= line.place == "heading" and hit[0] > weights["hints"]
    if not hits:
        return Said(0, (), ())
    hits.sort(key=lambda hit: -hit[0])
    further = {plain(sign) for _, sign in hits[1:]} - {plain(hits[0][1])}
    points = hits[0][0] + min(weights["more_most"], weights["more"] * len(further))
    if hits[0][0] <= weights["hints"]:  # words that any page may hold never make a wall alone
        points = min(points, weights["hints_most"])
    else:
        points += weights["heading"] * heading + _share(surface, frozenset(numbers))
        points += weights["reference"] * any(_refers(line.text) for line in surface.lines)
    return Said(points, tuple(numbers), tuple(f"“{sign[:MAX_SIGN_CHARS]}”" for _, sign in hits))


def is_one_of(text: str, phrases: Sequence[str]) -> bool:
    """Say whether a text is one of some phrases, whatever punctuation stands around it."""
    return _bare(text) in _bares(tuple(phrases))


def holds(text: str, phrases: Sequence[str]) -> bool:
    """Say whether a text holds one of some phrases as whole words."""
    return bool(_pattern(tuple(phrases)).search(_spaced(text)))


def count(text: str, phrases: Sequence[str]) -> int:
    """Count how many of some phrases a text holds as whole words."""
    return len({found.group() for found in _pattern(tuple(phrases)).finditer(plain(text))})


def prices(text: str) -> int:
    """Count the prices in a text."""
    return sum(len(re.findall(pattern, plain(text))) for pattern in _data()["content"]["prices"])


def beside(text: str) -> bool:
    """Say whether a line is of those that stand on any page: a number to quote, "try again", a copyright."""
    data, folded = _data()["beside"], plain(text)
    if len(folded.split()) > data["most_words"]:
        return False
    return holds(folded, data["phrases"]) or _refers(folded)


def joined(surface: Surface) -> str:
    """Return all lines of the page's own part as one text."""
    return "\n".join(line.text for line in surface.lines if line.place != "frame")


def places(url: str, row: dict[str, Any]) -> Iterator[tuple[float, str]]:
    """Yield the hosts and paths of a row that an address lies at, each with its weight.

    A path with a host name in front counts as much as a host; one alone may be any site's: it counts for 1.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return
    for name in row["hosts"]:
        if host == name or host.endswith(f".{name}"):
            yield max(row["weight"], _data()["weights"]["page_mark"]), name
    path = [part.casefold() for part in parts.path.split("/") if part]
    for wanted in row["paths"]:
        first, *rest = wanted.casefold().strip("/").split("/")
        if "." in first and host == first and path[: len(rest)] == rest:
            yield max(row["weight"], _data()["weights"]["page_mark"]), wanted
        elif "." not in first and path[-len(rest) - 1 :] == [first, *rest]:
            yield 1, f"/{wanted}"


def _refers(text: str) -> bool:
    """Say whether a line gives a number to quote."""
    return any(re.search(pattern, plain(text)) for pattern in _data()["beside"]["reference"])


def _read_as(text: str) -> str:
    """Return a text folded, with words that say the same made one."""
    same = _data()["same"]
    return _pattern(tuple(same)).sub(lambda found: same.get(found.group(), found.group()), plain(text))


def _titled(part: str, title: str, entry: dict[str, Any]) -> tuple[float, str] | None:
    """Return what one part of a title says: as a whole, or as a sentence that only a wall says."""
    weights = _data()["weights"]
    if is_one_of(part, entry["is"]):
        return weights["title_whole" if part == title else "title"], part
    if not _tells(part) and _spoken(tuple(entry["says"])).search(_read_as(part)):
        return weights["says"] - 1, part
    return None


def _weigh(line: ShownLine, entry: dict[str, Any]) -> tuple[float, str] | None:
    """Return what one line says: its weight and the words, or nothing."""
    weights = _data()["weights"]
    if is_one_of(line.text, entry["is"]):
        pressed = line.place in ("control", "link")
        return weights["hints"] if pressed else weights["is"], line.text.strip(_EDGES)
    if _tells(line.text):
        return None
    folded = _read_as(line.text)
    if found := _spoken(tuple(entry["says"])).search(folded):
        return weights["says"], line.text
    for pair in entry["pairs"]:
        if _stand_near(folded, pair):
            return weights["pair"], line.text
    if entry["hints"] and (found := _spoken(tuple(entry["hints"])).search(folded)):
        return weights["hints"], found.group()
    return None


def _tells(text: str) -> bool:
    """Say whether a line tells of something, as an article's or a product's heading does."""
    return bool(_starts(tuple(_data()["telling"]["starts"])).match(plain(text).strip(_EDGES)))


def _stand_near(folded: str, pair: dict[str, Any]) -> bool:
    """Say whether a word of each side stand near each other in one sentence."""
    for sentence in re.split(r"[.!?;]\s", folded):
        ones = _spoken(tuple(pair["one"])).finditer(sentence)
        others = list(_spoken(tuple(pair["other"])).finditer(sentence))
        for one in ones if others else ():
            for other in others:
                first, second = sorted((one, other), key=lambda match: match.start())
                between = sentence[first.end() : second.start()]
                if first.end() <= second.start() and len(between.split()) < pair["near"]:
                    return True
    return False


def _share(surface: Surface, numbers: frozenset[int]) -> float:
    """Return what the share of a page's words adds that stand in lines of a wall."""
    own = [
        (number, len(line.text.split()))
        for number, line in enumerate(surface.lines)
        if line.place != "frame" and (number in numbers or not beside(line.text))
    ]
    total = sum(size for _, size in own)
    if not total:
        return 0
    share = sum(size for number, size in own if number in numbers) / total
    return next((amount for bound, amount in _data()["weights"]["share"] if share >= bound), 0)


def _parts(title: str) -> list[str]:
    """Return a title and its parts, such as the page's name before the site's."""
    parts = [part for part in _PARTS.split(title) if part.strip()]
    return list(dict.fromkeys([title, *parts])) if len(parts) > 1 else [title]


def _spaced(text: str) -> str:
    """Return a text folded, with the parts of a name such as `cardNumber` or `postal_code` as words."""
    return plain(re.sub(r"(?<=[a-z])(?=[A-Z])|[_\[\].]", " ", text)) + " " + plain(text)


@lru_cache(maxsize=4_096)
def _bare(text: str) -> str:
    return plain(text).strip(_EDGES)


@cache
def _bares(phrases: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_bare, phrases))


@cache
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    ordered = sorted((plain(phrase) for phrase in phrases), key=len, reverse=True)
    return re.compile(
        rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered))}){SUFFIX}(?!\w)" if ordered else r"(?!)"
    )


@cache
def _spoken(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of phrases in which words that say the same are one, as `_read_as` makes them."""
    return _pattern(tuple(map(_read_as, phrases)))


@cache
def _starts(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(map(re.escape, sorted(phrases, key=len, reverse=True)))})(?!\w)")


def _data() -> dict[str, Any]:
    return words.load("walls")
