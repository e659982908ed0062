"""Walks the journey of a job, as a process of its own, and says what became of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from crawler.fleet.outcome import outcome_of
from crawler.fleet.process import GRACE_S, limit_s, walk_order
from crawler.settings import RunOrder

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.fleet.config import Setup
    from crawler.model.night import JobOrder, JobOutcome, JobStart


def walk_journey(
    setup: Setup, order: JobOrder, start: JobStart, lock: int, stopped: Callable[[], bool]
) -> JobOutcome:
    """Walk the journey of a job and return what became of it.

    Args:
        setup: What the file of targets says here.
        order: The job.
        start: Its record: the run's id, and until when the lease lasts.
        lock: The open file that locks the job; the process holds it for as long as it lives.
        stopped: Asked several times a second whether the journey is to end before its time.
    """
    return outcome_of(setup.out, start, walk_order(_run_order(setup, order, start), lock, stopped))


def lease_s(order: JobOrder) -> float:
    """Return how long a job may be worked, in seconds: walk, judging and what sealing takes at worst."""
    return limit_s(order.target.deadline_s) + GRACE_S


def _run_order(setup: Setup, order: JobOrder, start: JobStart) -> RunOrder:
    settings = setup.run_settings(order.target, order.job.device)
    named = {"night": order.night, "attempt": order.job.attempt, "repeat_of": order.repeat_of}
    return RunOrder(
        scenario=setup.scenario(order.target),
        settings=settings.model_copy(update=named),
        run_id=start.run_id,
        started_by=os.getpid(),
    )
