"""Where the records of nights lie, and how they are written: whole or not at all, and never over another.

    nights/<date>/plan.json                       when the night began, and its jobs
    nights/<date>/jobs/<job>.start.json           written before a journey starts
    nights/<date>/jobs/<job>.outcome.json         written when it ended
    nights/<date>/canary.json                     what the walk of the reference shop showed
    nights/<date>/night.json                      the whole record, once the night is over
    nights/<date>/stopped-<n>.json                the same of a night that was stopped and can go on
    nights/<date>/log.jsonl                       what happened, a JSON object a line, its processes' too
    nights/.lock                                  held by the night that runs

A folder of a date is made of these files alone, so a night that was killed is known again from them.
"""

from __future__ import annotations

import errno
import os
from datetime import date
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from crawler.errors import NightUnreadable, NightUnwritable
from crawler.model.night import Night

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

NIGHT = "night.json"
PLAN = "plan.json"
CANARY = "canary.json"
JOBS = "jobs"
LOCK = ".lock"
LOG = "log.jsonl"
START, OUTCOME = ".start.json", ".outcome.json"
_STOPPED = "stopped-*.json"
_MAX_BYTES = 64 * 2**20

ModelT = TypeVar("ModelT", bound=BaseModel)


def night_folder(nights: Path, on: date) -> Path:
    """Return the folder of a night by its date."""
    return nights / on.isoformat()


def night_dates(nights: Path) -> list[date]:
    """Return the dates that have a folder, oldest first; other names are left alone."""
    found = []
    for path in nights.iterdir() if nights.is_dir() else ():
        try:
            found.append(date.fromisoformat(path.name))
        except ValueError:
            continue
    return sorted(found)


def write_once(path: Path, record: BaseModel) -> Path:
    """Write a record as JSON under a name that nothing has yet, synced to disk, whole or not at all.

    Raises:
        FileExistsError: something has that name already; it is left as it is.
        NightUnwritable: the disk does not take it.
    """
    data = record.model_dump_json(indent=1).encode() + b"\n"
    unfinished = path.parent / f".{uuid4().hex}.unfinished"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with unfinished.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            taken = not _give_name(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise NightUnwritable(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Free some space or make the folder writable, then start the night again: it goes on.",
        ) from error
    if taken:
        raise FileExistsError(errno.EEXIST, "there is a record of that name", str(path))
    return path


def _give_name(unfinished: Path, path: Path) -> bool:
    """Give a file its name and say whether it was free; a link, unlike a rename, takes nothing's place."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        return False
    return True


def read_record(path: Path, kind: type[ModelT]) -> ModelT | None:
    """Return the record that a file holds, None where there is no file.

    Raises:
        NightUnreadable: it is there and cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NightUnreadable(f"{path} cannot be read: {error.strerror or error}.") from error
    if len(data) > _MAX_BYTES:
        raise NightUnreadable(f"{path} is larger than {_MAX_BYTES} bytes.")
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise NightUnreadable(
            f"{path} is not a {kind.__name__}: {where}: {first['msg']}.",
            hint="Move the file away; the bundles it speaks of are untouched.",
        ) from error


def read_night(folder: Path) -> Night | None:
    """Return the record of a night: of one that is over, else the last of one that was stopped, else None.

    Raises:
        NightUnreadable: there is one and it cannot be read.
    """
    finished = read_record(folder / NIGHT, Night)
    if finished is not None:
        return finished
    stopped = stopped_records(folder)
    return read_record(stopped[-1], Night) if stopped else None


def write_night(folder: Path, night: Night) -> Path:
    """Write the record of a night: `night.json`, or the next `stopped-<n>.json` where it was interrupted.

    Raises:
        FileExistsError: the night has its final record already.
        NightUnwritable: the disk does not take it.
    """
    if night.ended_by != "interrupted":
        return write_once(folder / NIGHT, night)
    return write_once(folder / f"stopped-{len(stopped_records(folder)) + 1:02d}.json", night)


def stopped_records(folder: Path) -> list[Path]:
    """Return the records of a night's interruptions, in their order."""
    return sorted(folder.glob(_STOPPED))


def read_nights(
    nights: Path, on_unreadable: Callable[[NightUnreadable], None] | None = None
) -> tuple[Night, ...]:
    """Return the records of all nights that have one, by their number.

    Args:
        nights: The folder of the nights.
        on_unreadable: Told of a record that cannot be read, which is then left out.

    Raises:
        NightUnreadable: one of them cannot be read, and nobody is told.
    """
    found = []
    for on in night_dates(nights):
        try:
            night = read_night(night_folder(nights, on))
        except NightUnreadable as error:
            if on_unreadable is None:
                raise
            on_unreadable(error)
            continue
        if night is not None:
            found.append(night)
    return tuple(sorted(found, key=lambda night: night.number))


def void_bundles(nights: Iterable[Night]) -> set[str]:
    """Return the bundles of nights whose canary fell: nothing counts as remedied by them."""
    return {outcome.bundle for night in nights if night.void for outcome in night.outcomes if outcome.bundle}


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
