"""Walls by their shape: a bare page that puts the visitor off, whatever words it chooses.

Block, error and waiting pages have in common what they lack (prices, fields, pictures, a site's own frame)
and what they hold: an apology, a "later", a number to quote, the visitor's own address, a status line, or one
field for a code. Which words are which is data: `shape` in `policies/words/walls.toml`.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from crawler.lib import words
from crawler.lib.text import plain
from crawler.model import wall_words

if TYPE_CHECKING:
    from crawler.model.page_facts import Surface

_CODE = r"[45]\d\d"
_STATUS_LINES = (
    rf"(?:http|error|err|status|kode|code)\W{{0,3}}(?:error|code|status|kode)?\W{{0,3}}({_CODE})\b",
    rf"({_CODE})\W{{0,3}}(?:error|kesalahan)\b",
)


def puts_off(surface: Surface) -> tuple[str, ...]:
    """Return the signs by which a bare page puts the visitor off; none where it does not, or is not bare."""
    if surface.fields or not _shows_nothing(surface):
        return ()
    data, lines = _data(), [plain(line.text) for line in surface.lines]
    status = [line for line in (plain(surface.title), *lines) if _is_status_line(line)]
    kinds: dict[str, str] = {"status": status[0]} if status else {}
    for kind in ("sorry", "later", "address"):
        for line in lines:
            if any(re.search(pattern, line) for pattern in data[kind]):
                kinds.setdefault(kind, line)
    if quoted := [line for line in lines if any(re.search(each, line) for each in data["number"])]:
        kinds["number"] = quoted[0]
    enough = "status" in kinds or (len(kinds) > 1 and bool({"sorry", "address"} & set(kinds)))
    return tuple(f"“{line[: wall_words.MAX_SIGN_CHARS]}”" for line in kinds.values()) if enough else ()


def asks_for_code(surface: Surface) -> tuple[str, ...]:
    """Return the signs of a bare page that asks for nothing but a code sent to the visitor."""
    data = _data()
    own = [field for field in surface.fields if not field.framing]
    asks = bool(own) and all(field.type in data["code_types"] for field in own)
    named = any(wall_words.holds(field.name, data["code_fields"]) for field in own)
    said = wall_words.count(wall_words.joined(surface), data["code_words"])
    alone = len(own) == 1 or (len(own) <= data["most_boxes"] and len({field.type for field in own}) == 1)
    if not (asks and alone and said and (named or said > 1) and _shows_nothing(surface)):
        return ()
    return ("field for a code",)


def _shows_nothing(surface: Surface) -> bool:
    """Say whether a page shows next to nothing, and nothing of a shop."""
    data, content = _data(), words.load("walls")["content"]
    text = wall_words.joined(surface)
    said = sum(len(line.text.split()) for line in surface.lines)
    links = sum(line.place in ("link", "frame") for line in surface.lines)
    pressed = any(wall_words.is_one_of(line.text, content["buttons"]) for line in surface.lines)
    return (
        said <= data["most_words"]
        and links <= data["most_links"]
        and surface.pictures <= 1
        and not pressed
        and not wall_words.prices(text)
        and not wall_words.count(text, content["words"])
    )


def _is_status_line(line: str) -> bool:
    """Say whether a line is that of an HTTP error: its number with its own phrase, or called an error."""
    if len(line.split()) > _data()["status_words"]:
        return False
    for status in HTTPStatus:
        if status >= HTTPStatus.BAD_REQUEST and re.match(
            rf"(?:http\S*\s+|error\s+)?{int(status)}\W{{0,3}}{re.escape(plain(status.phrase))}\b", line
        ):
            return True
    numbered = re.match(rf"(?:http\S*\s+)?{_CODE}\b", line)
    return any(re.match(pattern, line) for pattern in _STATUS_LINES) or (
        numbered is not None and wall_words.count(line, _data()["status_says"]) > 0
    )


def _data() -> dict[str, Any]:
    data: dict[str, Any] = words.load("walls")["shape"]
    return data
