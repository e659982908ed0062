"""Which process of a command takes how much processor time, by what the process is there for."""

from __future__ import annotations

import contextlib
from collections import Counter

import psutil

# What stands in a command line, first match wins: renderers and services have `--type` too.
ROLES = (
    ("renderer", "--type=renderer"),
    ("GPU process", "--type=gpu-process"),
    ("network service", "NetworkService"),
    ("other parts of Chromium", "--type="),
    ("browser process", "--user-data-dir"),
    ("Playwright's driver", "run-driver"),
    ("Python: the walking child", "crawler.browse.run.child"),
    ("Python: others", "python"),
)
OTHERS = "others, and what ended between two looks"
NAMES = (*(name for name, _ in ROLES), OTHERS)


class Processes:
    """The descendants of this process, looked at again and again while they live."""

    def __init__(self) -> None:
        self._roles: dict[int, str] = {}
        self._used_s: dict[int, float] = {}

    def look(self) -> int:
        """Take the processor time used so far, and return the proportional memory of all in bytes."""
        memory_bytes = 0
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                self._roles[process.pid] = _role(" ".join(process.cmdline()))
                used = process.cpu_times()
                self._used_s[process.pid] = used.user + used.system
                memory_bytes += process.memory_full_info().pss
        return memory_bytes

    def seconds(self, total_s: float) -> dict[str, float]:
        """Return processor seconds by role; what `total_s` has more was not seen."""
        by_role: Counter[str] = Counter()
        for pid, used_s in self._used_s.items():
            by_role[self._roles[pid]] += used_s
        by_role[OTHERS] += max(0.0, total_s - by_role.total())
        return dict(by_role)


def _role(command: str) -> str:
    return next((name for name, sign in ROLES if sign in command), OTHERS)
