"""The readers that are compared: plain pytesseract, the pipeline of a crawl, and `pantau brand` on the picture."""

from __future__ import annotations

import os
import re
import resource
import time
from typing import TYPE_CHECKING

import pytesseract
from PIL import Image

from crawler.checks.runs import runs
from crawler.derive.pictures import ocr, picture
from crawler.lib.text import find_words
from crawler.model.evidence import TextRecord
from tests.bench.brand.capture import whole
from tests.bench.brand.score import Found

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.derive.pictures.brand import Terms
    from crawler.store.bundle import Bundle

PLAIN = re.compile(r"tik ?tok", re.IGNORECASE)
SEEN_CHANNELS = ("text", "pseudo", "value", "placeholder")


def cpu() -> float:
    """Return the CPU seconds of this process and of those it has waited for."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def plain(shown: Image.Image, scale: float) -> list[Found]:
    """Return what `image_to_data` with its defaults finds: lines with `tik ?tok` in them, one thread."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    data = pytesseract.image_to_data(shown, output_type=pytesseract.Output.DICT)
    rows: dict[tuple[int, int, int], list[int]] = {}
    for at, text in enumerate(data["text"]):
        if text.strip():
            rows.setdefault((data["block_num"][at], data["par_num"][at], data["line_num"][at]), []).append(at)
    found = []
    for words in rows.values():
        line, starts = "", []
        for at in words:
            starts.append(len(line))
            line += data["text"][at] + " "
        for match in PLAIN.finditer(line):
            touched = [
                at for at, start in zip(words, starts, strict=True)
                if start < match.end() and start + len(data["text"][at]) > match.start()
            ]  # fmt: skip
            left, top = min(data["left"][at] for at in touched), min(data["top"][at] for at in touched)
            right = max(data["left"][at] + data["width"][at] for at in touched)
            bottom = max(data["top"][at] + data["height"][at] for at in touched)
            box = (left / scale, top / scale, (right - left) / scale, (bottom - top) / scale)
            found.append(Found("text", box, line.strip()))
    return found


def cascade(bundle: Bundle, visits: list[int], terms: Terms) -> list[list[Found]]:
    """Return what a crawl finds on some pages: page text as it stands, what their pixels say beyond it."""
    read = ocr.pixel_texts(bundle, [(visit, 1) for visit in visits], terms=terms)
    return [_page(bundle, visit, pixels, terms) for visit, pixels in zip(visits, read, strict=True)]


def _page(bundle: Bundle, visit: int, read: ocr.PixelText, terms: Terms) -> list[Found]:
    found = [
        Found("text", hit.box, f"{line.text} [{hit.grade} {hit.second}]")
        for line in read.lines
        for hit in line.hits
    ]
    found += [Found("logo", mark.box, f"{mark.confidence:.2f}") for mark in read.marks if mark.sure]
    (path,) = [each.path for each in bundle.run.visits[visit - 1].artifacts if each.kind == "text"]
    for run in runs(bundle.record(path, TextRecord)):
        if run.visible and run.channel in SEEN_CHANNELS:
            for match in find_words(run.text, terms.names):
                box = run.box(match.start, match.end)
                if box:
                    found.append(Found("text", box, run.text))
    return found


def command(path: Path, terms: Terms, scale: float) -> list[Found]:
    """Return what `pantau brand` finds in the whole page as one picture, page text unknown."""
    found = picture.look_at_file(path, terms)
    return [
        Found(hit.kind, tuple(edge / scale for edge in hit.box), f"{hit.text} [{hit.grade}] {hit.confidence}")  # type: ignore[arg-type] - four edges
        for hit in found.hits
        if hit.grade != "doubtful"
    ]


class Stopwatch:
    """CPU and wall seconds of what runs inside it, added up."""

    def __init__(self) -> None:
        self.cpu_s = self.wall_s = 0.0

    def __enter__(self) -> None:
        self._cpu, self._wall = cpu(), time.monotonic()

    def __exit__(self, *_: object) -> None:
        self.cpu_s += cpu() - self._cpu
        self.wall_s += time.monotonic() - self._wall


__all__ = ["Stopwatch", "cascade", "command", "cpu", "plain", "whole"]
