"""Works through several bundles: an error in one is told, and the others are done all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from crawler.cli.telling import failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

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
