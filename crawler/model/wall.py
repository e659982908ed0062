"""Tells a page that stands in the way of a stage from the stage: a check, a queue, a login, an error.

A page is judged as a whole. What it shows for a wall (title, sentences, marks of vendors in markup, headers,
addresses and frames) adds up; what a served page shows (prices, buttons and words of a shop, fields, other
text) takes away. Words, marks and weights are data: `policies/words/walls.toml`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from crawler.lib import words
from crawler.model import wall_shape, wall_words
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.model.evidence import Reason
    from crawler.model.page_facts import PageFacts, Surface

COVERING_SHARE = 0.5  # a frame that takes so much of the viewport is what a person sees
EMPTY_WORDS = 20  # a document that says no more than this stands for the frame in it
FRAME_SHARE = 0.08  # a frame smaller than this is a widget, whatever it says
MORE_MARKS = 5
LAYERED: frozenset[Reason] = frozenset({"challenge", "queue", "provider block"})
ERROR_STATUS = 400
UNAUTHORISED = 401
LEGAL_REASONS = 451


@dataclass(frozen=True)
class Wall:
    """What stands in the way, and the signs that told it, as the page or its server showed them."""

    reason: Reason
    signs: tuple[str, ...]

    @property
    def detail(self) -> str:
        """Return the signs in one line."""
        return "; ".join(dict.fromkeys(self.signs))


def wall(facts: PageFacts, stage: Stage) -> Wall | None:
    """Return what stands in the way of a stage, or nothing.

    Args:
        facts: The page as it is.
        stage: The stage that was meant. A login page is no wall in a stage of kind `login`.
    """
    found = max(_candidates(facts, stage), key=lambda each: each[0], default=None)
    if found is not None:
        signs = found[1].signs if facts.status is None else (*found[1].signs, *_http(facts.status))
        return replace(found[1], signs=signs)
    if facts.status == UNAUTHORISED and stage is not Stage.LOGIN:
        return Wall("login wall", _http(facts.status))
    if facts.status == LEGAL_REASONS:
        return Wall("restricted", _http(facts.status))
    if facts.status is not None and facts.status >= ERROR_STATUS:
        return Wall("error page", _http(facts.status))
    return _nothing(facts)


def shows_content(facts: PageFacts) -> bool:
    """Say whether a page shows something of its own: a wall that comes later hides what was seen."""
    served = facts.main
    return (
        bool(served.fields or served.pictures)
        or _takes(_whole(facts), ()) > 0
        or _count_words(served) > EMPTY_WORDS
    )


def _http(status: int) -> tuple[str, ...]:
    return (f"HTTP {status}",) if status >= ERROR_STATUS else ()


def _candidates(facts: PageFacts, stage: Stage) -> Iterator[tuple[float, Wall]]:
    """Yield the walls that are there, each with its points."""
    at = _data()["weights"]["info_at" if stage is Stage.INFO else "at"]
    for surface, only in _surfaces(facts):
        for entry in _data()["words"]:
            reason: Reason = entry["reason"]
            if (only and reason not in only) or (reason == "login wall" and stage is Stage.LOGIN):
                continue
            points, signs = _points(facts, surface, entry)
            if points >= at:
                yield points, Wall(reason, tuple(signs[:MORE_MARKS]))
        yield from ((at, each) for each in _shaped(surface, stage) if not only or each.reason in only)
    document = _bare_document(facts, stage)
    if document:
        yield at, document


def _shaped(surface: Surface, stage: Stage) -> Iterator[Wall]:
    """Yield what a surface is by its shape alone, whatever words it chooses."""
    if surface.read and (signs := wall_shape.puts_off(surface)):
        yield Wall("error page", signs)
    if stage not in (Stage.LOGIN, Stage.PAYMENT) and (signs := wall_shape.asks_for_code(surface)):
        yield Wall("login wall", signs)  # at payment it may be the bank's


def _surfaces(facts: PageFacts) -> Iterator[tuple[Surface, frozenset[Reason] | None]]:
    """Yield what may be a wall: the page with what its frames say, frames that fill it, layers over it."""
    yield _whole(facts), None
    bare = _count_words(facts.main) <= EMPTY_WORDS and not _takes(facts.main, ())
    for frame in facts.frames:
        if frame.share >= COVERING_SHARE or (bare and frame.share >= FRAME_SHARE):
            yield frame, None if bare else LAYERED
    for cover in facts.covers:
        yield cover, LAYERED


def _whole(facts: PageFacts) -> Surface:
    """Return the page with what its larger frames show, which is part of what a person sees."""
    seen = [frame for frame in facts.frames if frame.share >= FRAME_SHARE and frame.read]
    main = facts.main
    return replace(
        main,
        lines=(*main.lines, *(line for frame in seen for line in frame.lines)),
        fields=(*main.fields, *(field for frame in seen for field in frame.fields)),
        pictures=main.pictures + sum(frame.pictures for frame in seen),
    )


def _points(facts: PageFacts, surface: Surface, entry: dict[str, Any]) -> tuple[float, list[str]]:
    """Return how much a surface looks like one kind of wall, and by which signs."""
    weights, reason = _data()["weights"], entry["reason"]
    said = wall_words.said_of_wall(surface, entry)
    points, signs = said.points, list(said.signs)
    marks = [*_marks(facts, surface, reason), *_address(surface, reason)]
    points += max((weight for weight, _ in marks), default=0)
    signs += [sign for _, sign in marks]
    if reason == "login wall":
        login = _login(surface)
        points += sum(weight for weight, _ in login)
        signs += [sign for _, sign in login]
    if not points and reason == "challenge" and (widget := _bare_widget(surface)):
        points, signs = _data()["weights"]["widget_alone"], [widget]
    if not points:
        return 0, []
    points += _support(facts, surface, reason, said=bool(said.points))
    if facts.status is not None and facts.status >= ERROR_STATUS:
        points += weights["status"]
    return points - _takes(surface, said.lines, reason), signs


def _marks(facts: PageFacts, surface: Surface, reason: Reason) -> Iterator[tuple[float, str]]:
    """Yield what only a vendor's own page has: in markup, in a frame's address, in the server's words."""
    weights = _data()["weights"]
    for vendor in _vendors(reason):
        for name, value in vendor.get("headers", {}).items():
            if name in facts.headers and value in ("", facts.headers[name]):
                yield weights["header"], f"{vendor['name']}: {name}"
        for needle in vendor["page"]:
            if needle in surface.source:
                yield weights["page_mark"], f"{vendor['name']}: {needle}"
                break
        for needle in vendor.get("frames", ()):
            if surface is not facts.main and needle in surface.url and surface.share < 1:
                yield weights["page_mark"], f"{vendor['name']}: {needle}"


def _address(surface: Surface, reason: Reason) -> Iterator[tuple[float, str]]:
    for row in _data()["address"]:
        if row["reason"] == reason:
            yield from wall_words.places(surface.url, row)


def _support(facts: PageFacts, surface: Surface, reason: Reason, *, said: bool) -> float:
    """Return what widgets and cookies add: little, and only beside words, as served pages have them too."""
    vendors = _vendors(reason)
    if not said:
        return 0
    widget = any(needle in surface.source for vendor in vendors for needle in vendor["widget"])
    cookie = any(
        name.startswith(tuple(vendor["cookies"]))
        for vendor in vendors
        if vendor.get("cookies")
        for name in facts.cookies
    )
    return float(_data()["weights"]["support"] * (widget or cookie))


def _bare_widget(surface: Surface) -> str:
    """Return the mark of a widget that stands on a page with next to nothing else; empty if there is none."""
    if surface.fields or surface.pictures or _count_words(surface) > _data()["content"]["few_words"]:
        return ""
    return next(
        (
            mark
            for vendor in _data()["vendor"]
            for mark in vendor.get("elements", ())
            if mark in surface.source
        ),
        "",
    )


def _login(surface: Surface) -> list[tuple[float, str]]:
    """Return what the fields of a page say for a login: those in a page's header are on every page."""
    data = _data()["login"]
    own = [field for field in surface.fields if not field.framing]
    pressed = [
        line.text
        for line in surface.lines
        if line.place == "control" and wall_words.is_one_of(line.text, data["buttons"])
    ]
    found: list[tuple[float, str]] = []
    if any(field.type == "password" for field in own):
        found.append((data["password"], "password field"))
    if (pressed or found) and own:
        if any(
            wall_words.holds(field.name, data["identifiers"]) or field.type in ("email", "tel")
            for field in own
        ):
            found.append((data["identifier"], "field for a name"))
        if pressed and found:
            found.append((data["button"], f"“{pressed[0]}”"))
    return found


def _takes(surface: Surface, lines: Iterable[int], reason: str = "") -> float:
    """Return what a surface shows of a served page: the more, the less it is a wall."""
    data, told = _data()["content"], frozenset(lines)
    text = wall_words.joined(surface)
    prices = wall_words.prices(text)
    pressed = any(
        line.place in ("control", "link", "main", "form") and wall_words.is_one_of(line.text, data["buttons"])
        for line in surface.lines
    )
    takes = _stepped(_rest(surface, told), data["rest_words"]) + _stepped(prices, data["price"])
    takes += _stepped(surface.pictures, data["pictures"]) + data["button"] * pressed
    takes += min(data["word_most"], data["word"] * wall_words.count(text, data["words"]))
    own = [field for field in surface.fields if field.type != "password"]
    takes += data["fields"] * any(wall_words.holds(field.name, data["field_names"]) for field in own)
    takes += data["other_heading"] * (reason != "login wall" and _headed_otherwise(surface, told))
    if reason == "login wall" and wall_words.count(text, data["guest"]):
        takes += data["guest_weight"]
    return float(takes)


def _headed_otherwise(surface: Surface, told: frozenset[int]) -> bool:
    """Say whether a page's own headings say something, and nothing of a wall."""
    headings = [number for number, line in enumerate(surface.lines) if line.place == "heading"]
    speaks = _data()["addressing"]["words"]
    texts = [surface.lines[number].text for number in headings]
    own = [text for text in texts if not wall_words.beside(text) and not wall_words.holds(text, speaks)]
    return bool(own) and not told & set(headings)


def _rest(surface: Surface, told: frozenset[int]) -> int:
    """Count the words of the page's own part that no line of a wall holds."""
    return sum(
        len(line.text.split())
        for number, line in enumerate(surface.lines)
        if number not in told
        and line.place in ("main", "heading", "form")
        and not wall_words.beside(line.text)
    )


def _count_words(surface: Surface) -> int:
    return sum(len(line.text.split()) for line in surface.lines)


def _stepped(value: int, steps: list[list[float]]) -> float:
    """Return the amount beside the first bound that a value reaches; bounds fall."""
    return next((amount for bound, amount in steps if value >= bound), 0)


def _bare_document(facts: PageFacts, stage: Stage) -> Wall | None:
    """Return an answer that is no page: a JSON or XML body, or a bare line of text, in place of one."""
    plain = facts.content_type.partition(";")[0].strip() == "text/plain" and stage is not Stage.INFO
    if plain and re.match(words.load("walls")["plain_text"]["errors"], _text(facts)):
        return Wall("error page", ("text/plain",))
    if facts.content_type.partition(";")[0].strip().endswith("json"):
        return Wall("error page", ("JSON",))
    text = _text(facts)
    if text.startswith("<?xml") or facts.main.source.lstrip().startswith("<Error"):
        return Wall("error page", ("XML",))
    if text[:1] in ("{", "["):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return Wall("error page", ("JSON",)) if "json" in facts.content_type else None
        return Wall("error page", ("JSON",))
    return None


def _text(facts: PageFacts) -> str:
    return "\n".join(line.text for line in facts.main.lines).strip()


def _nothing(facts: PageFacts) -> Wall | None:
    """Return a page that shows nothing at all."""
    whole = _whole(facts)
    shown = whole.lines or whole.fields or whole.paints or whole.pictures or facts.covers
    unread = not facts.main.read or any(frame.share >= FRAME_SHARE for frame in facts.frames)
    return None if shown or unread else Wall("empty page", ())


@cache
def _data() -> dict[str, Any]:
    return words.load("walls")


@cache
def _vendors(reason: str) -> tuple[dict[str, Any], ...]:
    return tuple(each for each in _data()["vendor"] if each.get("reason", "challenge") == reason)
