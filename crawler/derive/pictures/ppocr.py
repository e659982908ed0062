"""The first reader: PP-OCR finds and reads lines of text in a picture, over photographs too.

The models come inside a wheel and run on OpenVINO, one thread a process. They are called directly: the
wheel's own pipeline shrinks tall pages. Nothing is fetched.
"""

from __future__ import annotations

import math
import re
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.derive.pictures.inference import compiled, openvino, precision
from crawler.derive.pictures.rows import Row
from crawler.derive.pictures.strips import LINE_PX, LineBox, Read, joined, spaced
from crawler.errors import ReaderError
from crawler.lib.lazy import LazyPackage
from crawler.model.box import ImageBox

if TYPE_CHECKING:
    from collections.abc import Sequence

    import cv2
    import numpy as np

    from crawler.derive.pictures.sheets import Piece

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]
    Floats = np.ndarray[Any, np.dtype[np.float32]]
else:
    cv2 = LazyPackage("cv2")
    np = LazyPackage("numpy")

WHEEL = "rapidocr-onnxruntime"
DETECT, READ = "ch_PP-OCRv4_det_infer.onnx", "ch_PP-OCRv4_rec_infer.onnx"
HINT = "Run .ci/setup again, or: pip install --no-deps rapidocr-onnxruntime"
# Source: 64 labelled pages, November 2026: thresholds below PP-OCR's own find text on photographs, and cost
# no false alarm since what is read is matched against a name.
PIXEL_THRESHOLD, BOX_THRESHOLD, UNCLIP = 0.2, 0.3, 1.6
MIN_SIDE_PX = 3
EDGE_PX = 8  # white around a picture, at least: letters at its very edge are found badly
STRIDE = 32  # of the finding network: sides are multiples of it
STEP_PX = 8  # width that each of its steps looks at
WIDTHS_PX = 32  # lines are read as if they were as wide as a multiple of it
LEAST = 1.4  # width by height of a strip: no name is shorter, and half a name is not matched
MAX_LINE_PX = 48 * 40
LAST_LATIN = 0x24F  # Latin letters, digits, signs: the names looked for are written with them


@cache
def engine() -> str:
    """Return the reader with its versions and the numbers it is run with.

    Raises:
        ReaderError: models or runtime are not installed.
        ConfigError: those numbers are unknown.
    """
    try:
        _models()
        versions = f"{metadata.version(WHEEL)} openvino {metadata.version('openvino')}"
        return f"pp-ocrv4 {versions} {precision()}"
    except (metadata.PackageNotFoundError, FileNotFoundError) as error:
        raise ReaderError(f"The first OCR reader is not installed: {error}.", hint=HINT) from error


@cache
def reader() -> Reader:
    """Return the one reader of this process.

    Raises:
        ReaderError: it is not installed or does not start.
    """
    engine()
    try:
        return Reader()
    except (ImportError, OSError, RuntimeError) as error:
        raise ReaderError(f"The first OCR reader does not start: {error}", hint=HINT) from error


def rows(pieces: Sequence[Piece]) -> list[tuple[Row, ...]]:
    """Return what stands in each piece, boxes in px of the piece.

    Raises:
        ReaderError: the reader is not installed or broke.
    """
    return [tuple(_row(line) for line in reader().lines(np.asarray(piece.picture))) for piece in pieces]


class Reader:
    """Finds lines and reads them, in pictures of RGB pixels."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        core = openvino().Core()
        models = _models()
        find, read = core.read_model(models / DETECT), core.read_model(models / READ)
        _without_sigmoid(find)
        self._signs = _latin_only(read)
        self._find, self._read = compiled(find), compiled(read)

    def lines(self, picture: Pixels) -> list[Read]:
        """Return the lines of a picture."""
        return self.read(picture, joined(self.find(picture)))

    def find(self, picture: Pixels) -> list[LineBox]:
        """Return where lines of text stand in a picture."""
        framed, (left, top) = _framed(picture)
        odds: Floats = self._find.infer([_normal(framed)[None]])[0][0, 0]
        outlines, _ = cv2.findContours(
            (odds > _log_odds(PIXEL_THRESHOLD)).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE
        )
        found = [strip for outline in outlines if (strip := _strip(odds, outline))]
        return [strip._replace(x=strip.x - left, y=strip.y - top) for strip in found]

    def read(self, picture: Pixels, strips: Sequence[LineBox]) -> list[Read]:
        """Return what stands in the strips of a picture, nothing for a strip that says nothing."""
        return [
            read
            for strip in strips
            if strip.width >= LEAST * strip.height and (read := self._read_one(_cut(picture, strip), strip))
        ]

    def _read_one(self, pixels: Any, strip: LineBox) -> Read | None:
        """Read one strip: several at once take no less time, and each new shape has to be prepared for."""
        across = pixels.shape[1]
        given = np.zeros((1, 3, LINE_PX, -(-across // WIDTHS_PX) * WIDTHS_PX), np.float32)
        given[0, :, :, :across] = _normal(pixels)
        return self._decoded(self._read.infer([given])[0][0], strip, pixels)

    def _decoded(self, likely: Floats, strip: LineBox, pixels: Pixels) -> Read | None:
        best, sure = likely.argmax(1), likely.max(1)
        steps = [
            step for step in range(len(best)) if best[step] and (step == 0 or best[step] != best[step - 1])
        ]
        text = "".join(self._signs[best[step]] for step in steps)
        if not text.strip():
            return None
        places = tuple(min(1.0, (step + 0.5) * STEP_PX / pixels.shape[1]) for step in steps)
        read = Read(strip, text, places, tuple(round(float(sure[step]), 4) for step in steps))
        return spaced(read, pixels)


def _row(line: Read) -> Row:
    words = []
    for match in re.finditer(r"\S+", line.text):
        left, top, right, bottom = line.edges(match.start(), match.end())
        sure = line.sure[match.start() : match.end()]
        placed = ImageBox.between(math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom))
        words.append((match.group(), round(sum(sure) / len(sure), 4), placed))
    return Row(tuple(words), "pp-ocr")


def _framed(picture: Pixels) -> tuple[Pixels, tuple[int, int]]:
    """Return a picture in the middle of one whose sides are multiples of `STRIDE`, and where it begins."""
    down, across = (2 * EDGE_PX + -(side + 2 * EDGE_PX) % STRIDE for side in picture.shape[:2])
    top, left = down // 2, across // 2
    framed: Any = cv2.copyMakeBorder(
        picture, top, down - top, left, across - left, cv2.BORDER_CONSTANT, value=(255, 255, 255)
    )
    return framed, (left, top)


def _models() -> Path:
    """Return the folder of the models, without running a line of the package they come in.

    Raises:
        FileNotFoundError: they are not there.
    """
    spec = util.find_spec(WHEEL.replace("-", "_"))
    folders = spec.submodule_search_locations if spec else None
    folder = Path(next(iter(folders or ()), "")) / "models"
    if not folders or not all((folder / name).is_file() for name in (DETECT, READ)):
        raise FileNotFoundError(f"no {DETECT} and {READ} of {WHEEL}")
    return folder


def _latin_only(model: Any) -> list[str]:
    """Cut the last layer of the reading network down to Latin signs, and return them, the blank first.

    A fifth of its time went into six thousand Chinese signs, and a doubtful letter is never read as one.
    """
    ops = openvino().opset13
    listed = ["", *model.get_rt_info(["framework", "character"]).astype(str).splitlines(), " "]
    kept = [index for index, sign in enumerate(listed) if not sign or ord(sign[0]) <= LAST_LATIN]
    softmax = model.get_results()[0].input_value(0).get_node()
    add = softmax.input_value(0).get_node()
    matmul = add.input_value(0).get_node()
    weights = matmul.input_value(1).get_node().get_data()[:, kept]
    bias = add.input_value(1).get_node().get_data()[kept]
    cut = ops.add(ops.matmul(matmul.input_value(0), np.ascontiguousarray(weights), False, False), bias)
    softmax.input(0).replace_source_output(cut.output(0))
    model.validate_nodes_and_infer_types()
    return [listed[index] for index in kept]


def _without_sigmoid(model: Any) -> None:
    """Let the finding network end in log odds: what is likely is asked for few of its pixels."""
    result = model.get_results()[0]
    sigmoid = result.input_value(0).get_node()
    result.input(0).replace_source_output(sigmoid.input_value(0))
    model.validate_nodes_and_infer_types()


def _log_odds(likely: float) -> float:
    return math.log(likely / (1 - likely))


def _normal(pixels: Pixels) -> Floats:
    """Return RGB pixels as the networks take them: BGR planes from -1 to 1."""
    planes: Floats = np.ascontiguousarray(pixels[:, :, ::-1].transpose(2, 0, 1), dtype=np.float32)
    planes *= 2 / 255
    planes -= 1
    return planes


def _strip(odds: Floats, outline: Any) -> LineBox | None:
    """Return the strip around an outline, widened from its core to the letters; None where it is unlikely."""
    (x, y), (width, height), angle = cv2.minAreaRect(outline)
    if min(width, height) < MIN_SIDE_PX:
        return None
    left, top, across, down = cv2.boundingRect(outline)
    inside = np.zeros((down, across), np.uint8)
    cv2.drawContours(inside, [outline], -1, 1, -1, offset=(-left, -top))
    likely = (1 + np.tanh(odds[top : top + down, left : left + across] / 2)) / 2
    if cv2.mean(likely, inside)[0] < BOX_THRESHOLD:
        return None
    by = 2 * width * height * UNCLIP / (2 * (width + height))
    width, height = width + by, height + by
    quarters = round(angle / 90)  # a rectangle has four angles, and OpenCV names any of them
    angle -= 90 * quarters
    if quarters % 2:
        width, height = height, width
    if height > 1.5 * width:  # upright: read from below, as a turned label is
        angle, width, height = angle - 90, height, width
    return LineBox(x, y, width, height, angle)


def _cut(picture: Pixels, strip: LineBox) -> Any:
    """Return the pixels of a strip, made level, `LINE_PX` high."""
    scale = LINE_PX / strip.height
    width = min(MAX_LINE_PX, max(16, round(strip.width * scale)))
    turn = math.radians(strip.angle)
    cos, sin = math.cos(turn) * scale, math.sin(turn) * scale
    moved = np.array(
        [
            [cos, sin, width / 2 - (cos * strip.x + sin * strip.y)],
            [-sin, cos, LINE_PX / 2 - (-sin * strip.x + cos * strip.y)],
        ]
    )
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.warpAffine(picture, moved, (width, LINE_PX), flags=how, borderMode=cv2.BORDER_REPLICATE)
