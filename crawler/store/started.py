"""Where the runs that people start are kept: a folder each, of records that are written once.

    started/<run-id>/asked.json      who asked, and for what; its turn comes in the order of these names
    started/<run-id>/start.json      written before it is walked, so that a killed one is known
    started/<run-id>/cancel.json     somebody wanted it to end
    started/<run-id>/outcome.json    what became of it
    started/<run-id>/progress.jsonl  how far it is, by the process that walks it

What has a start and no outcome was cut off: it is never walked again by itself.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from crawler import logs
from crawler.errors import NightUnreadable
from crawler.lib.clock import stamp
from crawler.lib.lock import hold_lock, try_to_lock
from crawler.model.night import JobOutcome, JobStart
from crawler.model.started import AskedRun, Cancelling, StartedRun
from crawler.store.nights import read_record, write_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ASKED, START, CANCEL, OUTCOME = "asked.json", "start.json", "cancel.json", "outcome.json"
PROGRESS = "progress.jsonl"
MAX_WAITING = 100
_LOCK, _TURN = ".lock", ".turn.lock"
_RUN_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}\Z")

log = logs.get("started")

ModelT = TypeVar("ModelT", bound=BaseModel)


class StartedRuns:
    """The started runs of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the queue, so that nobody else asks meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with hold_lock(self.folder / _TURN):
            yield

    def ask(self, run: AskedRun) -> None:
        """Write down that somebody asks for a run.

        Raises:
            NightUnwritable: the disk does not take it.
        """
        write_once(self.folder / run.run_id / ASKED, run)

    def all(self, *, newest: int | None = None) -> list[StartedRun]:
        """Return the runs that were asked for, oldest first; of many, the newest."""
        names = self._names()
        chosen = names if newest is None else names[-newest:]
        return list(self._readable(chosen))

    def get(self, run_id: str) -> StartedRun | None:
        """Return what is on record of a run; None where nobody asked for one of that id.

        Raises:
            NightUnreadable: a record cannot be read.
        """
        if not _RUN_ID.match(run_id):
            return None
        asked = self._read(run_id, ASKED, AskedRun)
        if asked is None:
            return None
        return StartedRun(
            asked,
            cancel=self._read(run_id, CANCEL, Cancelling),
            start=self._read(run_id, START, JobStart),
            outcome=self._read(run_id, OUTCOME, JobOutcome),
        )

    def unfinished(self) -> list[StartedRun]:
        """Return the runs that wait or were begun, in their order."""
        names = [name for name in self._names() if not self._has(name, OUTCOME)]
        return [run for run in self._readable(names) if not run.is_over]

    def _readable(self, names: Iterable[str]) -> Iterator[StartedRun]:
        """Yield the runs of names; one whose records cannot be read holds up none of the others."""
        for name in names:
            try:
                run = self.get(name)
            except NightUnreadable as error:
                log.warning("a started run cannot be read", run=name, error=error.message)
                continue
            if run is not None:
                yield run

    def progress(self, run_id: str) -> Path:
        """Return the file that tells how far a run is."""
        return self.folder / run_id / PROGRESS

    def cancel(self, run_id: str, by: str) -> bool:
        """Write down that a run is to end, and say whether nobody had yet."""
        return self._note(run_id, CANCEL, Cancelling(by=by, at=stamp()))

    def is_cancelled(self, run_id: str) -> bool:
        """Say whether somebody wanted a run to end."""
        return self._has(run_id, CANCEL)

    def note_start(self, run_id: str, start: JobStart) -> bool:
        """Write down that a run begins and say whether it had not begun before."""
        return self._note(run_id, START, start)

    def note_outcome(self, run_id: str, outcome: JobOutcome) -> bool:
        """Write down what became of a run and say whether nobody had yet."""
        return self._note(run_id, OUTCOME, outcome)

    @contextmanager
    def locked(self, run_id: str) -> Iterator[int | None]:
        """Hold a run's lock and give its open file; None where another holds it.

        The run's process inherits it: it is free only when both are gone.
        """
        opened = os.open(self.folder / run_id / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            yield opened if try_to_lock(opened) else None
        finally:
            os.close(opened)

    def _names(self) -> list[str]:
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if _RUN_ID.match(path.name))

    def _has(self, run_id: str, name: str) -> bool:
        return (self.folder / run_id / name).exists()

    def _read(self, run_id: str, name: str, kind: type[ModelT]) -> ModelT | None:
        return read_record(self.folder / run_id / name, kind)

    def _note(self, run_id: str, name: str, record: BaseModel) -> bool:
        try:
            write_once(self.folder / run_id / name, record)
        except FileExistsError:
            return False
        return True
