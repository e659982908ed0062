"""Gets the jobs of a night worked: puts them into the queue, waits for outcomes, and orders the repeats.

On one machine it works them itself, in threads of this process; on a shared queue workers elsewhere do. In
both it is the folder of the night that says what is done.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from crawler import logs
from crawler.errors import QueueError
from crawler.fleet.jobs import JobFiles, machine, sweep_job, work_job
from crawler.fleet.process import GRACE_S
from crawler.fleet.queue import Crew, NightQueue
from crawler.model.night import ATTEMPTS, Job, JobOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from crawler.fleet.config import Setup
    from crawler.fleet.jobs import Walk
    from crawler.fleet.queue import Queued
    from crawler.fleet.queue_address import QueueAddress
    from crawler.model.night import JobOutcome, NightPlan

LOOK_EVERY_S = 0.3
KEEP_HOUSE_EVERY_S = 5.0
UNSTARTED_S = 120.0  # a job that a worker took and did not start by then is given to another
SILENT_LIMIT_S = 300.0  # how long a shared queue may not answer
GIVEN_BACK = 2  # times that a job which was never started is given back

Event = dict[str, Any]


class Dispatch:
    """The jobs of one night on their way; use it as a context.

    Args:
        setup: What the file of targets says.
        plan: The night's plan.
        address: Where the queue is.
        workers: Journeys at once on this machine, or of each worker.
        not_after: The moment after which nothing is started.
        walk: Walks a journey.
        stopped: Says whether the night is to end now.
        on_event: Told of every job that ended.
    """

    def __init__(
        self,
        setup: Setup,
        plan: NightPlan,
        address: QueueAddress,
        *,
        workers: int,
        not_after: str,
        walk: Walk,
        stopped: Callable[[], bool],
        on_event: Callable[[Event], None],
    ) -> None:
        self._setup, self._plan, self._not_after = setup, plan, not_after
        self._stopped, self._on_event, self._walk = stopped, on_event, walk
        self._orders: dict[str, JobOrder] = {}
        self._lost: dict[str, int] = {}
        self._over: set[str] = set()
        self._held_before: set[str] = set()
        self._ended = False
        self._unput: set[str] = set()
        self._shared = address.shared
        self._silent_since: float | None = None
        self._crew = None
        if not address.shared:
            worker = f"{machine()}-nightly"
            self._crew = Crew(address, worker=worker, workers=workers, work=self._work)
            self._crew.start()
        self._queue = NightQueue(address, workers=workers)

    def __enter__(self) -> Self:
        """Return it; the queue is open."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take back what is not done, let what is being walked seal, and close the queue."""
        self._ended = True
        try:
            if self._crew is not None:
                self._crew.rest(2 * GRACE_S)
            with self._patience():
                self._queue.cancel(self._plan.date, self._orders)
            self._collect(lambda _: False)
            if not self._orders and error is None:
                self._queue.forget(self._plan.date)
        finally:
            if self._crew is not None:
                self._crew.close()
            self._queue.close()

    @property
    def unfinished(self) -> tuple[str, ...]:
        """Names of the jobs that have no outcome and could still be worked."""
        return tuple(self._orders)

    def work(self, wants_repeat: Callable[[JobOutcome], bool]) -> None:
        """Wait until every job has its outcome, and every repeat that is wanted, or the night is to end.

        Args:
            wants_repeat: Says of a first attempt whether its journey is to be walked again.
        """
        for job in self._plan.planned:
            self._order(job)
        house_at = time.monotonic() + KEEP_HOUSE_EVERY_S
        self._collect(wants_repeat)  # what a night that was cut off had done already
        while self._orders and not self._stopped():
            with self._patience():
                self._put()
                if time.monotonic() >= house_at:
                    self._keep_house()
                    house_at = time.monotonic() + KEEP_HOUSE_EVERY_S
            time.sleep(LOOK_EVERY_S)
            self._collect(wants_repeat)

    @contextmanager
    def _patience(self) -> Iterator[None]:
        """Go on for a while where a shared queue does not answer: its database may be starting again."""
        try:
            yield
        except QueueError as error:
            now = time.monotonic()
            self._silent_since = self._silent_since or now
            if not self._shared or now - self._silent_since > SILENT_LIMIT_S:
                raise
            logs.get("night").warning("the queue does not answer", error=error.message)
        else:
            self._silent_since = None

    def _put(self) -> None:
        """Put into the queue what was ordered since the last time."""
        waiting = [order for name, order in self._orders.items() if name in self._unput]
        self._queue.put(waiting)
        self._unput.clear()

    def _order(self, job: Job, repeat_of: str | None = None) -> None:
        """Order a job; what is no more in the file of targets is told as not observed."""
        target = self._setup.config.target(job.target)
        if target is None:
            return
        self._orders[job.name] = JobOrder(
            night=self._plan.date,
            job=job,
            target=target,
            repeat_of=repeat_of,
            not_after=self._not_after,
        )
        self._unput.add(job.name)

    def _collect(self, wants_repeat: Callable[[JobOutcome], bool]) -> None:
        for name, order in tuple(self._orders.items()):
            outcome = self._files(order).outcome
            if outcome is not None:
                self._done(name, outcome, wants_repeat)

    def _done(self, name: str, outcome: JobOutcome, wants_repeat: Callable[[JobOutcome], bool]) -> None:
        del self._orders[name]
        self._over.add(name)
        self._on_event({"event": "job", "job": name, "state": outcome.state, "exit_code": outcome.exit_code})
        job = outcome.job
        if job.attempt < ATTEMPTS and wants_repeat(outcome):
            first = outcome.bundle.rpartition("/")[2] if outcome.bundle else None
            self._order(job.model_copy(update={"attempt": job.attempt + 1}), first)

    def _keep_house(self) -> None:
        """Note what became of jobs whose worker is gone, and let nothing hold a site that nobody works."""
        queued = self._queue.jobs(self._plan.date)
        for name, order in tuple(self._orders.items()):
            if sweep_job(self._setup, order.night, order.job) is None:
                self._see_to(name, order, queued.get(name))
        held = {name for name in self._over if name in queued and queued[name].state == "working"}
        self._queue.cancel(self._plan.date, held & self._held_before)
        self._held_before = held

    def _see_to(self, name: str, order: JobOrder, queued: Queued | None) -> None:
        """Give back a job that was taken and never started; leave it out after some times."""
        if self._files(order).start is not None or not _is_stuck(queued):
            return
        self._lost[name] = self._lost.get(name, 0) + 1
        if self._lost[name] > GIVEN_BACK:
            logs.get("night").warning("job set aside", job=name)
            del self._orders[name]
            return
        self._queue.give_back(order)

    def _files(self, order: JobOrder) -> JobFiles:
        return JobFiles(self._setup.nights, order.night, order.job)

    def _work(self, order: JobOrder, cancelled: Callable[[], bool]) -> None:
        """Work one job in a thread of this process."""
        work_job(
            self._setup,
            order,
            worker=f"{machine()}-nightly",
            stopped=lambda: self._ended or self._stopped() or cancelled(),
            walk=self._walk,
        )


def _is_stuck(queued: Queued | None) -> bool:
    """Say whether the queue has done with a job, or a worker took it and went silent before it began."""
    if queued is None or queued.state == "waiting":
        return False
    age_s = time.time() - (queued.taken_ms or 0) / 1000
    return queued.state == "over" or age_s > UNSTARTED_S
