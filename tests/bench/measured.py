"""What a command costs, with every process that it starts: wall time, processor time, memory at the peak."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Sequence

_PR_SET_CHILD_SUBREAPER = 36
_SAMPLE_EVERY_S = 0.25


@dataclass(frozen=True)
class Cost:
    """Wall and processor time in seconds, the highest sum of proportional memory seen, and the exit code.

    `by_role` has the processor seconds by what a process is there for, as far as they were seen.
    """

    wall_s: float
    cpu_s: float
    peak_bytes: int
    exit_code: int
    by_role: dict[str, float]


def measure(command: Sequence[str]) -> Cost:
    """Run a command to its end and that of everything it left behind.

    Processes that lose their parent become children of this one, so that the kernel's account of ended
    children holds the whole tree: a browser, its renderers, a driver.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # As installed: a program compiles its own code once, and not at every start.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, began = _children_cpu_s(), time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    peak, processes = 0, Processes()
    while child.poll() is None:
        peak = max(peak, processes.look())
        time.sleep(_SAMPLE_EVERY_S)
    wall_s = time.monotonic() - began
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    cpu_s = _children_cpu_s() - before
    return Cost(wall_s, cpu_s, peak, child.returncode, processes.seconds(cpu_s))


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
