"""What nights cost: `python -m tests.bench.nights`, or `make bench-nights`.

A night of 24 journeys of the reference shop, as targets of 24 sites, by one, two and four workers; then the
last one again, for what a second identical night adds. Each night is the command `pantau nightly`: its canary
is within the time and not among the journeys. Half of the journeys are on a desktop, half on a phone.

All targets being one shop, bundles of one night share files with each other too. No shops do: so what the
second night adds is counted journey by journey, each bundle held against that of its own journey alone.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from crawler.demo.shop import ReferenceShop
from crawler.demo.states import load_state
from crawler.fleet.after import AFTER
from crawler.model.after import AfterNight
from crawler.model.night import Night
from crawler.store.nights import NIGHT, night_folder, read_record
from tests.bench.measured import measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.bench.measured import Cost

ROOT = Path(__file__).parents[2]
PANTAU = Path(sys.executable).with_name("pantau")
JOURNEYS, WORKERS = 24, (1, 2, 4)
STATE = "2024-03-12"  # nothing is found in it, so that no journey of a first night is walked twice
FIRST = date(2026, 11, 2)
ADDED_REACH = 0.25
MIB = 2**20
EXIT_CODES_OF_A_NIGHT = (0, 1, 3)


@dataclass(frozen=True)
class Measured:
    """A night that was held: by how many workers, what it cost, its record, and where its evidence is."""

    workers: int
    cost: Cost
    night: Night
    out: Path

    @property
    def bundles(self) -> dict[str, Path]:
        """The bundle of every journey that was walked, the first attempt's."""
        return {
            each.job.journey: self.out / each.bundle
            for each in self.night.outcomes
            if each.bundle and each.job.attempt == 1
        }

    @property
    def bytes(self) -> int:
        """What the bundles weigh, each for itself."""
        return sum(size for root in self.bundles.values() for _, size in _files(root).values())

    @property
    def walked(self) -> int:
        """How many journeys were walked whole, repeats too."""
        return sum(each.state == "complete" for each in self.night.outcomes)


def write_targets(path: Path, shop: ReferenceShop, *, journeys: int, scenario: Path, dwell_s: float) -> Path:
    """Write a file of targets, half of them on a desktop and half on a phone, and return it."""
    resolve = ", ".join(f'"{each}"' for each in (*shop.resolve, "*=~NOTFOUND"))
    targets = [
        f'[[targets]]\nid = "toko-{number:02d}"\nscenario = "{scenario}"\nsite = "toko-{number:02d}.test"\n'
        f'devices = ["{("desktop", "mobile")[number % 2]}"]\nas_of = {shop.state.as_of}\n'
        f'invoice_url = "{shop.invoice_url}"\nresolve = [{resolve}]\ntrust_ca = "{shop.trust_ca}"\n'
        f"dwell_s = {dwell_s}\npace = {{ every_s = 0 }}\n"
        for number in range(journeys)
    ]
    path.write_text("\n".join(targets), encoding="utf-8")
    return path


def hold_night(config: Path, on: date, workers: int) -> Measured:
    """Hold a night by the command and return what it cost.

    Raises:
        RuntimeError: the night was not held to its end.
    """
    asked = ["--config", str(config), "--date", on.isoformat(), "--workers", str(workers)]
    cost = measure([str(PANTAU), "nightly", *asked])
    folder = night_folder(config.parent / "nights", on)
    night, after = read_record(folder / NIGHT, Night), read_record(folder / AFTER, AfterNight)
    if cost.exit_code not in EXIT_CODES_OF_A_NIGHT or night is None or after is None:
        raise RuntimeError(f"the night of {on} ended with exit code {cost.exit_code}")
    return Measured(workers, cost, night, config.parent / "snapshots")


def added_bytes(first: Measured, second: Measured) -> int:
    """Return the bytes of the second night's bundles in files that the same journey's bundle had not."""
    added = 0
    for journey, root in second.bundles.items():
        had = {inode for inode, _ in _files(first.bundles[journey]).values()}
        added += sum(size for inode, size in _files(root).values() if inode not in had)
    return added


def _files(root: Path) -> dict[Path, tuple[int, int]]:
    """Return inode and size of every file of a bundle, also of those beside the seal."""
    stats = {path: path.stat() for path in root.rglob("*") if path.is_file() and not path.is_symlink()}
    return {path: (stat.st_ino, stat.st_size) for path, stat in stats.items()}


def nights_table(nights: Iterable[Measured]) -> Table:
    """Return what each night cost."""
    table = Table(
        "workers", "walked", "wall s", "journeys an hour", "CPU s each", "peak MiB", "of one, MiB", "MiB",
        title="Nights of the reference shop",
    )  # fmt: skip
    for each in nights:
        peaks = [outcome.peak_memory_bytes or 0 for outcome in each.night.outcomes]
        table.add_row(
            str(each.workers),
            f"{each.walked}",
            f"{each.cost.wall_s:.0f}",
            f"{each.walked / each.cost.wall_s * 3_600:.0f}",
            f"{each.cost.cpu_s / max(each.walked, 1):.1f}",
            f"{each.cost.peak_bytes / MIB:.0f}",
            f"{max(peaks) / MIB:.0f}",
            f"{each.bytes / MIB:.1f}",
        )
    return table


def second_night(first: Measured, second: Measured) -> Table:
    """Return what an identical night adds."""
    table = Table("", "figure", "reach", title="The same night again")
    share = added_bytes(first, second) / first.bytes
    changed = sum(
        finding.state in ("new", "gone", "changed")
        for journey in second.night.journeys
        for finding in journey.findings
    )
    table.add_row("bytes added ÷ bytes of the first", f"{share:.3f}", f"≤ {ADDED_REACH}")
    table.add_row("findings new, gone or changed", str(changed), "0")
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Hold the nights and print the tables, each as soon as it is there."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.nights", description=__doc__)
    parser.add_argument("--journeys", type=int, default=JOURNEYS, help="targets of a night")
    parser.add_argument(
        "--workers", type=int, nargs="+", default=WORKERS, help="journeys at once, a night each"
    )
    parser.add_argument("--dwell", type=float, default=0.2, help="seconds of listening at every stage")
    parser.add_argument("--whole", action="store_true", help="the shop's whole journey, to the invoice")
    parser.add_argument("--work", type=Path, help="folder to work in; a temporary one unless given")
    given = parser.parse_args(arguments)
    console = Console(width=120)
    state = load_state(STATE)
    whole, short = ROOT / f"scenarios/{state.scenario}.py", ROOT / "tests/fleet/quick_shop.py"
    with (
        TemporaryDirectory(prefix="pantau-bench-", dir=given.work) as name,
        ReferenceShop(state, work_dir=Path(name) / "shop") as shop,
    ):
        held = []
        for workers in given.workers:
            folder = Path(name) / f"workers-{workers}"
            folder.mkdir()
            config = write_targets(
                folder / "pantau.toml",
                shop,
                journeys=given.journeys,
                scenario=whole if given.whole else short,
                dwell_s=given.dwell,
            )
            held.append(hold_night(config, FIRST, workers))
            console.print(nights_table(held[-1:]))
        again = hold_night(config, FIRST + timedelta(days=1), workers)
        console.print(nights_table([*held, again]))
        console.print(second_night(held[-1], again))


if __name__ == "__main__":
    main()
