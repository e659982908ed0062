"""What capture costs: Pantau beside a plain script and beside loading the pages alone, in one run.

Six pages of 40 pictures (see `tests/bench/shop.py`), each contender in turn, several rounds. *Pings seen* are
those that stand in what the contender keeps: the HAR of the plain script, the bundle of Pantau.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.table import Table

from crawler.derive.cache import shared_folder
from crawler.lib.hosts import host_of
from crawler.settings import HostMapping, RunSettings
from tests.bench import processes
from tests.bench.measured import Cost, measure
from tests.bench.shop import PAGES, PING_HOST, PINGS, SHOP_HOST, shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.site import Site

WALKS = Path(__file__).parent / "walks"
PANTAU = Path(sys.executable).with_name("pantau")
MIB = 2**20
CAPTURE_CPU_REACH, CAPTURE_CPU_DREAM, WALL_REACH = 0.4, 0.25, 1.25
WHOLE_CPU_REACH, WHOLE_WALL_REACH, WHOLE_MEMORY_REACH = 0.75, 1.2, 1.0
EXIT_CODES_OF_A_WALK = (0, 1, 3)  # whatever the verdict on this shop is


@dataclass(frozen=True)
class Round:
    """One contender's cost in one round, the bytes it kept and the pings that stand in them."""

    cost: Cost
    kept_bytes: int
    pings: int | None


@dataclass(frozen=True)
class Contender:
    """A command to measure: made from the site and a folder, and how to read its pings."""

    name: str
    command: Callable[[Site, Path], list[str]]
    pings: Callable[[Path], int | None]


def settings(site: Site, out: Path) -> RunSettings:
    """Return Pantau's own settings, as shipped, for the shop of the benchmark."""
    target = f"127.0.0.1:{site.port}"
    return RunSettings(
        out=out,
        start_url=site.url("/", host=SHOP_HOST),
        resolve=tuple(HostMapping(host=host, target=target) for host in (SHOP_HOST, PING_HOST)),
    )


def _plain(script: str) -> Callable[[Site, Path], list[str]]:
    def command(site: Site, folder: Path) -> list[str]:
        rules = ",".join(f"MAP {host} 127.0.0.1" for host in (SHOP_HOST, PING_HOST))
        name = f"tests.bench.walks.{script}"
        return [sys.executable, "-m", name, site.url("/", host=SHOP_HOST), rules, str(folder)]

    return command


def _capture(script: str) -> Callable[[Site, Path], list[str]]:
    def command(site: Site, folder: Path) -> list[str]:
        given = settings(site, folder).model_dump_json()
        return [sys.executable, "-m", f"tests.bench.walks.{script}", given, str(WALKS / "journey.py")]

    return command


def _whole(site: Site, folder: Path) -> list[str]:
    given = settings(site, folder)
    resolve = [part for each in given.resolve for part in ("--resolve", f"{each.host}={each.target}")]
    start = ["--start-url", str(given.start_url)]
    return [str(PANTAU), "run", str(WALKS / "journey.py"), *start, *resolve, "--out", str(folder)]


def _pings_in_hars(folder: Path) -> int:
    logs = [json.loads(path.read_text("utf-8"))["log"] for path in folder.glob("*.har")]
    return sum(host_of(entry["request"]["url"]) == PING_HOST for log in logs for entry in log["entries"])


def _pings_in_bundle(folder: Path) -> int:
    (requests,) = folder.rglob("data/requests.jsonl")
    return sum(host_of(json.loads(line)["url"]) == PING_HOST for line in requests.open(encoding="utf-8"))


CONTENDERS = (
    Contender("floor: load only", _plain("floor"), lambda _: None),
    Contender("plain script", _plain("naive"), _pings_in_hars),
    Contender("Pantau, capture", _capture("capture"), _pings_in_bundle),
    Contender("Pantau, one witness", _capture("one_witness"), _pings_in_bundle),
    Contender("Pantau, whole", _whole, _pings_in_bundle),
)


def compare(work: Path, rounds: int) -> dict[str, list[Round]]:
    """Measure every contender in turn, several times."""
    found: dict[str, list[Round]] = {contender.name: [] for contender in CONTENDERS}
    with shop() as site:
        for number in range(rounds):
            for contender in CONTENDERS:
                with TemporaryDirectory(prefix=f"{number}-", dir=work) as name:
                    found[contender.name].append(_once(contender, site, Path(name)))
    return found


def _once(contender: Contender, site: Site, folder: Path) -> Round:
    shutil.rmtree(shared_folder(), ignore_errors=True)  # every round reads its pictures anew
    cost = measure(contender.command(site, folder))
    if cost.exit_code not in EXIT_CODES_OF_A_WALK:
        raise RuntimeError(f"{contender.name} ended with exit code {cost.exit_code}")
    kept = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Round(cost, kept, contender.pings(folder))


def tables(found: dict[str, list[Round]]) -> list[Table]:
    """Return the medians of every contender, then what was to be reached."""
    costs = Table(
        "", "wall s", "CPU s", "peak MiB", "kept MiB", "pings seen", title="Six pages of pictures, medians"
    )
    for name, rounds in found.items():
        pings = [each.pings for each in rounds if each.pings is not None]
        costs.add_row(
            name,
            f"{_median(rounds, lambda each: each.cost.wall_s):.1f}",
            f"{_median(rounds, lambda each: each.cost.cpu_s):.1f}",
            f"{_median(rounds, lambda each: each.cost.peak_bytes / MIB):.0f}",
            f"{_median(rounds, lambda each: each.kept_bytes / MIB):.1f}",
            f"{min(pings)}/{PINGS}" if pings else "-",
        )
    return [costs, _processes(found), _reached(found)]


def _processes(found: dict[str, list[Round]]) -> Table:
    """Return where the processor time went, by process."""
    table = Table("process", *found, title="CPU seconds by process, medians")
    for role in processes.NAMES:
        seconds = [[each.cost.by_role.get(role, 0.0) for each in rounds] for rounds in found.values()]
        table.add_row(role, *(f"{statistics.median(each):.2f}" for each in seconds))
    return table


def _reached(found: dict[str, list[Round]]) -> Table:
    """Compare round by round, so that a machine that changes its speed changes both sides."""
    floor, plain, capture, one_witness, whole = found.values()
    dwell_s = PAGES * RunSettings().dwell_s
    cpu = [ours.cost.cpu_s / theirs.cost.cpu_s for ours, theirs in zip(capture, plain, strict=True)]
    wall = [
        ours.cost.wall_s / (base.cost.wall_s + dwell_s) for ours, base in zip(capture, floor, strict=True)
    ]
    witness = [ours.cost.cpu_s / theirs.cost.cpu_s for ours, theirs in zip(capture, one_witness, strict=True)]
    table = Table("", "figure", "reach", "min to max", title=f"To be reached, medians of {len(cpu)} rounds")
    table.add_row(
        "pings in the bundle", f"{min(each.pings or 0 for each in capture + whole)}", f"{PINGS}", ""
    )
    table.add_row(
        "capture CPU ÷ plain script's",
        f"{statistics.median(cpu):.2f}",
        f"≤ {CAPTURE_CPU_REACH} (dream {CAPTURE_CPU_DREAM})",
        f"{min(cpu):.2f} to {max(cpu):.2f}",
    )
    table.add_row(
        "second witness: CPU ÷ without it",
        f"{statistics.median(witness):.2f}",
        "-",
        f"{min(witness):.2f} to {max(witness):.2f}",
    )
    table.add_row(
        f"capture wall ÷ (floor + dwell, {dwell_s:g} s)",
        f"{statistics.median(wall):.2f}",
        f"≤ {WALL_REACH}",
        f"{min(wall):.2f} to {max(wall):.2f}",
    )
    of_cost: dict[str, tuple[Callable[[Cost], float], float]] = {
        "CPU": (lambda cost: cost.cpu_s, WHOLE_CPU_REACH),
        "wall": (lambda cost: cost.wall_s, WHOLE_WALL_REACH),
        "memory": (lambda cost: cost.peak_bytes, WHOLE_MEMORY_REACH),
    }
    for name, (figure, reach) in of_cost.items():
        ratios = [figure(ours.cost) / figure(theirs.cost) for ours, theirs in zip(whole, plain, strict=True)]
        table.add_row(
            f"whole run, {name} ÷ plain script's",
            f"{statistics.median(ratios):.2f}",
            f"≤ {reach:g}",
            f"{min(ratios):.2f} to {max(ratios):.2f}",
        )
    return table


def _median(rounds: list[Round], figure: Callable[[Round], float]) -> float:
    return statistics.median(figure(each) for each in rounds)
