"""A worker whose journeys are short: `… -m tests.fleet.short_worker CONFIG URL NAME WORKERS TEMPLATE LOG`.

It is `pantau worker` but for what walks: a sealed bundle is put in place after a moment. Every begin and end
stands as a line in the log, with the machine's monotonic clock, so that pace and doubles can be told.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

from crawler.fleet.config import read_setup
from crawler.fleet.outcome import Walked, outcome_of
from crawler.fleet.queue_address import QueueAddress
from crawler.fleet.worker import serve
from crawler.model.line import RunOutcome

SHORTEST_S, LONGEST_S = 0.1, 0.4


def main() -> None:
    config, url, name, workers, template, log = sys.argv[1:]
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    walk = ShortWalk(Path(template), Path(log))
    serve(
        read_setup(Path(config)),
        QueueAddress.of_url(url),
        name=name,
        workers=int(workers),
        stop=stop,
        walk=walk,
    )


class ShortWalk:
    """Puts a copy of a sealed, judged bundle where the journey's would be."""

    def __init__(self, template: Path, log: Path) -> None:
        self._template, self._log = template, log
        self._line = RunOutcome.model_validate_json((template.parent / "line.json").read_bytes())

    def __call__(self, setup, order, start, lock, stopped):
        self._note("begin", order)
        time.sleep(random.uniform(SHORTEST_S, LONGEST_S))  # what a journey takes
        root = setup.out / self._template.parent.name / start.run_id
        shutil.copytree(self._template, root, copy_function=os.link)
        self._note("end", order)
        return outcome_of(setup.out, start, Walked(exit_code=self._line.exit_code, line=self._line))

    def _note(self, what: str, order) -> None:
        facts = {
            "what": what,
            "job": f"{order.night}/{order.job.name}",
            "site": order.target.pace_site,
            "at": time.monotonic(),
            "pid": os.getpid(),
        }
        with self._log.open("a") as file:  # one write a line: lines of several processes do not mix
            file.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
