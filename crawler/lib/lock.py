"""A lock file: held by one process at a time, or shared by several, and free when its holder is gone.

The system takes the lock back when a process ends, however it ends; the file stays, empty, and says nothing.
Processes that are started meanwhile do not inherit it.

The lock of a job is inherited on purpose, by the process that walks it: see `try_to_lock`. Two locks are not
from here: that of a journal, which is itself the locked file; and that of a run's private folder, whose lock
file is looked for and must not be made (`browse/chromium/work.py`).
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["LockHeld", "hold_lock", "is_held", "share_lock", "try_to_lock"]

_POLL_S = 0.02


class LockHeld(Exception):
    """Another process holds the lock and does not let go in time; the caller knows what to do about it."""


@contextmanager
def hold_lock(path: Path, *, timeout_s: float | None = None) -> Iterator[None]:
    """Hold a lock file alone; it is made where there is none. The folder has to be there.

    Args:
        path: The file. A link in its place is refused.
        timeout_s: How long to wait for another holder; 0 not at all, None for ever.

    Raises:
        LockHeld: another process holds it.
        OSError: the file cannot be opened, or the file system has no locks.
    """
    if not path.parent.is_dir():  # filelock would make it
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path.parent))
    # A lock made of a file's presence would outlive a killed process: never fall back to one.
    wait_s = -1 if timeout_s is None else timeout_s
    lock = FileLock(path, wait_s, poll_interval=_POLL_S, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise LockHeld(path) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def share_lock(path: Path, *, timeout_s: float) -> Iterator[None]:
    """Hold a lock file together with others that share it, so that nobody holds it alone meanwhile.

    Args:
        path: The file; made where there is none.
        timeout_s: How long to wait for one who holds it alone.

    Raises:
        LockHeld: another process holds it alone.
        OSError: the file cannot be opened, or the file system has no locks.
    """
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        deadline = time.monotonic() + timeout_s
        while not _share(opened):
            if time.monotonic() > deadline:
                raise LockHeld(path)
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(opened)


def is_held(path: Path) -> bool:
    """Say whether a process holds a lock file alone; reading it is enough, and none is made.

    Raises:
        OSError: it cannot be opened.
    """
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        return not _share(opened)
    finally:
        os.close(opened)


def try_to_lock(opened: int) -> bool:
    """Take the lock of an open file alone and say whether it was free.

    For a file that a child process is to inherit: the lock is free only when both have let go of it.
    """
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _share(opened: int) -> bool:
    """Take a shared lock of an open file and say whether it was free. `filelock` has none of this kind."""
    try:
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        return False
    return True
