"""Reads many run folders into rows, in as many processes as there are cores to spare."""

from __future__ import annotations

import gc
import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING

from crawler.lib.collector import seldom_collected
from crawler.store.index import entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from crawler.store.index.entries import Entry

WORTH_WORKERS = 150  # runs; below that starting processes takes longer than reading
TOGETHER = 10  # runs that a process is given at once
AHEAD = 3  # parts that wait for each process: what was read and not yet written stays bounded
MOST_WORKERS = 8


def read_ahead(roots: Sequence[Path], workers: int | None = None) -> Iterator[Entry]:
    """Yield the entry of each run folder, in their order.

    Args:
        roots: The run folders.
        workers: How many processes read; None for one a core where there are many runs. With fewer than two,
            this process reads.
    """
    cores = min(len(os.sched_getaffinity(0)), MOST_WORKERS)
    wanted = workers if workers is not None else cores if len(roots) >= WORTH_WORKERS else 1
    done = 0
    if wanted > 1:
        try:
            for entry in _in_processes(roots, wanted):
                yield entry
                done += 1
        except BrokenProcessPool:  # one was ended, as for want of memory: what is left is read here
            pass
    yield from map(entries.read, roots[done:])


def _in_processes(roots: Sequence[Path], workers: int) -> Iterator[Entry]:
    parts = (roots[at : at + TOGETHER] for at in range(0, len(roots), TOGETHER))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=gc.freeze) as pool:
        waiting: deque[Future[list[Entry]]] = deque()
        for part in islice(parts, workers * AHEAD):
            waiting.append(pool.submit(_read_all, part))
        while waiting:
            found = waiting.popleft().result()
            for part in islice(parts, 1):
                waiting.append(pool.submit(_read_all, part))
            yield from found


def _read_all(roots: Sequence[Path]) -> list[Entry]:
    with seldom_collected():
        return list(map(entries.read, roots))
