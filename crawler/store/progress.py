"""How far a run is, as numbered lines of JSON that others read while it goes on: nothing is told twice.

The file is no evidence and lies outside the bundle. What a page makes happen again and again is told a number
of times only; the stages are always told.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from crawler.lib.clock import stamp

if TYPE_CHECKING:
    from pathlib import Path

EACH = 500  # lines of one kind of event; a journey has some twenty stages
MAX_TEXT_CHARS = 2_000
_MAX_READ_BYTES = 16 * 2**20
_TOLD = {
    "opened": ("root", "stages"),
    "stage": ("ordinal", "kind", "started"),
    "visit": ("ordinal", "kind", "reached", "reason"),
    "refusal": ("what", "word", "url"),
    "ended": ("by", "detail"),
    "error": ("message", "hint"),
    "judging": (),
    "judged": (),
}


class Told(NamedTuple):
    """One line: its number from 1, and what it says."""

    number: int
    event: dict[str, Any]


class ProgressFile:
    """Takes the events of one run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._counts: Counter[str] = Counter()

    def append(self, event: dict[str, Any]) -> None:
        """Write what is told of an event; a disk that does not take it does not end the run."""
        name = str(event["event"])
        if name not in _TOLD:
            return
        self._counts[name] += 1
        if self._counts[name] > EACH:
            return
        facts = event | {"stages": event["scenario"]["stages"]} if name == "opened" else event
        said = {key: _short(facts.get(key)) for key in _TOLD[name]}
        line = json.dumps({"event": name, "time": stamp(), **said}) + "\n"
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError:
            return


def read_progress(path: Path, after: int = 0) -> list[Told]:
    """Return the whole lines after a number; none where there is no file yet, or none that can be read."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_READ_BYTES)
    except OSError:
        return []
    lines = data.rpartition(b"\n")[0].splitlines()
    return [
        Told(number, event) for number, event in enumerate(map(_event, lines), 1) if number > after and event
    ]


def _event(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and found.get("event") in _TOLD else {}


def _short(value: Any) -> Any:
    return value[:MAX_TEXT_CHARS] if isinstance(value, str) else value
