"""Worker processes for tests and trials: started, killed with -9, and started again under their names."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STOP_LIMIT_S = 150


class Workers:
    """Processes by number; use it as a context, which ends them.

    Args:
        command: Returns the command of a worker by its name.
        count: How many.
        environment: What is added to the environment, such as the queue's password.
    """

    def __init__(
        self, command: Callable[[str], Sequence[str]], count: int, environment: dict[str, str]
    ) -> None:
        self._command, self._environment = command, environment
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self.count = count

    def __enter__(self) -> Self:
        for number in range(self.count):
            self.start(number)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            process.wait(STOP_LIMIT_S)

    def start(self, number: int) -> None:
        self._running[number] = subprocess.Popen(
            self._command(f"worker-{number}"), env=os.environ | self._environment
        )

    def kill(self, number: int) -> None:
        """Kill a worker as power cuts do."""
        self._running[number].kill()
        self._running[number].wait(STOP_LIMIT_S)

    def alive(self, number: int) -> bool:
        return self._running[number].poll() is None
