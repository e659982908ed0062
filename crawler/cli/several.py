"""Works through several bundles: an error in one is told, and the others are done all the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from crawler.cli.telling import failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

WORTH_PROCESSES = 6  # bundles below which starting processes costs more than they save
MOST_PROCESSES = 8  # each holds a bundle in memory
ResultT = TypeVar("ResultT")


def each(bundles: Iterable[Path], work: Callable[[Path], ResultT]) -> tuple[list[ResultT], list[int]]:
    """Do `work` with every bundle.

    Returns:
        What came out of those that went well, and the exit codes of the errors of the others.
    """
    done: list[ResultT] = []
    codes: list[int] = []
    for root in bundles:
        try:
            done.append(work(root))
        except Exception as error:  # noqa: BLE001 - boundary: one broken bundle costs no other its judgement
            codes.append(failure(error, about=root))
    return done, codes


def each_on_cores(
    bundles: Sequence[Path], work: Callable[[Path], ResultT], shown: Callable[[ResultT], None]
) -> tuple[list[ResultT], list[int]]:
    """Do `work` with every bundle as `each` does, many in as many processes as there are processors.

    Args:
        bundles: The folders of the bundles.
        work: What is sent to the processes; it and its results have to be picklable.
        shown: Is called here with each result, in the order of the bundles.
    """

    def showing(result: ResultT) -> ResultT:
        shown(result)
        return result

    processes = min(_processors(), len(bundles), MOST_PROCESSES)
    if len(bundles) < WORTH_PROCESSES or processes < 2:
        return each(bundles, lambda root: showing(work(root)))
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - one bundle needs no other process
    from multiprocessing import get_context  # noqa: PLC0415 - see above

    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        begun = iter([pool.submit(work, root) for root in bundles])
        return each(bundles, lambda _: showing(next(begun).result()))


def _processors() -> int:
    """Return on how many processors this process may run."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
