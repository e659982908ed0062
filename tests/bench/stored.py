"""How fast the index is at many runs, and how many stored bundles a second are judged again.

The runs are synthetic: seven stages, 40 requests and 60 pieces of text each, no pictures, made by the writer
that a crawl uses (without waiting for the disk). Fifty are written, all others are hard links under other
names. The bundles that are judged again have a picture a stage, so that OCR has something to read: cold is
without anything under `derived/`, warm is with all of it.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from PIL import Image, ImageDraw
from rich.table import Table

from crawler.checks.engine import judge, write
from crawler.derive.cache import shared_folder
from crawler.model.policy import load_brands, pack_in_force
from crawler.store import index
from crawler.store.bundle import Bundle
from tests.bench.measured import measure
from tests.bundles import a_request, a_visit, make_bundle

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.measured import Cost

STAGES = ("storefront", "product", "cart", "checkout", "payment", "invoice", "info")
HOSTS = ("www.tokopedia.com", "gql.tokopedia.com", "pay.tokopedia.com", "images.tokopedia.net", "gtm.test")
QUERIES = ("tiktok", "keranjang belanja", '"barang nomor 7"', "tidak ada di mana pun")
REPEATS = 5
ORIGINALS = 50
PICTURE_PX = (900, 1_200)


def build(folder: Path, runs: int) -> Path:
    """Write runs under `folder`, each judged, and return the folder of the bundles."""
    originals = []
    for number in range(min(runs, ORIGINALS)):
        bundle = _bundle(folder, number, picture=None)
        write(bundle, judge(bundle, pack_in_force(bundle.run.as_of), load_brands()))
        originals.append(bundle.root)
    for number in range(len(originals), runs):
        original = originals[number % len(originals)]
        shutil.copytree(original, original.with_name(_run_id(number)), copy_function=os.link)
    return folder / "snapshots"


def _run_id(number: int) -> str:
    return f"20240312T020000Z-{number:08x}"


def _bundle(folder: Path, number: int, *, picture: Image.Image | None) -> Bundle:
    brand = "TikTok Shop" if number % 3 == 0 else "Shop | Tokopedia"
    text = [brand, *(f"barang nomor {each} di keranjang belanja {number}" for each in range(60))]
    visits = [a_visit(stage, text=text, picture=picture) for stage in STAGES]
    requests = [
        a_request(f"https://{HOSTS[each % len(HOSTS)]}/{number}/{each}?a=b", visit=1 + each % len(STAGES))
        for each in range(40)
    ]
    with patch.object(os, "fsync"):  # the disk is not what is measured
        return make_bundle(folder, visits, requests, run_id=_run_id(number))


def index_rows(folder: Path, runs: int) -> list[tuple[str, str]]:
    """Measure rebuilding, updating, adding and searching."""
    started = time.perf_counter()
    out = build(folder, runs)
    built_s = time.perf_counter() - started
    root = next((out / "test-shop").glob("2*"))
    rebuild = measure([sys.executable, "-m", "crawler.cli", "index", "--rebuild", "--out", str(out)])
    update_s = _timed(lambda: index.update(out))
    add_s = statistics.median(_timed(lambda: index.add(root)) for _ in range(REPEATS))
    rows = [
        (f"write {runs} runs (preparation)", f"{built_s:.1f} s"),
        ("pantau index --rebuild", _per_second(rebuild, runs)),
        ("index: update, nothing changed", f"{update_s:.2f} s, {runs / update_s:.0f} runs/s"),
        ("index: add one run", f"{1_000 * add_s:.0f} ms"),
        ("index: file", f"{(out / index.FILE).stat().st_size / 2**20:.0f} MiB"),
    ]
    for words in QUERIES:
        hits = len(index.search(out, words))
        query_s = statistics.median(
            _timed(lambda words=words: index.search(out, words)) for _ in range(REPEATS)
        )
        rows.append((f"search: {words} ({hits} hits)", f"{1_000 * query_s:.1f} ms"))
    return rows


def _per_second(cost: Cost, runs: int) -> str:
    per_wall_s, per_cpu_s = runs / cost.wall_s, runs / cost.cpu_s
    return (
        f"{cost.wall_s:.1f} s, {per_wall_s:.0f} runs/s; {cost.cpu_s:.1f} CPU s, {per_cpu_s:.0f} runs a CPU s"
    )


def judging_rows(folder: Path, bundles: int) -> list[tuple[str, str]]:
    """Measure judging stored bundles again, verification included, without and with what was derived."""
    picture = Image.new("RGB", PICTURE_PX, "white")
    ImageDraw.Draw(picture).text((40, 40), "Shop | Tokopedia, keranjang belanja", fill="black", font_size=36)
    roots = [_bundle(folder, number, picture=picture).root for number in range(bundles)]
    rows = []
    for name in ("cold", "warm"):
        if name == "cold":
            shutil.rmtree(shared_folder(), ignore_errors=True)
            for root in roots:
                shutil.rmtree(root / "derived", ignore_errors=True)
        judged_s = _timed(lambda: [_judge(root) for root in roots])
        rows.append((f"judge again, {name}", f"{bundles / judged_s:.2f} bundles/s"))
    return rows


def _judge(root: Path) -> None:
    bundle = Bundle(root)
    judge(bundle, pack_in_force(bundle.run.as_of), load_brands())


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def table(work: Path, *, runs: int, judged: int) -> Table:
    """Measure in the folder `work`, which must be empty, and return the figures."""
    found = Table("", "figure", title=f"The index at {runs} runs, and judging stored bundles again")
    for row in (*index_rows(work / "index", runs), *judging_rows(work / "judging", judged)):
        found.add_row(*row)
    return found
