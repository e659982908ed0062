"""Changes single values of a JSON text and leaves every other byte of it as it was."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*+")(?P<colon>\s*+:)?|(?P<number>-?\d[\d.eE+-]*+)|[{}\[\]]', re.DOTALL
)


def change_values(source: str, change_value: Callable[[str, str], str]) -> tuple[str, tuple[str, ...]]:
    """Return a JSON text with its strings and whole numbers changed, and the names of its fields.

    Args:
        source: The text.
        change_value: Given the name of a field and its value as a string, returns the value to stand there.
            The values of a list have the name of the list; a name itself is given with an empty name.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    json.loads(source)
    names: dict[str, None] = {}
    above: list[str] = []
    kept, at, name = [], 0, ""
    for token in _TOKEN.finditer(source):
        if token["colon"]:
            name = json.loads(token["text"])
            names[name] = None
            old, new = name, change_value("", name)
        elif token["text"]:
            old = json.loads(token["text"])
            new = change_value(name, old)
        elif token["number"]:
            old = token["number"]
            new = change_value(name, old) if old.isdecimal() else old
        else:
            name = _name_after(token[0], name, above)
            continue
        if new != old:
            end = token.end("text") if token["text"] else token.end()
            kept += [source[at : token.start()], json.dumps(new, ensure_ascii=False)]
            at = end
    return "".join([*kept, source[at:]]), tuple(names)


def _name_after(bracket: str, name: str, above: list[str]) -> str:
    """Return the name that holds after a bracket. Closing one, it is that of the list around it."""
    if bracket in "{[":
        above.append(name)
        return name
    return above.pop()
