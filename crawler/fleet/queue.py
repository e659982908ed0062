"""The queue of a night's jobs: DBOS, and the only module that knows it.

Rows survive a crash, a site is never asked for more than its pace, and the same code works on a file of one
machine and on a PostgreSQL that many workers share. Five things about DBOS are held here:

1. A worker's `executor_id` is its own and stays the same: with the default, a second process would run live
   jobs again. Whoever only puts jobs in is a client and launches nothing.
2. Nobody takes over a dead worker's jobs by itself. A job's lease is its own deadline (`crawler.fleet.jobs`);
   what is pending beyond it the night gives back, and a worker that starts gives back its own first.
3. What is given back names its queue: otherwise it would pass by the site's pace. It also loses its count of
   attempts, so attempts are counted by what they left on disk.
4. `application_version` is set by hand: a hash of the code would strand jobs at every update.
5. Jobs are stored as portable JSON, never as pickles: who writes the database may not run code on workers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer
from dbos import error as dbos_error
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from crawler import logs
from crawler.errors import CrawlerError, QueueError
from crawler.model.night import JobOrder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from crawler.fleet.queue_address import QueueAddress
    from crawler.model.target import Pace

APPLICATION = "pantau"
JOBS_VERSION = "jobs-1"  # of the order's shape: raise it where old orders cannot be worked any more
WORKFLOW = "journey"
POLL_S = 0.5
START_MARGIN_S = 2.0  # the rate is kept by whole seconds of the database's clock, and a start takes its time
CANCEL_EVERY_S = 2.0
OPEN_LIMIT_S = 30.0  # how long a shared database may take to answer: it may be starting again
OPEN_EVERY_S = 1.0
LOWEST = 100

State = Literal["waiting", "working", "over"]
_STATES: dict[str, State] = {"ENQUEUED": "waiting", "DELAYED": "waiting", "PENDING": "working"}

Work = Callable[[JobOrder, Callable[[], bool]], None]


@dataclass(frozen=True)
class Queued:
    """A job as the queue has it: its state, and when a worker took it, in ms since 1970."""

    state: State
    taken_ms: int | None


class NightQueue:
    """The night's side of the queue: puts jobs in, asks after them, takes them back. Runs nothing.

    Raises:
        QueueError: the database cannot be reached or used; here and in every method.
    """

    def __init__(self, address: QueueAddress, *, workers: int) -> None:
        self._address = address
        self._workers = workers
        self._queues: set[str] = set()
        with _as_queue_error(address):
            self._client = _client(address)

    def put(self, orders: Iterable[JobOrder]) -> None:
        """Put jobs into the queue; one that waits in it or is being worked stays as it is.

        The queue takes an id once: what is over there, without an outcome in the night's folder, makes way.
        """
        with _as_queue_error(self._address):
            for order in orders:
                ident = job_id(order.night, order.job.name)
                if self._is_over(ident):
                    self._client.delete_workflow(ident)
                self._client.enqueue(
                    {
                        "queue_name": self._queue(order.target.pace),
                        "workflow_name": WORKFLOW,
                        "workflow_id": ident,
                        "app_version": JOBS_VERSION,
                        "queue_partition_key": order.target.pace_site,
                        "priority": LOWEST + 1 - order.target.priority,
                    },
                    order.model_dump(mode="json"),
                )

    def _is_over(self, ident: str) -> bool:
        found = self._client.list_workflows(workflow_ids=[ident], load_input=False, load_output=False)
        return any(each.status not in _STATES for each in found)

    def jobs(self, night: date) -> dict[str, Queued]:
        """Return the jobs of a night that are in the queue, by their names."""
        prefix = job_id(night, "")
        with _as_queue_error(self._address):
            found = self._client.list_workflows(
                workflow_id_prefix=prefix, load_input=False, load_output=False
            )
        return {
            each.workflow_id.removeprefix(prefix): Queued(_STATES.get(each.status, "over"), each.dequeued_at)
            for each in found
        }

    def give_back(self, order: JobOrder) -> None:
        """Let another worker take a job that nobody works any more; one that is over starts anew."""
        queue, ident = self._queue(order.target.pace), job_id(order.night, order.job.name)
        with _as_queue_error(self._address):
            if self._is_over(ident):
                self.put([order])
            else:
                self._client.resume_workflow(ident, queue_name=queue)

    def cancel(self, night: date, names: Iterable[str]) -> None:
        """Take jobs out of the queue; who works one ends it."""
        ids = [job_id(night, name) for name in names]
        if ids:
            with _as_queue_error(self._address):
                self._client.cancel_workflows(ids)

    def forget(self, night: date) -> None:
        """Remove the rows of a night that is over."""
        ids = [job_id(night, name) for name in self.jobs(night)]
        if ids:
            with _as_queue_error(self._address):
                self._client.delete_workflows(ids)

    def close(self) -> None:
        """Close the connection."""
        self._client.destroy()

    def _queue(self, pace: Pace) -> str:
        """Return the name of the queue for a pace; every site is a partition of it."""
        name = f"pace-{pace.at_once}-{round(pace.every_s * 1000)}"
        if name not in self._queues:
            limit: Any = {"limit": 1, "period": pace.every_s + START_MARGIN_S} if pace.every_s else None
            self._client.register_queue(
                name,
                worker_concurrency=self._workers,
                partition_concurrency=pace.at_once,
                partition_limiter=limit,
                polling_interval_sec=POLL_S,
                on_conflict="always_update",
            )
            self._queues.add(name)
        return name


class Crew:
    """The working side of the queue: takes jobs in threads of this process and gives each to `work`.

    Args:
        address: Where the queue is.
        worker: Name of this worker, its own and the same at every start.
        workers: Jobs at once, over all queues.
        work: Works one job; its second argument says whether the job was taken out of the queue.

    Raises:
        QueueError: the database cannot be reached or used.
    """

    def __init__(self, address: QueueAddress, *, worker: str, workers: int, work: Work) -> None:
        self._address = address
        self._worker = worker
        self._work = work
        self._room = threading.BoundedSemaphore(workers)
        self._in_hand: set[str] = set()
        DBOS(
            config={
                "name": APPLICATION,
                "system_database_url": address.url,
                "executor_id": worker,
                "application_version": JOBS_VERSION,
                "serializer": DBOSPortableJSONSerializer(),
                "enable_otlp": False,
                "log_level": "CRITICAL",
            }
        )
        DBOS.workflow(name=WORKFLOW)(self._journey())

    def start(self) -> None:
        """Begin to take jobs."""
        with _as_queue_error(self._address):
            self._client = _client(self._address)
            self._give_back_own()
            DBOS.launch()

    def rest(self, limit_s: float) -> bool:
        """Wait until no job is in hand, and say whether that came about in time."""
        until = time.monotonic() + limit_s
        while self._in_hand and time.monotonic() < until:
            time.sleep(POLL_S / 5)
        return not self._in_hand

    def close(self) -> None:
        """Take no more jobs."""
        DBOS.destroy(destroy_registry=True)
        self._client.destroy()

    def _journey(self) -> Callable[[dict[str, Any]], None]:
        def journey(order: dict[str, Any]) -> None:
            workflow = DBOS.workflow_id or ""
            with self._room:
                self._in_hand.add(workflow)
                try:
                    self._work(JobOrder.model_validate(order), _Cancelled(self._client, workflow))
                except (CrawlerError, ValueError, OSError) as error:
                    logs.get("queue").error("job failed", job=workflow, error=str(error))
                    raise
                finally:
                    self._in_hand.discard(workflow)

        return journey

    def _give_back_own(self) -> None:
        """Put back what this worker had in hand when it died; `launch()` would run it past every pace."""
        held = self._client.list_workflows(status="PENDING", executor_id=self._worker, load_input=False)
        for each in held:
            self._client.resume_workflow(each.workflow_id, queue_name=each.queue_name)


class _Cancelled:
    """Says whether a job was taken out of the queue; asks the database every other second.

    It asks as a client: what a workflow itself asks, DBOS writes down as a step of it. A database that does
    not answer takes nothing out.
    """

    def __init__(self, client: DBOSClient, workflow: str) -> None:
        self._client = client
        self._workflow = workflow
        self._answer = False
        self._next_s = 0.0

    def __call__(self) -> bool:
        """Return the answer; once taken out, a job stays so."""
        if not self._answer and time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + CANCEL_EVERY_S
            with suppress(SQLAlchemyError):
                found = self._client.list_workflows(
                    workflow_ids=[self._workflow], load_input=False, load_output=False
                )
                self._answer = any(each.status == "CANCELLED" for each in found)
        return self._answer


def job_id(night: date, name: str) -> str:
    """Return the id of a job in the queue: one id, one job."""
    return f"{night.isoformat()}/{name}"


def _client(address: QueueAddress) -> DBOSClient:
    """Return a connection to the queue, whose tables are made where there are none."""
    if address.file is not None:
        address.file.parent.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + (OPEN_LIMIT_S if address.shared else 0.0)
    while True:
        try:
            DBOS.migrate(address.url)
            return _connected(address)
        except OperationalError:
            if time.monotonic() >= until:
                raise
        time.sleep(OPEN_EVERY_S)


def _connected(address: QueueAddress) -> DBOSClient:
    return DBOSClient(
        system_database_url=address.url,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION,
        retry_connection_errors=False,
    )


@contextmanager
def _as_queue_error(address: QueueAddress) -> Iterator[None]:
    """Tell what the database or DBOS says as one error, without the address of a database in it."""
    try:
        yield
    except (SQLAlchemyError, dbos_error.DBOSException, OSError) as error:
        where = address.file or "the queue's database"
        said = str(getattr(error, "orig", None) or error).strip().splitlines()
        hint = (
            f"Move {address.file} away and start the night again: it goes on from what lies in its folder."
            if address.file
            else "Check that the database runs and that PGPASSWORD or PGPASSFILE gives its password."
        )
        raise QueueError(
            f"{where} cannot be used as a queue: {said[0] if said else type(error).__name__}.", hint=hint
        ) from error
