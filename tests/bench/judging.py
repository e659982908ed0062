"""What judging stored bundles costs, here and in another checkout: processor seconds, as a table.

    .venv/bin/python -m tests.bench.judging [--against REVISION] [--log-mb MB] FOLDER...

Judged are copies of the sealed bundles below the FOLDERs, such as `pantau demo --out FOLDER` leaves, warm:
with all that was derived from them before. The log is the longest of theirs, its events repeated up to MB.
Processor seconds are printed and not wall time, since a machine is seldom idle; one round of the two
checkouts after the other tells more than two on different days.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tests.bench.measured import measure
from tests.golden.compare_findings import HERE, checkout, copied, sealed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROBE = Path(__file__).parent / "probe.py"
LOG = "data/netlog.json.gz"
APART = 1_000_000  # between the source numbers of one repetition of a log and the next
_SOURCE = re.compile(rb'"id":(\d+)')


def long_log(bundles: Sequence[Path], folder: Path, megabytes: int) -> Path | None:
    """Write a raw network log of so many megabytes, made of the longest one of some bundles."""
    logs = [bundle / LOG for bundle in bundles if (bundle / LOG).exists()]
    if not logs or not megabytes:
        return None
    lines = gzip.decompress(max(logs, key=lambda path: path.stat().st_size).read_bytes()).split(b"\n")
    events = [line.rstrip(b",]") for line in lines[1:] if line.startswith((b'{"params"', b'{"phase"'))]
    raw = folder / "netlog.json"
    with raw.open("wb") as file:
        file.write(lines[0] + b'\n"events": [\n')
        written = repetition = 0
        while written < megabytes * 2**20:
            base = repetition * APART
            for event in events:
                line = _SOURCE.sub(lambda found, base=base: b'"id":%d' % (int(found[1]) + base), event)
                written += file.write(line + b",\n")
            repetition += 1
        file.write(b'],\n"polledData": {}}\n')
    return raw


def figures(tree: Path, bundles: list[Path], log: Path | None) -> dict[str, str]:
    """Measure one checkout with copies of bundles of its own."""
    path = {"PYTHONPATH": str(tree)}
    command = ["env", f"PYTHONPATH={tree}", sys.executable, "-P", "-m", "crawler.cli", "check"]
    measure([*command, *map(str, bundles)])  # now everything is warm
    asked = json.dumps({"bundles": list(map(str, bundles)), "log": str(log) if log else ""})
    said = subprocess.run(
        [sys.executable, "-P", PROBE], input=asked, env=os.environ | path, cwd=tree, capture_output=True,
        text=True, check=True,
    ).stdout  # fmt: skip
    found = json.loads(said)
    one, every = measure([*command, str(bundles[0])]), measure([*command, *map(str, bundles)])
    rate = 1 / found["judging"]
    rows = {
        "judge again, warm": f"{rate:.2f} bundles a CPU s, {2 * rate:.1f} a second on two processors",
        "pantau check, one warm bundle": f"{one.cpu_s:.2f} CPU s, {one.wall_s:.2f} s wall",
        f"pantau check, {len(bundles)} warm bundles": f"{every.cpu_s:.2f} CPU s, {every.wall_s:.2f} s wall",
    }
    if log:
        megabytes = log.stat().st_size / 2**20
        for name, what in (("scrub", "scrubbed"), ("read", "read")):
            scaled = f", {found[name] * 500 / megabytes:.1f} for 500 MB"
            rows[f"network log of {megabytes:.0f} MB {what}"] = f"{found[name]:.1f} CPU s{scaled}"
    return rows


def table(bundles: Sequence[Path], work: Path, trees: Mapping[str, Path], *, log_mb: int) -> Table:
    """Measure checkouts one after the other, with copies of bundles in the folder `work`."""
    log = long_log(bundles, work, log_mb)
    columns = {
        name: figures(tree, list(copied(bundles, work / name).values()), log) for name, tree in trees.items()
    }
    shown = Table("", *columns, title=f"Judging {len(bundles)} stored bundles again")
    for row in next(iter(columns.values())):
        shown.add_row(row, *(column.get(row, "-") for column in columns.values()))
    return shown


def demo_bundles(folder: Path) -> list[Path]:
    """Walk the states of the reference shop, as `pantau demo` does, and return their bundles.

    Raises:
        RuntimeError: there are none.
    """
    command = [sys.executable, "-m", "crawler.cli", "demo", "--out", str(folder)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)  # 1 where a busy machine left a surprise
    if not (bundles := sealed([folder])):
        raise RuntimeError("the demo sealed no bundle")
    return bundles


def main() -> None:
    """Measure this checkout, and the other one first where one is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, help="folders with sealed bundles")
    parser.add_argument("--against", help="commit or folder of another checkout, measured first")
    parser.add_argument("--log-mb", type=int, default=500, help="size of the raw network log; 0 for none")
    given = parser.parse_args()
    bundles = sealed(given.folders)
    with ExitStack() as stack:
        work = Path(stack.enter_context(TemporaryDirectory(prefix="pantau-bench-")))
        trees = {"before": stack.enter_context(checkout(given.against))} if given.against else {}
        shown = table(bundles, work, trees | {"now": HERE}, log_mb=given.log_mb)
        Console(width=160).print(shown)


if __name__ == "__main__":
    main()
