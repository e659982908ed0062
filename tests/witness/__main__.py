"""Walks the test site again and again: `python -m tests.witness [--runs N] [--load N] [--device D]`.

Prints a line a walk: how many hosts were contacted, how many of them the ledger tells of, how many more it
tells of, and whether every export says the same. Ends with 1 if any of it was wrong.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.witness import namespace
from tests.witness.truth import Outcome, outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = "device   load  run  contacted  told  missed  false  exports wrong  seconds"


def main(arguments: list[str] | None = None) -> int:
    """Walk, print the table, and say by the exit code whether all was told and nothing else."""
    parser = argparse.ArgumentParser(prog="python -m tests.witness", description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--load", type=int, default=0, help="busy loops beside each walk")
    parser.add_argument("--device", choices=("desktop", "mobile", "both"), default="both")
    chosen = parser.parse_args(arguments)
    devices = ("desktop", "mobile") if chosen.device == "both" else (chosen.device,)
    sys.stdout.write(f"{HEAD}\n")
    good = [_line(device, chosen.load, run) for device in devices for run in range(1, chosen.runs + 1)]
    sys.stdout.write(f"{sum(good)} of {len(good)} walks told of every contacted host and of no other\n")
    return 0 if all(good) else 1


def _line(device: str, load: int, run: int) -> bool:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pantau-witness-") as folder:
        with busy(load):
            found = namespace.walk(Path(folder) / "walk", "pantau", device)
        told = outcome_of(found)
    sys.stdout.write(f"{_cells(device, load, run, told)}  {time.monotonic() - began:7.0f}\n")
    for what, hosts in (("missed", told.missed), ("false", told.false), *told.exports.items()):
        if hosts:
            sys.stdout.write(f"    {what}: {', '.join(sorted(hosts))}\n")
    sys.stdout.flush()
    return told.right


def _cells(device: str, load: int, run: int, told: Outcome) -> str:
    wrong = sum(bool(hosts) for hosts in told.exports.values())
    counts = f"{len(told.contacted):9}  {len(told.contacted) - len(told.missed):4}  {len(told.missed):6}"
    return f"{device:7}  {load:4}  {run:3}  {counts}  {len(told.false):5}  {wrong:13}"


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep processors busy with a number of loops."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


if __name__ == "__main__":
    sys.exit(main())
