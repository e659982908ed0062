"""The second reader: Tesseract reads what the first one found again, or everything where it stands alone."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps, ImageStat

from crawler.derive.pictures import sheets
from crawler.derive.pictures.rows import Row
from crawler.derive.pictures.sheets import Piece
from crawler.errors import ReaderError
from crawler.lib.lazy import LazyPackage
from crawler.model.box import ImageBox

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pytesseract

    from crawler.derive.pictures.sheets import Sheet
else:
    pytesseract = LazyPackage("pytesseract")

COMMAND = "tesseract"
LANGUAGES = ("eng", "ind")
# Source: measured on 16 labelled pages, November 2026: telling strokes from larger shapes, this finds 24 of
# 38 names in pictures and raises no false alarm. Page layouts other than sparse text (11) were not compared.
CONFIG = "--psm 11"
LINE_CONFIG = "--oem 1 --psm 7"  # one line, and no classifier that learns from the lines before it
RUN_TIMEOUT_S = 120
WORKERS = 2
CROP_PX = 40  # height at which a crop is read again: capitals of some 30 px are what Tesseract reads best
MAX_CROP_PX = 900
_VERSION = re.compile(r"tesseract v?(\d+(?:\.\d+)*)")
_PASSES = (("dark", sheets.dark_strokes), ("light", sheets.light_strokes))


def engine(config: str = CONFIG) -> str:
    """Return the version of Tesseract with the languages that are read, and how.

    Args:
        config: `CONFIG` where it reads alone, `LINE_CONFIG` where it reads again.

    Raises:
        ReaderError: Tesseract or one of the languages is missing.
    """
    return f"{_engine(COMMAND)} {config}"


@cache
def _engine(command: str) -> str:
    """Return version and languages. Every judgement asks, so the package that reads is not loaded for it."""
    hint = "Install Tesseract with Indonesian and English, or run: pantau doctor"
    try:
        version = _VERSION.match(_said_by(command, "--version"))
        there = set(_said_by(command, "--list-langs").split())
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError) as error:
        raise ReaderError(f"Tesseract ({command}) is not there or does not start.", hint=hint) from error
    if not version:
        raise ReaderError(f"Tesseract ({command}) does not say its version.", hint=hint)
    if missing := [language for language in LANGUAGES if language not in there]:
        raise ReaderError(f"Tesseract lacks the language {', '.join(missing)}.", hint=hint)
    return f"tesseract {version[1]} {'+'.join(LANGUAGES)}"


def _said_by(command: str, question: str) -> str:
    done = subprocess.run(  # noqa: S603 - a program of this machine, no shell
        [command, question], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        timeout=RUN_TIMEOUT_S, check=True,
    )  # fmt: skip
    return done.stdout.decode()


def rows(pieces: Sequence[Piece]) -> list[tuple[Row, ...]]:
    """Return what stands in each piece, read dark on light and light on dark; tall ones at half size too."""
    looks = [(at, look) for at, piece in enumerate(pieces) for look in _looks(piece)]
    owners = {id(look): at for at, look in looks}
    # What a person typed lies on sheets of its own: no word runs from it into what is remembered.
    apart = [[look for at, look in looks if bool(pieces[at].key) is named] for named in (True, False)]
    jobs = [
        (name, sheet)
        for together in apart
        if together
        for name, treat in _PASSES
        for sheet in sheets.pack(together, treat)
    ]
    found: list[list[Row]] = [[] for _ in pieces]
    for (name, sheet), words in zip(jobs, _read_all([sheet for _, sheet in jobs]), strict=True):
        for piece, row in _rows(sheet, words, name):
            at = owners[id(piece)]
            by = piece.scale / pieces[at].scale
            moved = tuple((text, sure, _scaled(box, by)) for text, sure, box in row.words)
            found[at].append(Row(moved, name))
    return [tuple(each) for each in found]


def reread(crops: Sequence[Image.Image]) -> list[tuple[str, ...]]:
    """Return what Tesseract reads in each crop of one line: dark on light, and its strokes alone.

    Each is read for itself, so that no other crop changes what it says, but many in one run: starting costs
    more than reading.
    """
    shown = [treat(crop) for crop in map(_level, crops) for treat in _RENDERINGS]
    legible = [at for at, picture in enumerate(shown) if _written(picture)]
    read = _read_lines([shown[at] for at in legible]) if legible else []
    said = dict(zip(legible, read, strict=True))
    each = len(_RENDERINGS)
    return [
        tuple(dict.fromkeys(said[at] for at in range(first, first + each) if said.get(at)))
        for first in range(0, len(shown), each)
    ]


def _written(picture: Image.Image) -> bool:
    """Say whether a rendering shows anything: of a blank line Tesseract makes words up."""
    darkest, lightest = picture.getextrema()
    return darkest != lightest


def _read_lines(pictures: Sequence[Image.Image]) -> list[str]:
    """Return what stands in each of some pictures of one line, read in one run from a list of files."""
    try:
        with tempfile.TemporaryDirectory(prefix="pantau-lines-") as name:
            paths = [Path(name) / f"{number}.pgm" for number in range(len(pictures))]
            for picture, path in zip(pictures, paths, strict=True):
                picture.save(path)
            listed = Path(name) / "lines.txt"
            listed.write_text("\n".join(map(str, paths)))
            data = _image_to_data(str(listed), LINE_CONFIG)
    except OSError as error:
        raise ReaderError(f"Pictures for Tesseract cannot be written: {error}") from error
    words: list[list[str]] = [[] for _ in pictures]
    for page, text, sure in zip(data["page_num"], data["text"], data["conf"], strict=True):
        if text.strip() and float(sure) >= 0:
            words[page - 1].append(text.strip())
    return [" ".join(line) for line in words]


def _level(crop: Image.Image) -> Image.Image:
    """Return a crop in grey, dark on light: what is along its edge is its background."""
    width = min(MAX_CROP_PX, max(1, round(crop.width * CROP_PX / crop.height)))
    grey = crop.convert("L").resize((width, CROP_PX), Image.Resampling.LANCZOS)
    edge = sorted(
        grey.crop((0, 0, width, 3)).tobytes() + grey.crop((0, CROP_PX - 3, width, CROP_PX)).tobytes()
    )
    inside = ImageStat.Stat(grey).median[0]
    return grey if (edge[len(edge) // 2] + inside) / 2 >= 128 else ImageOps.invert(grey)


def _stretched(crop: Image.Image) -> Image.Image:
    return ImageOps.autocontrast(crop)


_RENDERINGS = (_stretched, sheets.dark_strokes)


def _looks(piece: Piece) -> Iterable[Piece]:
    """Return a piece in grey; a tall one at half size too: the strokes of a poster are wide."""
    grey = piece.picture.convert("L")
    yield Piece(grey, piece.scale, piece.places)
    if piece.picture.height / piece.scale >= sheets.TALL:
        by = sheets.COARSE_SCALE / piece.scale
        size = (max(1, round(grey.width * by)), max(1, round(grey.height * by)))
        yield Piece(grey.resize(size, Image.Resampling.LANCZOS), sheets.COARSE_SCALE, piece.places)


def _read_all(packed: Sequence[Sheet]) -> list[dict[str, list[Any]]]:
    with ThreadPoolExecutor(WORKERS) as pool:  # each waits for a process of its own
        return list(pool.map(lambda sheet: _image_to_data(sheet.picture, CONFIG), packed))


def _image_to_data(picture: Image.Image | str, config: str) -> dict[str, list[Any]]:
    """Return the words in a picture, or in the files that a file lists."""
    pytesseract.pytesseract.tesseract_cmd = COMMAND
    os.environ["OMP_THREAD_LIMIT"] = "1"  # idle threads that spin cost four times the work itself
    try:
        found: dict[str, list[Any]] = pytesseract.image_to_data(
            picture,
            lang="+".join(LANGUAGES),
            config=config,
            timeout=RUN_TIMEOUT_S,
            output_type=pytesseract.Output.DICT,
        )
    except (RuntimeError, OSError) as error:  # TesseractError and the timeout are RuntimeErrors
        raise ReaderError(f"Tesseract broke while it read a picture: {error}") from error
    return found


def _rows(sheet: Sheet, data: dict[str, list[Any]], found_by: str) -> Iterable[tuple[Piece, Row]]:
    """Yield each row of words for every piece of a sheet that it runs over, in px of the piece."""
    read: dict[tuple[int, int, int], list[tuple[str, float, ImageBox]]] = {}
    for index, text in enumerate(data["text"]):
        confidence = float(data["conf"][index])
        if text.strip() and confidence >= 0:
            box = ImageBox(*(data[side][index] for side in ("left", "top", "width", "height")))
            row = (data["block_num"][index], data["par_num"][index], data["line_num"][index])
            read.setdefault(row, []).append((text.strip(), round(confidence / 100, 4), box))
    for words in read.values():
        for piece, x, y in sheet.pieces:
            within = tuple(
                (text, sure, box._replace(x=box.x - x, y=box.y - y))
                for text, sure, box in words
                if _centre_in(box, piece, x, y)
            )
            if within:
                yield piece, Row(within, found_by)


def _centre_in(box: ImageBox, piece: Piece, x: int, y: int) -> bool:
    across, down = box.x + box.w / 2 - x, box.y + box.h / 2 - y
    return 0 <= across <= piece.picture.width and 0 <= down <= piece.picture.height


def _scaled(box: ImageBox, by: float) -> ImageBox:
    return ImageBox.between(*(round(edge / by) for edge in box.edges))
