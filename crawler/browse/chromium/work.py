"""The private folder of a run: browser profile, HOME, temporary files, raw network log. Nothing of it stays.

A run that was killed cannot clean up after itself, and its raw network log holds secrets. So a folder is held
by a lock that ends with its process, and the next run removes folders that nobody holds.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "pantau-run-"
LOCK = "held"
PID_FILE = "chromium.pid"
NETLOG = "netlog.json"


@contextmanager
def work_folder() -> Iterator[Path]:
    """Make the private folder of a run, and remove it in the end with all that is in it."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        with _hold(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> list[Path]:
    """Remove the folders of runs that were killed, and return them.

    A folder without a lock file is being made just now, or is not ours; it is left alone.
    """
    swept = []
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            lock = (folder / LOCK).open("r+")
        except OSError:
            continue
        with lock:
            if _locked(lock):
                shutil.rmtree(folder, ignore_errors=True)
                swept.append(folder)
    return swept


@contextmanager
def _hold(folder: Path) -> Iterator[None]:
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
