"""A worker: takes jobs from a shared queue and works them on this machine."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from crawler.errors import ConfigError
from crawler.fleet.jobs import work_job
from crawler.fleet.journey import walk_journey
from crawler.fleet.process import GRACE_S
from crawler.fleet.queue import Crew
from crawler.lib.lock import LockHeld, hold_lock

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from crawler.fleet.config import Setup
    from crawler.fleet.jobs import Walk
    from crawler.fleet.queue_address import QueueAddress
    from crawler.model.night import JobOrder


def serve(
    setup: Setup,
    address: QueueAddress,
    *,
    name: str,
    workers: int,
    stop: threading.Event,
    walk: Walk = walk_journey,
) -> None:
    """Work jobs of any night until `stop` is set; then end what is being walked, sealed, and return.

    Args:
        setup: What the file of targets says here: where evidence and records lie on this machine.
        address: The shared queue.
        name: This worker's name: no other has it, and it stays the same at every start.
        workers: Journeys at once.
        stop: Set to end.
        walk: Walks a journey.

    Raises:
        ConfigError: another worker has the name.
        QueueError: the queue cannot be used.
    """

    def work(order: JobOrder, cancelled: Callable[[], bool]) -> None:
        work_job(setup, order, worker=name, stopped=lambda: stop.is_set() or cancelled(), walk=walk)

    with _named(setup, name):
        crew = Crew(address, worker=name, workers=workers, work=work)
        crew.start()
        try:
            stop.wait()
            crew.rest(2 * GRACE_S)
        finally:
            crew.close()


@contextmanager
def _named(setup: Setup, name: str) -> Iterator[None]:
    """Hold the name while this process lives: two workers of one name would run jobs twice at once."""
    folder = setup.nights / ".workers"
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held.enter_context(hold_lock(folder / f"{name}.lock", timeout_s=0))
        except OSError as error:
            raise ConfigError(
                f"{folder} cannot be used: {error.strerror}.", hint="Make it a folder you can write to."
            ) from error
        except LockHeld as error:
            raise ConfigError(
                f"Another worker here is called {name}.", hint="Give each a name of its own with --name."
            ) from error
        yield
