"""Keeps notices and how they stood after each night: `nights/notices.jsonl`, append-only and hash-chained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from crawler.errors import JournalBroken
from crawler.model.notice import Notice, NoticeNight, Standing
from crawler.store.journal import Journal, facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from pathlib import Path

NOTICES = "notices.jsonl"
_LINE: TypeAdapter[Notice | NoticeNight] = TypeAdapter(Notice | NoticeNight)


def standings(nights: Path, *, before: date | None = None) -> tuple[Standing, ...]:
    """Return all notices by their number, each with its last night, or its last `before` a night.

    Raises:
        JournalBroken: somebody changed the record, or it holds what no Pantau writes.
        JournalUnwritable: it cannot be read.
    """
    lines = _lines(Journal(nights / NOTICES))
    return _standings([line for line in lines if not before or _is_before(line, before)])


def give_notice(nights: Path, notice: Callable[[int, tuple[Standing, ...]], Notice]) -> Notice:
    """Append the notice that `notice` makes of the next number and of what stands already, and return it.

    Raises:
        JournalBroken: as for `standings`; nothing is appended.
        JournalUnwritable: the disk does not take it.
    """
    journal = Journal(nights / NOTICES)
    with journal.turn() as append:
        known = _standings(_lines(journal))
        made = notice(len(known) + 1, known)
        append(made.model_dump(mode="json"))
    return made


def record_night(nights: Path, told: Iterable[NoticeNight]) -> tuple[NoticeNight, ...]:
    """Append how notices stood after a night, each once a night; return the lines that are new.

    Raises:
        JournalBroken: as for `standings`; nothing is appended.
        JournalUnwritable: the disk does not take it.
    """
    journal = Journal(nights / NOTICES)
    with journal.turn() as append:
        known = {(line.notice, line.night) for line in _lines(journal) if isinstance(line, NoticeNight)}
        new = tuple(line for line in told if (line.notice, line.night) not in known)
        for line in new:
            append(line.model_dump(mode="json"))
    return new


def _lines(journal: Journal) -> list[Notice | NoticeNight]:
    found = []
    for entry in journal.entries():
        try:
            found.append(_LINE.validate_json(_json(entry)))
        except ValidationError as error:
            raise JournalBroken(
                f"{journal.path}: line {entry['seq']} is neither a notice nor a night.",
                hint="It was written by a newer Pantau, or by hand.",
            ) from error
    return found


def _json(entry: dict[str, object]) -> bytes:
    return TypeAdapter(dict[str, object]).dump_json(facts(entry))


def _is_before(line: Notice | NoticeNight, night: date) -> bool:
    return isinstance(line, Notice) or line.night < night


def _standings(lines: list[Notice | NoticeNight]) -> tuple[Standing, ...]:
    found: dict[int, Standing] = {}
    for line in lines:
        if isinstance(line, Notice):
            found[line.number] = Standing(notice=line)
        elif line.notice in found:
            found[line.notice] = Standing(notice=found[line.notice].notice, last=line)
    return tuple(found.values())
