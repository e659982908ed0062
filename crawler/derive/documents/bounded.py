"""Runs what takes a stranger's file apart in a process of its own, bounded in time, memory and size.

A file may loop, swell or break its reader: it then ends that process, and the judgement goes on with a record
of it. The reader is a module of ours that calls `serve` when it is run.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import TYPE_CHECKING

from crawler.errors import DocumentUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BYTES = 20 * 2**20
CPU_S, WALL_S = 20, 60
MEMORY_BYTES = 2**30
_EDGE = 300  # characters of what a broken reader said


def run(module: str, data: bytes) -> bytes:
    """Return what a reader prints about a file.

    Args:
        module: Full name of the reader's module.
        data: The file.

    Raises:
        DocumentUnreadable: the file is too large, or its reader broke or took too long or too much memory.
    """
    if len(data) > MAX_BYTES:
        raise DocumentUnreadable(f"A file of {len(data)} bytes is too large to be read.")
    try:
        done = subprocess.run(  # noqa: S603 - our own module, by our own interpreter
            [sys.executable, "-I", "-m", module], input=data, capture_output=True, timeout=WALL_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DocumentUnreadable(f"A file was not read within {WALL_S} s.") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = said[-1][:_EDGE] if said else f"its reader ended with {done.returncode}"
        raise DocumentUnreadable(f"A file cannot be read: {why}.")
    return done.stdout


def serve(read: Callable[[bytes], bytes]) -> None:
    """Read standard input within the bounds and write what `read` makes of it to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    sys.stdout.buffer.write(read(sys.stdin.buffer.read(MAX_BYTES + 1)))
