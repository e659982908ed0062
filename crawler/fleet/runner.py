"""Walks the runs that people start, one after the other, in a thread of the desk.

What lies in the folder decides: a desk that is killed leaves its waiting runs to the next one, and the run
that was under way ends with it, sealed. One runner at a time holds the folder.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from crawler import logs
from crawler.errors import CrawlerError
from crawler.fleet.jobs import machine, salvaged
from crawler.fleet.outcome import outcome_of
from crawler.fleet.process import GRACE_S, limit_s, walk_order
from crawler.lib.clock import stamp
from crawler.lib.lock import LockHeld, hold_lock
from crawler.model.night import JobStart
from crawler.settings import RunOrder

if TYPE_CHECKING:
    from types import TracebackType

    from crawler.model.started import StartedRun
    from crawler.store.started import StartedRuns

LOOK_EVERY_S = 1.0
WORKER = "desk"
_LOCK = ".runner.lock"

log = logs.get("runner")


class Runner:
    """Walks started runs from when it is entered until it is left; the one under way is sealed then."""

    def __init__(self, runs: StartedRuns) -> None:
        self._runs = runs
        self._stopping = threading.Event()
        self._look = threading.Event()
        self._thread = threading.Thread(target=self._work, name="runner", daemon=True)

    def __enter__(self) -> Self:
        """Begin to work."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the run under way and wait until it is sealed; what waits stays for the next desk."""
        self._stopping.set()
        self._look.set()
        self._thread.join(2 * GRACE_S)

    def look(self) -> None:
        """Look at once whether there is something to walk."""
        self._look.set()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._runs.folder.mkdir(parents=True, exist_ok=True)
                with hold_lock(self._runs.folder / _LOCK, timeout_s=0):
                    self._work_while_held()
            except LockHeld:
                pass  # another desk walks them
            except (CrawlerError, OSError) as error:
                log.exception("started runs cannot be walked", error=str(error))
            self._look.wait(LOOK_EVERY_S)
            self._look.clear()

    def _work_while_held(self) -> None:
        while not self._stopping.is_set():
            for run in self._runs.unfinished():
                if self._stopping.is_set():
                    return
                if run.start is not None:
                    self._take_up(run)
                elif not run.is_over:
                    self._walk(run)
            self._look.wait(LOOK_EVERY_S)
            self._look.clear()

    def _take_up(self, run: StartedRun) -> None:
        """Note what became of a run whose desk was killed, once its process is gone too."""
        assert run.start is not None
        with self._runs.locked(run.asked.run_id) as lock:
            if lock is not None:
                self._runs.note_outcome(run.asked.run_id, salvaged(run.asked.settings.out, run.start))

    def _walk(self, run: StartedRun) -> None:
        asked = run.asked
        now = datetime.now(UTC)
        lease = timedelta(seconds=limit_s(asked.settings.deadline_s) + GRACE_S)
        start = JobStart(
            job=asked.job,
            run_id=asked.run_id,
            worker=WORKER,
            machine=machine(),
            began=stamp(now),
            until=stamp(now + lease),
        )
        with self._runs.locked(asked.run_id) as lock:
            if lock is None or self._runs.is_cancelled(asked.run_id):
                return
            if not self._runs.note_start(asked.run_id, start):
                return
            order = RunOrder(
                scenario=asked.scenario,
                settings=asked.settings,
                run_id=asked.run_id,
                started_by=os.getpid(),
                progress=self._runs.progress(asked.run_id),
            )
            walked = walk_order(order, lock, lambda: self._ends(asked.run_id))
            self._runs.note_outcome(asked.run_id, outcome_of(asked.settings.out, start, walked))

    def _ends(self, run_id: str) -> bool:
        return self._stopping.is_set() or self._runs.is_cancelled(run_id)
