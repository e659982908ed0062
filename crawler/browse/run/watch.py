"""Watches the processes of a run from outside: who they are, what memory they hold, and how they end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pathlib import Path

GONE_LIMIT_S = 10.0


class Watch:
    """The tree of processes below one child, remembered also after they lose their parent.

    Args:
        pid: The child's process id; it leads a process group of its own.
        pid_file: Where Chromium's leash writes Chromium's process id, which is its process group too.
    """

    def __init__(self, pid: int, pid_file: Path) -> None:
        self._root = psutil.Process(pid)
        self._pid_file = pid_file
        self._known: dict[int, psutil.Process] = {pid: self._root}

    def remember(self) -> None:
        """Note who the processes of the run are by now."""
        with contextlib.suppress(psutil.Error):
            self._known.update({process.pid: process for process in self._root.children(recursive=True)})

    def memory_above(self, limit_bytes: int) -> int | None:
        """Return the proportional memory of all processes of the run if it is above a limit, in bytes.

        The resident sizes, which count shared pages once a process, are never less and cost next to nothing;
        only where their sum is above the limit does the kernel have to work out the proportional ones.
        """
        self.remember()
        if sum(_resident(process) for process in self._known.values()) <= limit_bytes:
            return None
        proportional = sum(_proportional(process) for process in self._known.values())
        return proportional if proportional > limit_bytes else None

    def kill(self) -> None:
        """Kill Chromium's group first, else an order under way could slip through; then everything else."""
        self.remember()
        browser = self._browser_group()
        if browser:
            _kill_group(browser)
        _kill_group(self._root.pid)
        for process in self._known.values():
            with contextlib.suppress(psutil.Error):
                process.kill()

    def left(self) -> list[int]:
        """Return the ids of processes of the run that still live, once they had time to go."""
        deadline = time.monotonic() + GONE_LIMIT_S
        while (alive := [p.pid for p in self._known.values() if _lives(p)]) and time.monotonic() < deadline:
            time.sleep(0.02)
        return alive

    def _browser_group(self) -> int | None:
        try:
            pid = int(self._pid_file.read_text())
            return pid if os.getpgid(pid) == pid else None
        except (OSError, ValueError):
            return None


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _proportional(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, AttributeError):
        return 0
