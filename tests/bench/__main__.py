"""`make bench`: what capture costs beside a plain script, and how fast stored runs are judged and found."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from tests.bench import captured, compared, judging, names, stored


def main() -> None:
    """Print the tables, each as soon as it is there."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each contender captures")
    parser.add_argument("--runs", type=int, default=2_000, help="how many runs to index")
    parser.add_argument("--judged", type=int, default=10, help="how many bundles to judge again")
    parser.add_argument("--log-mb", type=int, default=500, help="size of the network log to scrub and read")
    parser.add_argument("--work", type=Path, help="folder to work in; a temporary one unless given")
    given = parser.parse_args()
    console = Console()
    with TemporaryDirectory(prefix="pantau-bench-", dir=given.work) as name:
        folder = Path(name)
        # What OCR keeps lies in a folder of the bench, which is emptied where reading is to be cold.
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        for each in captured.tables(captured.compare(folder, given.rounds)):
            console.print(each)
        console.print(names.table(folder))
        console.print(stored.table(folder, runs=given.runs, judged=given.judged))
        judged = judging.demo_bundles(folder / "demo")
        console.print(judging.table(judged, folder, {"now": judging.HERE}, log_mb=given.log_mb))
        console.print(compared.table(folder / "history", runs=given.runs))


if __name__ == "__main__":
    main()
