"""Measures one checkout from within, for `tests.bench.judging`: prints processor seconds as JSON.

Run with the checkout first on the path: it imports what is there, under the names that it had at any time.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

NETLOG = ("crawler.derive.network.netlog", "crawler.derive.netlog")
TRAFFIC = ("crawler.derive.network.traffic", "crawler.derive.traffic")
SCRUB = ("crawler.collect.run.netlog", "crawler.collect.kinds.netlog")


def first_of(names: tuple[str, ...]) -> Any:
    """Return the first module that there is."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise ModuleNotFoundError(", ".join(names))


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds of the processor a piece of work takes in this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def judging(roots: list[Path]) -> float:
    """Return the processor seconds a bundle of judging all but the first once more, verification included.

    The first loads what judging needs. None is judged twice by this process, which remembers texts.
    """
    from crawler.checks.engine import judge
    from crawler.model.policy import load_brands, pack_in_force
    from crawler.store.bundle import Bundle

    def judge_each(roots: list[Path]) -> None:
        for root in roots:
            bundle = Bundle(root)
            judge(bundle, pack_in_force(bundle.run.as_of), load_brands())

    judge_each(roots[:1])
    return timed(lambda: judge_each(roots[1:])) / len(roots[1:])


def network_log(raw: Path) -> dict[str, float]:
    """Return the processor seconds of scrubbing a raw network log, and of reading what comes out."""
    from crawler.lib.redact import Redactor

    packed: list[bytes] = []
    scrubbed = timed(lambda: packed.append(first_of(SCRUB).keep_netlog(raw, Redactor(b"0" * 32))))
    read = timed(lambda: first_of(TRAFFIC).read(first_of(NETLOG).NetLog(packed[0])))
    return {"scrub": scrubbed, "read": read}


def main() -> None:
    """Judge the bundles named in the JSON on standard input, and scrub and read the log it names."""
    asked = json.load(sys.stdin)
    found: dict[str, Any] = {}
    found["judging"] = judging([Path(root) for root in asked["bundles"]])
    if asked["log"]:
        found |= network_log(Path(asked["log"]))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
