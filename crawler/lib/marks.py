"""Which stages of a shopping journey a page bears the marks of: by its text, names, address, fields, frames.

The marks are data (`policies/words/stages.toml`), Indonesian and English. A page may bear several stages, as
a one-page checkout does, or none, as a wall does. Time and size are bounded; a reading says if it was cut.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from crawler.lib import words
from crawler.lib.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MAX_TEXT_CHARS = 60_000
MAX_LINE_CHARS = 1_000
MAX_NAMES = 40  # headings, frames
MAX_FIELDS = 300
MAX_HITS = 40  # places of one phrase that are looked at
SHORT_PIECE_WORDS = 6  # a phrase in a longer piece is told about, not offered

_NAME_LIKE = frozenset({"name", "address"})  # what a wall in the place of a page may keep
_PIECES = re.compile(r"[\n,;|•·\u203a»→]+|(?<=\w{3}[.!?])\s")
_BARE = re.compile(r"[^\w%]+")
_COUNT = re.compile(r"\(?\b[\d.,]+( ?(kg|g|gr))?\b\)?")
_TITLE_PARTS = re.compile(r"\s[|\u2013—·•:-]+\s|[|\u2013—:·•]")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+")
_PRICE = re.compile(
    r"\b(rp|idr)\.?\s?\d|[$€£¥₹]\s?\d|\d\s?(usd|eur|sgd|myr|rupiah)\b|\brm\s?\d|\d[.,]?\s?[€£]"
)
_SUFFIX = "(?:mu|nya|ku)?"


@dataclass(frozen=True)
class MarkedPage:
    """What can be read of a page.

    Attributes:
        text: What a person can read, one block a line.
        title: The document's title.
        address: Where it is.
        headings: Its headings, those of header and footer left out; None where they are not known.
        fields: Names, ids and autocomplete words of its form fields.
        frames: Addresses of the frames in it.
    """

    text: str
    title: str = ""
    address: str = ""
    headings: tuple[str, ...] | None = None
    fields: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()


class StageReading(NamedTuple):
    """How far a page bears a stage: the weights of the marks that were found, and what makes enough."""

    stage: str
    points: int
    enough: int
    found: tuple[str, ...]
    content: bool
    cut: bool

    @property
    def borne(self) -> bool:
        """Whether the page bears the stage. Name and address alone are never enough."""
        return self.content and self.points >= self.enough


def stages(page: MarkedPage) -> frozenset[str]:
    """Return the stages whose marks a page bears, by the names that `model.scenario.Stage` has."""
    return frozenset(stage for stage, reading in weigh_stages(page).items() if reading.borne)


def weigh_stages(page: MarkedPage) -> dict[str, StageReading]:
    """Return how far a page bears each stage that has marks."""
    data = words.load("stages")
    seen = _Seen(page)
    if not seen.words or re.match(data["no_page"], page.text[:MAX_TEXT_CHARS], re.DOTALL):
        return {
            stage: StageReading(stage, 0, own["enough"], (), False, seen.cut)
            for stage, own in data["stages"].items()
        }
    against = [mark for mark in data["against"] if seen.weight(mark)]
    return {stage: _reading(stage, own, seen, against) for stage, own in data["stages"].items()}


def looked_for(stage: str) -> tuple[str, ...]:
    """Return the marks that speak for a stage, as reports name them; nothing for a stage without marks."""
    own = words.load("stages")["stages"].get(stage, {"marks": ()})
    return tuple(dict.fromkeys(map(_displayed_mark, (mark for mark in own["marks"] if mark["weight"] > 0))))


def shopping() -> frozenset[str]:
    """Return the stages that are a shop's own surfaces."""
    return frozenset(words.load("stages")["shopping"])


def _reading(stage: str, own: Mapping[str, Any], seen: _Seen, against: list[dict[str, Any]]) -> StageReading:
    points, told = {}, {}
    content = False
    less = sum(mark["weight"] for mark in against if stage not in mark.get("spares", ()))
    seen.start()
    for mark in own["marks"]:
        weight = seen.weight(mark)
        if weight:
            points[mark["name"]], told[mark["name"]] = weight, _displayed_mark(mark)
            content |= weight > 0 and mark["of"] not in _NAME_LIKE
    found = tuple(name for name, weight in points.items() if weight > 0)
    content &= not own.get("one_of") or any(name in own["one_of"] for name in found)
    found = tuple(dict.fromkeys(told[name] for name in found))
    return StageReading(stage, sum(points.values()) + less, own["enough"], found, content, seen.cut)


def _displayed_mark(mark: Mapping[str, Any]) -> str:
    return str(mark.get("told", mark["name"]))


class _Seen:
    """A page made comparable, once for all marks."""

    def __init__(self, page: MarkedPage) -> None:
        self._page = page
        text = page.text[:MAX_TEXT_CHARS]
        rows = [plain(row[:MAX_LINE_CHARS]) for row in text.splitlines()]
        self.rows = "\n".join(dict.fromkeys(filter(None, rows)))
        self.start()
        self.words = len(re.findall(r"\w+", self.rows))
        long = any(len(row) > MAX_LINE_CHARS for row in text.splitlines())
        self.cut = len(page.text) > MAX_TEXT_CHARS or long or len(page.fields) > MAX_FIELDS

    def weight(self, mark: Mapping[str, Any]) -> int:
        """Return what a mark weighs here; 0 where it is not found, or does not count."""
        if mark.get("short") and self.words > words.load("stages")["short_page_words"]:
            return mark["weight"] if self._in_name(mark) else 0
        how: dict[str, Callable[[Mapping[str, Any]], int]] = {
            "name": self._named,
            "text": self._phrase,
            "words": self._some_words,
            "pattern": self._pattern,
            "price": self._priced,
            "field": self._field,
            "address": self._address,
            "frame": self._frame,
        }
        return how[mark["of"]](mark)

    @cached_property
    def _pieces(self) -> str:
        """Return the rows cut where a phrase ends, joined again by new lines."""
        return "\n".join(dict.fromkeys(piece.strip() for piece in _PIECES.split(self.rows) if piece.strip()))

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """Return the page's names: headings and parts of the title, without counts and punctuation."""
        page = self._page
        title = plain(page.title[:MAX_LINE_CHARS])
        headings = [plain(each[:MAX_LINE_CHARS]) for each in (page.headings or ())[:MAX_NAMES]]
        if page.headings is None:
            headings = self.rows.splitlines()[:1]
        return tuple(
            dict.fromkeys(filter(None, map(_without_counts, [*headings, title, *_TITLE_PARTS.split(title)])))
        )

    @cached_property
    def _main(self) -> tuple[str, ...]:
        """Return the names of the page as a whole: its first heading and its title, in parts too."""
        parts = {
            _without_counts(part) for part in _TITLE_PARTS.split(plain(self._page.title[:MAX_LINE_CHARS]))
        }
        headings = self.rows.splitlines() if self._page.headings is None else self._page.headings
        first = _without_counts(plain(headings[0][:MAX_LINE_CHARS])) if headings else ""
        return tuple(name for name in self._names if name == first or name in parts)

    def start(self) -> None:
        """Begin with another stage: no row has been taken for its name yet."""
        self._taken, self._besides = "", self.rows

    def _named(self, mark: Mapping[str, Any]) -> int:
        """Return what a name weighs, and take the row that it stands in: that is no content besides."""
        beginnings = tuple(f"{phrase} " for phrase in mark["words"])
        except_names = tuple(mark.get("except_names", ()))
        for name in self._main if mark.get("main") else self._names:
            whole = name in mark["words"]
            begins = (
                name.startswith(beginnings)
                and len(name.split()) <= _longest(name, mark["words"]) + mark["more"]
            )
            if (whole or begins) and not name.startswith(except_names or ("\n",)):
                self._taken = name
                self._besides = "\n".join(
                    row for row in self.rows.splitlines() if _without_counts(row) != name
                )
                return int(mark["weight"])
        return 0

    def _phrase(self, mark: Mapping[str, Any]) -> int:
        best = 0
        for phrase in mark["words"]:
            if phrase in self._pieces:
                best = max(best, self._place(phrase, mark["weight"])) if mark["weight"] > 0 else best
                if mark["weight"] < 0 and self._place(phrase, 1):
                    return int(mark["weight"])
        return best

    def _place(self, phrase: str, weight: int) -> int:
        """Return the most that a phrase weighs at one of its places."""
        best = 0
        for number, hit in enumerate(_pattern(phrase).finditer(self._pieces)):
            start = self._pieces.rfind("\n", 0, hit.start()) + 1
            end = self._pieces.find("\n", hit.end())
            piece = self._pieces[start : end if end >= 0 else None]
            if self._taken and _without_counts(piece) == self._taken:
                continue
            best = max(best, weight if len(piece.split()) <= SHORT_PIECE_WORDS else min(weight, 1))
            if best == weight or number >= MAX_HITS:
                break
        return best

    def _some_words(self, mark: Mapping[str, Any]) -> int:
        rows = self._besides
        found = sum(word in rows and bool(_pattern(word).search(rows)) for word in mark["words"])
        return int(mark["weight"]) if found >= mark["at_least"] else 0

    def _pattern(self, mark: Mapping[str, Any]) -> int:
        return int(mark["weight"]) if any(re.search(each, self._besides) for each in mark["words"]) else 0

    def _in_name(self, mark: Mapping[str, Any]) -> bool:
        names = "\n".join(
            [*(plain(each) for each in (self._page.headings or ())[:MAX_NAMES]), plain(self._page.title)]
        )
        return mark["of"] == "pattern" and any(re.search(each, names) for each in mark["words"])

    def _priced(self, mark: Mapping[str, Any]) -> int:
        return int(mark["weight"]) if _PRICE.search(self.rows) else 0

    def _field(self, mark: Mapping[str, Any]) -> int:
        found = self._field_words & set(mark["words"])
        return int(mark["weight"]) if len(found) >= mark.get("at_least", 1) else 0

    @cached_property
    def _field_words(self) -> frozenset[str]:
        return frozenset(word for name in self._page.fields[:MAX_FIELDS] for word in _joined(name[:200]))

    def _address(self, mark: Mapping[str, Any]) -> int:
        return (
            int(mark["weight"]) if _address_words(self._page.address, host=False) & set(mark["words"]) else 0
        )

    def _frame(self, mark: Mapping[str, Any]) -> int:
        frames: Iterable[str] = self._page.frames[:MAX_NAMES]
        met = any(_address_words(address, host=True) & set(mark["words"]) for address in frames)
        return int(mark["weight"]) if met else 0


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    before = r"(?<!\w)" if phrase[0].isalnum() else ""
    after = rf"{_SUFFIX}(?!\w)" if phrase[-1].isalnum() else ""
    return re.compile(before + re.escape(phrase) + after)


def _without_counts(name: str) -> str:
    """Return a name without counts, weights and punctuation: `Keranjang (2)` as `keranjang`."""
    return " ".join(_BARE.sub(" ", _COUNT.sub(" ", name)).split())


def _longest(name: str, phrases: Iterable[str]) -> int:
    return max((len(phrase.split()) for phrase in phrases if name.startswith(f"{phrase} ")), default=0)


def _joined(name: str) -> set[str]:
    """Return the words of a field's name, and each two and three in a row as one."""
    parts = [part.lower() for part in _HUMP.split(name) if part]
    runs = {"".join(parts[at : at + size]) for size in (1, 2, 3) for at in range(len(parts) - size + 1)}
    return runs | {"".join(parts)}


def _address_words(address: str, *, host: bool) -> set[str]:
    """Return the words of path and fragment of an address, each segment joined too, and those of its host."""
    try:
        parts = urlsplit(address[:MAX_LINE_CHARS])
    except ValueError:
        return set()
    told = f"{parts.path}/{parts.fragment}" + (f"/{parts.hostname or ''}" if host else "")
    segments = re.split(r"[/?&=]+", unquote(told, errors="replace"))
    return {
        word for segment in segments for word in _joined(segment.removesuffix(".html").removesuffix(".php"))
    }
