"""The life of one job: locked, noted before it starts, walked, and its outcome written once.

What lies in the folder of the night decides, not the queue: a job that has an outcome is done, one that has a
start and no outcome was cut off, and nobody walks an attempt twice.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from crawler.fleet.journey import lease_s, walk_journey
from crawler.fleet.outcome import Walked, outcome_of, run_folder
from crawler.fleet.process import JUDGING_S
from crawler.lib.clock import stamp
from crawler.lib.lock import try_to_lock
from crawler.model.line import RunOutcome
from crawler.model.night import Job, JobOutcome, JobStart
from crawler.store.layout import TAG_MANIFEST
from crawler.store.nights import JOBS, OUTCOME, START, night_folder, read_record, write_once
from crawler.store.writer import new_run_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from crawler.fleet.config import Setup
    from crawler.model.night import JobOrder

LOCK_EVERY_S = 0.2
LEASE_MARGIN_S = 120.0  # clocks of machines that share a folder may differ by so much


class Walk(Protocol):
    """What walks the journey of a job; tests put sealed bundles in its place."""

    def __call__(
        self, setup: Setup, order: JobOrder, start: JobStart, lock: int, stopped: Callable[[], bool]
    ) -> JobOutcome:
        """Walk it and return what became of it."""


class JobFiles:
    """The records of one job in the folder of its night."""

    def __init__(self, nights: Path, night: date, job: Job) -> None:
        self._folder = night_folder(nights, night) / JOBS
        self._name = job.name

    @property
    def start(self) -> JobStart | None:
        """The record of its start, None where it has not been started."""
        return read_record(self._folder / f"{self._name}{START}", JobStart)

    @property
    def outcome(self) -> JobOutcome | None:
        """The record of its outcome, None where there is none yet."""
        return read_record(self._folder / f"{self._name}{OUTCOME}", JobOutcome)

    def note_start(self, start: JobStart) -> bool:
        """Write down that it starts and say whether it had not been started before."""
        return self._note(START, start)

    def note_outcome(self, outcome: JobOutcome) -> JobOutcome:
        """Write down what became of it and return what stands: what was written first."""
        return outcome if self._note(OUTCOME, outcome) else self.outcome or outcome

    def _note(self, ending: str, record: JobStart | JobOutcome) -> bool:
        try:
            write_once(self._folder / f"{self._name}{ending}", record)
        except FileExistsError:
            return False
        return True

    @contextmanager
    def locked(self, given_up: Callable[[], bool] = lambda: True) -> Iterator[int | None]:
        """Hold the job's lock and give its open file, None where another holds it and waiting is given up.

        The journey's process holds it too: it is free only when both are gone.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        opened = os.open(self._folder / f".{self._name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            while not (free := try_to_lock(opened)) and not given_up():
                time.sleep(LOCK_EVERY_S)
            yield opened if free else None
        finally:
            os.close(opened)


def work_job(
    setup: Setup,
    order: JobOrder,
    *,
    worker: str,
    stopped: Callable[[], bool],
    walk: Walk = walk_journey,
) -> JobOutcome | None:
    """Work a job once and return what became of it; None where it was not started here.

    Args:
        setup: What the file of targets says here.
        order: The job.
        worker: Who works it.
        stopped: Asked while it is walked whether it is to end before its time.
        walk: Walks the journey.

    Raises:
        NightError: a record of it cannot be read or written.
    """
    files = JobFiles(setup.nights, order.night, order.job)
    until = time.monotonic() + lease_s(order) + LEASE_MARGIN_S
    with files.locked(lambda: stopped() or time.monotonic() > until) as lock:
        if outcome := files.outcome:
            return outcome
        if lock is None:
            return None
        if start := files.start:
            return _cut_off(setup, files, start)
        start = _start_of(order, worker)
        if start is None or stopped() or not files.note_start(start):
            return None
        return files.note_outcome(walk(setup, order, start, lock, stopped))


def sweep_job(setup: Setup, night: date, job: Job) -> JobOutcome | None:
    """Return the outcome of a job, also where its worker is gone or its lease over; None for neither."""
    files = JobFiles(setup.nights, night, job)
    if outcome := files.outcome:
        return outcome
    start = files.start
    if start is None:
        return None
    if datetime.now(UTC) > datetime.fromisoformat(start.until) + timedelta(seconds=LEASE_MARGIN_S):
        return files.note_outcome(salvaged(setup.out, start))
    if start.machine != machine():
        return None
    with files.locked() as lock:
        return None if lock is None else files.outcome or files.note_outcome(salvaged(setup.out, start))


def machine() -> str:
    """Return what tells this machine from others that share the folder."""
    return socket.gethostname()


def _start_of(order: JobOrder, worker: str) -> JobStart | None:
    """Return the record of a start now, None where the night has no time left for one."""
    now, end = datetime.now(UTC), datetime.fromisoformat(order.not_after)
    if now >= end:
        return None
    return JobStart(
        job=order.job,
        run_id=new_run_id(),
        worker=worker,
        machine=machine(),
        began=stamp(now),
        until=stamp(now + timedelta(seconds=lease_s(order))),
    )


def _cut_off(setup: Setup, files: JobFiles, start: JobStart) -> JobOutcome | None:
    """Return the outcome of a job that was started before; None while another machine may still work it."""
    over = datetime.now(UTC) > datetime.fromisoformat(start.until) + timedelta(seconds=LEASE_MARGIN_S)
    if start.machine != machine() and not over:
        return None
    return files.note_outcome(salvaged(setup.out, start))


def salvaged(out: Path, start: JobStart) -> JobOutcome:
    """Return what is there of a job that was cut off; a sealed bundle is judged, if it was not yet."""
    root = run_folder(out, start.run_id)
    line = judge_stored(root) if root is not None and (root / TAG_MANIFEST).exists() else None
    return outcome_of(out, start, Walked(exit_code=line.exit_code if line else None, line=line))


def judge_stored(root: Path) -> RunOutcome | None:
    """Return what `pantau check` says of a bundle, None where it cannot be judged."""
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "crawler.cli", "check", str(root), "--json"],
            capture_output=True,
            check=False,
            timeout=JUDGING_S,
        )
        return RunOutcome.model_validate(json.loads(done.stdout)[0])
    except (subprocess.TimeoutExpired, ValueError, LookupError, RecursionError):
        return None
