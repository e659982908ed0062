"""Start Chromium so that it dies with the process that started it.

A program of its own, run with `python -ISs leash.py PID_FILE BROWSER ARGUMENT...` in place of the browser.
A hung browser outlives a killed driver, and orders under way then leave it; the kernel's parent-death
signal has no such gap. The process keeps its id when it becomes Chromium, and writes it down first, so
that whoever keeps the deadline can kill Chromium's group before anything else.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def main(pid_file: Path, command: list[str]) -> None:
    """Tie this process to its parent, note its id, become the browser."""
    parent = os.getppid()
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("the parent was gone before the browser started")
    fresh = pid_file.with_name(f"{pid_file.name}.{os.getpid()}")
    fresh.write_text(str(os.getpid()), encoding="ascii")
    fresh.replace(pid_file)
    os.execv(command[0], command)  # noqa: S606 - the browser the user chose, no shell


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
