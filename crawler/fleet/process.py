"""Runs one `pantau run` as a process of its own and says what came of it.

The process ends with the one that started it, keeps its own deadline, and seals what is there however it is
ended. Only one that does not answer is killed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pydantic import ValidationError

from crawler.browse.run.watch import Watch
from crawler.fleet.outcome import Walked
from crawler.model.line import RunOutcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.settings import RunOrder

JUDGING_S = 300.0  # what judging and reporting may take after the walk
GRACE_S = 60.0  # what a process that was asked to end may take to seal
_EVERY_S = 0.25
_MEMORY_EVERY_S = 3.0  # the kernel works out proportional memory page by page
_SAID_CHARS = 2_000
_SECRET_NAMES = ("PGPASSWORD", "PGPASSFILE")  # of the queue's database: no journey needs them


@dataclass
class _Process:
    """A started process, what it prints, and what it took so far."""

    popen: subprocess.Popen[bytes]
    out: IO[bytes]
    err: IO[bytes]
    watch: Watch
    peak_memory_bytes: int = 0
    cpu_s: float | None = None

    def poll(self) -> int | None:
        """Return the exit code once there is one, None before; negative for the signal that ended it."""
        pid, status, usage = os.wait4(self.popen.pid, os.WNOHANG)
        if not pid:
            return None
        self.cpu_s = usage.ru_utime + usage.ru_stime
        self.popen.returncode = os.waitstatus_to_exitcode(status)
        return self.popen.returncode


def walk_order(order: RunOrder, lock: int, stopped: Callable[[], bool]) -> Walked:
    """Walk what an order says and return what is known of its process.

    Args:
        order: The journey.
        lock: An open file that locks it; the process holds it for as long as it lives.
        stopped: Asked several times a second whether the journey is to end before its time.
    """
    began = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = _start(order, lock, out, err)
        code = _attend(process, began + limit_s(order.settings.deadline_s), stopped)
        return Walked(
            exit_code=code,
            line=_line(out),
            said=_tail(err),
            duration_s=time.monotonic() - began,
            peak_memory_bytes=process.peak_memory_bytes or None,
            cpu_s=process.cpu_s,
        )


def limit_s(deadline_s: float) -> float:
    """Return how long a process may take for a journey with a deadline: the walk and the judging."""
    return deadline_s + JUDGING_S


def _start(order: RunOrder, lock: int, out: IO[bytes], err: IO[bytes]) -> _Process:
    popen = subprocess.Popen(
        [sys.executable, "-m", "crawler.cli", "run", "--order", "--json"],
        stdin=subprocess.PIPE,
        stdout=out,
        stderr=err,
        start_new_session=True,
        pass_fds=(lock,),
        env={name: value for name, value in os.environ.items() if name not in _SECRET_NAMES},
    )
    stdin: Any = popen.stdin
    try:
        stdin.write(order.model_dump_json().encode() + b"\n")
        stdin.close()
    except BrokenPipeError:
        pass  # it died at once; its exit code and what it said are recorded
    return _Process(popen, out, err, Watch(popen.pid, Path(os.devnull)))


def _attend(process: _Process, deadline: float, stopped: Callable[[], bool]) -> int:
    """Stay with the process until it ends; ask it to end where it has to, and kill it where it does not."""
    asked_at: float | None = None
    measure_at = 0.0
    while (code := process.poll()) is None:
        now = time.monotonic()
        if now >= measure_at:
            memory = process.watch.memory_above(0) or 0
            process.peak_memory_bytes = max(process.peak_memory_bytes, memory)
            measure_at = now + _MEMORY_EVERY_S
        if asked_at is None and (now > deadline or stopped()):
            process.popen.send_signal(signal.SIGTERM)
            asked_at = now
        elif asked_at is not None and now > asked_at + GRACE_S:
            process.watch.kill()
        time.sleep(_EVERY_S)
    return code


def _line(out: IO[bytes]) -> RunOutcome | None:
    """Return the result that the process printed, None where it came to none."""
    out.seek(0)
    try:
        return RunOutcome.model_validate(json.loads(out.read()))
    except (ValueError, ValidationError, RecursionError):
        return None


def _tail(err: IO[bytes]) -> str:
    size = err.seek(0, os.SEEK_END)
    err.seek(max(0, size - _SAID_CHARS))
    return err.read().decode("utf-8", "replace").strip()
