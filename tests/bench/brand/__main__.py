"""Prints how well left-over brands are found, and what that costs, beside plain pytesseract in the same run.

    python -m tests.bench.brand [--split test|dev] [--work FOLDER] [--pages N] [--no-plain] [--logos]

The pages are made once, from packaged fonts, icons and photographs and a fixed seed, and kept in the folder.
Needs the Debian packages and npm icon packs named in `splits.toml`; `make bench-brand` installs them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw
from rich.console import Console
from rich.table import Table

from crawler.derive.pictures import looks, ocr, tesseract
from crawler.derive.pictures.brand import Terms
from crawler.model.policy import load_brands
from crawler.store.bundle import Bundle
from tests.bench.brand import losses, readers
from tests.bench.brand.score import Score

if TYPE_CHECKING:
    from tests.bench.brand.score import Box

HERE = Path(__file__).parent
STARTS = "from crawler.derive.pictures import logos, ppocr; ppocr.reader(); logos._classifier(logos.LAST)"
CROP_PX, COLUMNS = (360, 120), 3


def main() -> None:
    """Make the pages if need be, let every reader look, print the table."""
    asked = _arguments()
    table = tomllib.loads((HERE / "splits.toml").read_text())
    folder = asked.work / asked.split
    bundle, labels = _pages(table, asked, folder)
    labels = labels[: asked.pages] if asked.pages else labels
    terms = Terms(load_brands().names("social", "brand"), load_brands().stated("social", bundle.run.as_of))
    console = Console()
    if asked.logos:
        _print_losses(losses.look(bundle, labels), console)
        return
    with TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        _run(bundle, labels, terms, asked, console)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--split", choices=["dev", "test"], default="test")
    parser.add_argument("--work", type=Path, default=Path(".bench/brand"))
    parser.add_argument("--pages", type=int, help="look at the first N pages only")
    parser.add_argument("--no-plain", action="store_true", help="leave plain pytesseract out")
    parser.add_argument(
        "--no-command", action="store_true", help="leave `pantau brand` on whole pictures out"
    )
    parser.add_argument(
        "--logos", action="store_true", help="look for logos alone, and say where they are lost"
    )
    parser.add_argument("--workers", action="store_true", help="measure 1 and 2 worker processes too")
    return parser.parse_args()


def _pages(
    table: dict[str, Any], asked: argparse.Namespace, folder: Path
) -> tuple[Bundle, list[dict[str, Any]]]:
    if not (folder / "labels.json").exists():
        from tests.bench.brand.capture import capture
        from tests.bench.brand.pages import Maker

        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        capture(Maker(table[asked.split], table["copy"], asked.work / "icons").pages(), folder)
    (root,) = (folder / "snapshots" / "bench-brand").iterdir()
    return Bundle(root), json.loads((folder / "labels.json").read_text())


def _run(
    bundle: Bundle, labels: list[dict[str, Any]], terms: Terms, asked: argparse.Namespace, console: Console
) -> None:
    plain, cold, command = Score(), Score(), Score()
    clocks = {name: readers.Stopwatch() for name in ("plain", "cold", "warm", "command")}
    pixels = 0.0
    start_s = _start_up()
    looks.look_at_pieces([], terms, looks.engines())
    tesseract.engine()
    readers.cascade(bundle, [labels[0]["visit"]], terms)  # loads the models, as a run does once
    shutil.rmtree(bundle.root / "derived", ignore_errors=True)
    shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)
    together = [labels[at : at + ocr.TOGETHER] for at in range(0, len(labels), ocr.TOGETHER)]
    for pages in together:
        with clocks["cold"]:
            found = readers.cascade(bundle, [page["visit"] for page in pages], terms)
        for page, each in zip(pages, found, strict=True):
            cold.add(page, each)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    shutil.rmtree(bundle.root / "derived", ignore_errors=True)
    for pages in together:
        with clocks["warm"]:
            readers.cascade(bundle, [page["visit"] for page in pages], terms)
    for page in labels:
        shown = readers.whole(bundle, page["visit"])
        pixels += shown.width * shown.height / 1e6
        if not asked.no_plain:
            with clocks["plain"]:
                found = readers.plain(shown, page["scale"])
            plain.add(page, found)
        if not asked.no_command:
            path = bundle.root.parents[2] / "page.png"
            shown.save(path, compress_level=1)
            with clocks["command"]:
                found = readers.command(path, terms, page["scale"])
            command.add(page, found)
    _print(console, labels, pixels, {"plain": plain, "cold": cold, "command": command}, clocks)
    console.print(
        f"reader start-up {start_s:.1f} s (process, models and classifier); peak memory {peak_mb:.0f} MB"
    )
    _print_losses(losses.look(bundle, labels), console)
    if asked.workers:
        _workers(bundle, terms, console)
    for name, score in (("misses", cold), ("command-misses", command)):
        file = bundle.root.parents[2] / f"{name}.png"
        _sheet(bundle, labels, score, file)
        console.print(f"every miss and false alarm as a picture: {file}")


def _print(
    console: Console,
    labels: list[dict[str, Any]],
    pixels: float,
    scores: dict[str, Score],
    clocks: dict[str, readers.Stopwatch],
) -> None:
    kinds = [label["kind"] for page in labels for label in page["labels"]]
    counts = ", ".join(
        f"{kinds.count(kind)} {name}"
        for kind, name in (
            ("text", "brand texts"),
            ("near", "near-misses"),
            ("logo", "logos"),
            ("other", "other icons"),
        )
    )
    console.print(f"{len(labels)} pages, {pixels:.0f} megapixels: {counts}")
    table = Table()
    for title in ("", "plain pytesseract", "crawl", "pantau brand on the picture"):
        table.add_column(title)
    each = [scores["plain"], scores["cold"], scores["command"]]
    table.add_row(
        "text recall, core / all", *(f"{s.recall('text', 'core'):.3f} / {s.recall('text'):.3f}" for s in each)
    )
    table.add_row("text precision, near-misses included", *(f"{s.precision('text'):.3f}" for s in each))
    table.add_row(
        "logo recall / precision, unseen packs",
        *(f"{s.recall('logo'):.3f} / {s.precision('logo'):.3f}" for s in each),
    )
    costs = [clocks[name].cpu_s / pixels for name in ("plain", "cold", "command")]
    table.add_row("CPU-seconds per megapixel, cold", *(f"{cost:.3f}" for cost in costs))
    table.add_row("warm", "", f"{clocks['warm'].cpu_s / pixels:.3f}", "")
    if costs[0]:
        table.add_row("cost against plain", "1", *(f"{cost / costs[0]:.2f}" for cost in costs[1:]))
    console.print(table)
    by = scores["cold"].categories
    for category in sorted({name for name, _ in by}):
        console.print(
            f"  {category}: {by[category, True]} of {by[category, True] + by[category, False]}",
            highlight=False,
        )
    for name in ("cold", "command"):
        for visit, hit in scores[name].alarms:
            console.print(
                f"  false alarm ({name}) page {visit}: {hit.kind} {hit.said!r}", highlight=False, markup=False
            )


def _print_losses(found: losses.Losses, console: Console) -> None:
    table = Table(title="logos alone, before words that were read take some away")
    for title in ("kind", "there", "not offered", "not believed", "doubted", "recall"):
        table.add_column(title)
    for row in found.rows():
        table.add_row(*row)
    console.print(table)
    console.print(
        f"logo precision {found.right / max(1, found.right + len(found.alarms)):.3f}; "
        f"{found.offers / found.megapixels:.0f} shapes and {found.clock.cpu_s / found.megapixels:.4f} CPU-seconds a megapixel"
    )
    for visit, sure, box in found.alarms:
        console.print(
            f"  false logo page {visit}: {sure:.3f} at {[round(edge) for edge in box]}", highlight=False
        )


def _start_up() -> float:
    """Return how long a new process takes until it can read."""
    start = time.monotonic()
    subprocess.run([sys.executable, "-c", STARTS], check=True)
    return time.monotonic() - start


def _workers(bundle: Bundle, terms: Terms, console: Console) -> None:
    for workers in (1, 2):
        shutil.rmtree(bundle.root / "derived", ignore_errors=True)
        shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)
        clock = readers.Stopwatch()
        with clock:
            ocr.read_ahead(bundle, terms=terms, workers=workers)
        console.print(f"{workers} worker(s), whole split: {clock.wall_s:.0f} s wall, {clock.cpu_s:.0f} s CPU")


def _sheet(bundle: Bundle, labels: list[dict[str, Any]], score: Score, file: Path) -> None:
    """Draw every miss and false alarm, with what it is."""
    scales = {page["visit"]: page["scale"] for page in labels}
    entries = [
        (
            visit,
            label["box"],
            f"miss p{visit} {label['cat']} {'core' if label['core'] else ''}: {label['text']}",
        )
        for visit, label in score.misses
    ]
    entries += [(visit, hit.box, f"ALARM p{visit} {hit.kind}: {hit.said}") for visit, hit in score.alarms]
    height = (CROP_PX[1] + 16) * -(-max(1, len(entries)) // COLUMNS)
    sheet = Image.new("RGB", (CROP_PX[0] * COLUMNS, height), "white")
    known: dict[int, Image.Image] = {}
    for at, (visit, box, said) in enumerate(sorted(entries, key=lambda entry: entry[0])):
        if visit not in known:
            known = {visit: readers.whole(bundle, visit)}
        crop = _crop(known[visit], box, scales[visit])
        x, y = CROP_PX[0] * (at % COLUMNS), (CROP_PX[1] + 16) * (at // COLUMNS)
        sheet.paste(crop, (x, y + 14))
        ImageDraw.Draw(sheet).text(
            (x + 2, y), said[:60].encode("latin-1", "replace").decode("latin-1"), fill="black"
        )
    sheet.save(file)


def _crop(page: Image.Image, box: Box | list[float], scale: float) -> Image.Image:
    x, y, width, height = (edge * scale for edge in box)
    by = 0.3 * height + 6
    area = (
        max(0, int(x - by)),
        max(0, int(y - by)),
        min(page.width, int(x + width + by)),
        min(page.height, int(y + height + by)),
    )
    if area[0] >= area[2] or area[1] >= area[3]:
        return Image.new("RGB", (8, 8), "red")
    crop = page.crop(area)
    crop.thumbnail((CROP_PX[0] - 6, CROP_PX[1] - 4))
    return crop


if __name__ == "__main__":
    main()
