"""How long `pantau host` takes for 10,000 names, beside what the program takes to start."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from tests.bench.measured import measure

if TYPE_CHECKING:
    from tests.bench.measured import Cost

PANTAU = Path(sys.executable).with_name("pantau")
NAMES = (
    "www.tokopedia.com",
    "h{}.tiktokv.com",
    "toko{}.co.id",
    "p16-oec-sg{}.ibyteimg.com",
    "t{}okopedia.com",
)
ROUNDS, REACH_S = 3, 2.0


def table(folder: Path, count: int = 10_000) -> Table:
    """Return the best of a few rounds for each way to call it."""
    path = folder / "names.txt"
    path.write_text("".join(NAMES[n % len(NAMES)].format(n) + "\n" for n in range(count)))
    ways = {
        "start alone": ["--version"],
        f"{count} names, JSON": ["host", "--file", str(path), "--json"],
        f"{count} names, text": ["host", "--file", str(path)],
    }
    shown = Table("", "wall s", "CPU s", "reach", title="pantau host, best of 3")
    for name, arguments in ways.items():
        best = min((_run(arguments) for _ in range(ROUNDS)), key=lambda cost: cost.cpu_s)
        shown.add_row(name, f"{best.wall_s:.2f}", f"{best.cpu_s:.2f}", f"< {REACH_S:g} s")
    return shown


def _run(arguments: list[str]) -> Cost:
    return measure([str(PANTAU), *arguments])
