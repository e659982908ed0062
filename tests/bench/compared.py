"""What it costs to hold two stored runs against each other, and to show a trend over many.

The runs have ten stages with a long picture each and 250 requests. Warm is with all that reading the pictures
left under `derived/`; a repeat is a third run whose moving parts are found and masked.
"""

from __future__ import annotations

import os
import statistics
import time
from typing import TYPE_CHECKING
from unittest.mock import patch

from PIL import Image, ImageDraw
from rich.table import Table

from crawler.checks.engine import judge
from crawler.history.comparison import compare
from crawler.history.judged import Judged
from crawler.history.timeline import series_of
from crawler.model.policy import load_brands, pack_in_force
from crawler.store import index
from crawler.store.bundle import Bundle
from crawler.store.index.series import judged_runs
from tests.bench.stored import HOSTS, build
from tests.bundles import a_request, a_visit, make_bundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STAGES = (
    "entry",
    "storefront",
    "search",
    "product",
    "cart",
    "checkout",
    "payment",
    "invoice",
    "info",
    "info",
)
REQUESTS = 250
PICTURE_PX = (1_366, 4_000)
REPEATS = 5


def _picture(number: int) -> Image.Image:
    picture = Image.new("RGB", PICTURE_PX, "white")
    draw = ImageDraw.Draw(picture)
    for row in range(PICTURE_PX[1] // 50):
        draw.text((30, 50 * row), f"barang nomor {row * row}", fill="black", font_size=28)
        draw.rectangle((700, 50 * row, 1_200, 50 * row + 30), fill=(row % 200, 90, 160))
    draw.rectangle((30, 900, 600, 1_100), fill=(40 * number % 255, 120, 90))
    return picture


def _write(folder: Path, number: int) -> Path:
    brand = "TikTok Shop" if number % 2 else "Shop | Tokopedia"
    text = [
        brand,
        f"bergerak {'x' * number}",
        *(f"barang {each} di keranjang belanja" for each in range(120)),
    ]
    picture = _picture(number)
    visits = [a_visit(stage, text=text, picture=picture) for stage in STAGES]
    requests = [
        a_request(f"https://{HOSTS[each % len(HOSTS)]}/{each}?a=b", visit=1 + each % len(STAGES))
        for each in range(REQUESTS)
    ]
    with patch.object(os, "fsync"):  # the disk is not what is measured
        return make_bundle(folder, visits, requests, run_id=f"20240312T020000Z-{number:08x}").root


def _judged(root: Path) -> Judged:
    bundle, brands = Bundle(root), load_brands()
    return Judged(bundle, judge(bundle, pack_in_force(bundle.run.as_of), brands), brands)


def comparison_rows(folder: Path) -> list[tuple[str, str]]:
    """Measure a comparison as the command does it: open, verify, judge and compare, all of it warm."""
    roots = [_write(folder, number) for number in range(3)]
    for root in roots:
        _judged(root)
    alone = _cpu_s(lambda: compare(_judged(roots[0]), _judged(roots[1])))
    judged = [_judged(root) for root in roots]
    only = _cpu_s(lambda: compare(judged[0], judged[1]))
    masked = _cpu_s(lambda: compare(judged[0], judged[1], repeat=judged[2]))
    what = f"{len(STAGES)} stages, {REQUESTS} requests"
    return [
        (f"compare two runs of {what}, judging included", f"{alone:.2f} s CPU"),
        ("  the comparison alone", f"{only:.2f} s CPU"),
        ("  with a repeat, its moving parts masked", f"{masked:.2f} s CPU"),
    ]


def trend_rows(folder: Path, runs: int) -> list[tuple[str, str]]:
    """Measure the trend over many runs, from an index that is up to date."""
    out = build(folder, runs)
    index.update(out)
    wall = statistics.median(_wall_s(lambda: series_of(judged_runs(out))) for _ in range(REPEATS))
    cpu = _cpu_s(lambda: series_of(judged_runs(out)))
    return [(f"trend over {runs} runs", f"{wall:.2f} s ({cpu:.2f} s CPU)")]


def _cpu_s(work: Callable[[], object]) -> float:
    found = []
    for _ in range(REPEATS):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return statistics.median(found)


def _wall_s(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def table(work: Path, *, runs: int) -> Table:
    """Measure in the folder `work`, which must be empty, and return the figures."""
    found = Table("", "figure", title="Holding runs against each other")
    for row in (*comparison_rows(work / "compared"), *trend_rows(work / "trend", runs)):
        found.add_row(*row)
    return found
