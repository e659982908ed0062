"""Squares that the logo classifiers learn from: icons drawn as shops draw them, cut out as `crawler.derive.pictures.logos` cuts.

A logo is drawn thinner, thicker, as an outline, bent, or by a pen of our own; on a plain ground, a photograph, a disc or
a tile; in any colour or with the two shifted ones; compressed and scaled. What is no logo is drawn in the same ways, and
whole scenes of words, icons and photographs give all that stands out in them.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from crawler.derive.pictures import logos
from crawler.derive.pictures.sheets import READ_SCALE
from tests.bench.brand import icons, pictures
from tests.bench.brand.pages import BRAND_COLOURS, rasterise
from tests.bench.brand.score import share

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.brand.icons import Icon

DRAWN_PX = 128
SIZES = (8.0, 120.0)  # px of a shape where it is looked at
SCALES = (1.25, 0.625, 0.42)  # that bring a screen of 1, 2 and 3 px for a CSS px to what is looked at
LARGEST_PX = 180  # of a shape as it is drawn
ALIKE, OTHERS, LETTERS = 3_000, 6_000, 1_500
SIGNS = "abdefgijJkmnpqrstuGQSPRBDb8695304&@%?♪♫♩♬dJ"
SCENE_CSS_PX = (240, 600)
STYLES = tuple(style for style in pictures.STYLES if style != "rotated")  # slow to draw

Grey = Any


class Samples:
    """Draws squares, always the same ones.

    Args:
        made_of: The table `train` of `splits.toml`: icon packs, photographs, fonts.
        copy: What words say.
        folder: Where npm installed the icon packs.
    """

    def __init__(self, made_of: dict[str, Any], copy: list[str], folder: Path) -> None:
        self.start(0)
        rng = self._rng
        self._fonts, self._copy = made_of["fonts"], copy
        self._pictures = pictures.photographs(tuple(made_of["photos"]))
        self._photos = [np.asarray(photo) for photo in self._pictures]
        self._brand = [_shape(icon) for icon in icons.logos(folder, made_of["icons"])]
        alike, others = icons.others(folder, made_of["icons"])
        self._notes = [_shape(icon) for icon in alike if "note" in icon.name or "music" in icon.name]
        self._known = [_shape(alike[at]) for at in rng.permutation(len(alike))[:ALIKE]]
        self._known += [_shape(others[at]) for at in rng.permutation(len(others))[:OTHERS]]
        self._letters = [self._letter() for _ in range(LETTERS)]

    def start(self, seed: int) -> None:
        """Let chance start anew."""
        self._rng = np.random.default_rng(seed)
        self._random = random.Random(seed)

    def logos(self, count: int) -> Any:
        """Return squares that show the logo."""
        rng, brand = self._rng, self._brand
        shapes = (
            _penned(rng) if rng.random() < 0.12 else _varied(rng, brand[rng.integers(len(brand))])
            for _ in range(count)
        )
        return np.stack([self._square(shape, least=0.4) for shape in shapes])

    def others(self, count: int) -> Any:
        """Return squares that show other icons, letters, and what is no longer the logo: a part, its mirror image."""
        rng, brand = self._rng, self._brand
        squares = []
        for _ in range(count):
            kind = rng.random()
            if kind < 0.15:
                shape = self._notes[rng.integers(len(self._notes))]
            elif kind < 0.76:
                shape = self._known[rng.integers(len(self._known))]
            elif kind < 0.88:
                shape = self._letters[rng.integers(len(self._letters))]
            elif kind < 0.97:  # half of a logo is no logo
                shape = _part(rng, brand[rng.integers(len(brand))])
            else:
                shape = brand[rng.integers(len(brand))][:, ::-1]
            squares.append(self._square(_varied(rng, shape), least=0.4 if kind >= 0.88 else 0.0))
        return np.stack(squares)

    def scenes(self, count: int, most: int) -> Any:
        """Return squares of what stands out in so many scenes without a logo, at most so many of each."""
        found = []
        for _ in range(count):
            grey = self._scene()
            boxes = logos.candidates(grey, READ_SCALE)
            found.append(
                logos.cut_squares(grey, [boxes[at] for at in self._rng.permutation(len(boxes))[:most]])
            )
        return np.concatenate(found)

    # --- one shape -----------------------------------------------------------------------------------------

    def _square(self, shape: Grey, least: float) -> Any:
        """Draw a shape somewhere and cut it out: as it stands out there, or not quite exactly."""
        rng = self._rng
        grey, box = self._drawn(shape)
        if rng.random() < 0.6:
            near = [each for each in logos.proposals(grey, READ_SCALE) if share(each, box) >= least]
            if near:
                return logos.cut_squares(grey, [near[rng.integers(len(near))]])[0]
        x, y, width, height = box
        longer, by = max(width, height), float(np.exp(rng.normal(0.03, 0.12)))
        right, down = rng.normal(0, 0.06, 2) * longer
        loose = (x + right + width * (1 - by) / 2, y + down + height * (1 - by) / 2, width * by, height * by)
        return logos.cut_squares(grey, [loose])[0]

    def _drawn(self, shape: Grey) -> tuple[Grey, Any]:
        """Return a picture with a shape on it as it is looked at, and the shape's box."""
        rng = self._rng
        size = float(np.exp(rng.uniform(*np.log(SIZES))))
        by = SCALES[rng.choice(3, p=(0.5, 0.25, 0.25))]
        by = by if size / by <= LARGEST_PX else SCALES[0]
        glyph = _sized(shape, size / by)
        height, width = glyph.shape
        field = self._ground(round(2.2 * max(height, width)) + 24)
        top = (field.shape[0] - height) // 2 + int(rng.integers(-4, 5))
        left = (field.shape[1] - width) // 2 + int(rng.integers(-4, 5))
        self._put(field, glyph, (top, left))
        return _seen(rng, field, by), (left * by, top * by, width * by, height * by)

    def _put(self, field: Any, glyph: Grey, at: tuple[int, int]) -> None:
        """Paint a shape in some colour and way, with or without a plate under it."""
        rng, (height, width) = self._rng, glyph.shape
        if rng.random() < 0.5:
            self._plate(field, at, (height, width))
        behind = field[at[0] : at[0] + height, at[1] : at[1] + width].reshape(-1, 3).mean(0)
        colour = self._colour(behind, 30 if rng.random() < 0.1 else 55)
        way, step = rng.random(), max(1, round(max(height, width) / 24))
        if way < 0.25:
            for tint, by in zip(BRAND_COLOURS, (-step, step), strict=True):
                rgb = np.float32([int(tint[part : part + 2], 16) for part in (1, 3, 5)])
                _paint(field, glyph, (at[0] + by, at[1] + by), rgb)
        elif way < 0.33:
            around = cv2.dilate(
                cv2.copyMakeBorder(glyph, *[step] * 4, cv2.BORDER_CONSTANT), np.ones((2 * step + 1,) * 2)
            )
            _paint(field, around, (at[0] - step, at[1] - step), np.float32(255 - colour))
        elif way < 0.43:
            edge = 4 * step
            shade = cv2.GaussianBlur(
                cv2.copyMakeBorder(glyph, *[edge] * 4, cv2.BORDER_CONSTANT), (0, 0), step
            )
            _paint(field, shade // 2, (at[0] - edge + step, at[1] - edge + step), np.zeros(3, np.float32))
        _paint(
            field,
            (glyph * rng.uniform(0.75, 1.0)).astype(np.uint8) if rng.random() < 0.2 else glyph,
            at,
            colour,
        )

    def _colour(self, behind: Any, apart: float) -> Any:
        for _ in range(40):
            colour = self._rng.choice([np.full(3, 255.0), np.zeros(3), self._rng.uniform(0, 255, 3)])
            if abs(_luma(colour) - _luma(behind)) > apart:
                break
        return colour.astype(np.float32)

    def _plate(self, field: Any, at: tuple[int, int], size: tuple[int, int]) -> None:
        """Paint a disc, a tile or a ring round a place, now and then half beside it."""
        rng, longer = self._rng, max(size)
        half = longer / rng.uniform(0.42, 0.85) / 2
        y, x = at[0] + size[0] / 2, at[1] + size[1] / 2
        if rng.random() < 0.08:
            y, x = np.float64((y, x)) + rng.choice((-1, 1), 2) * rng.uniform(0.3, 0.9, 2) * longer
        side, corner_at = round(2 * half) + 2, (int(y - half), int(x - half))
        cover = Image.new("L", (side, side))
        box = (0, 0, 2 * half, 2 * half)
        corner = half if rng.random() < 0.45 else half * rng.choice((0, 0.2, 0.4, 0.5))
        ring = max(1, round(half / rng.uniform(6, 16))) if rng.random() < 0.12 else 0
        ImageDraw.Draw(cover).rounded_rectangle(
            box, corner, fill=0 if ring else 255, outline=255 if ring else None, width=ring
        )
        fill = rng.choice([np.full(3, 255.0), np.zeros(3), rng.uniform(0, 255, 3)]).astype(np.float32)
        if rng.random() < 0.2:
            fill = fill + np.linspace(0, rng.uniform(-90, 90), side)[None, :, None] * rng.uniform(0.2, 1, 3)
        _paint(field, np.asarray(cover), corner_at, np.clip(fill, 0, 255).astype(np.float32))

    def _ground(self, side: int) -> Any:
        rng = self._rng
        if rng.random() < 0.4:
            plain = rng.choice([np.full(3, 255.0), np.full(3, 20.0), rng.uniform(0, 255, 3)]).astype(
                np.float32
            )
            return np.tile(plain, (side, side, 1))
        photo = self._photos[rng.integers(len(self._photos))]
        cut = int(min(min(photo.shape[:2]) - 1, side * rng.uniform(0.7, 3)))
        top, left = rng.integers(photo.shape[0] - cut), rng.integers(photo.shape[1] - cut)
        part = photo[top : top + cut, left : left + cut]
        return cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)

    def _letter(self) -> Grey:
        rng = self._rng
        face = ImageFont.truetype(
            str(pictures.FONTS / self._fonts[rng.integers(len(self._fonts))]), int(rng.integers(70, 120))
        )
        sign = SIGNS[rng.integers(len(SIGNS))] + (
            SIGNS[rng.integers(len(SIGNS))] if rng.random() < 0.2 else ""
        )
        picture = Image.new("L", (DRAWN_PX, DRAWN_PX))
        ImageDraw.Draw(picture).text((DRAWN_PX / 2, DRAWN_PX / 2), sign, font=face, fill=255, anchor="mm")
        return np.asarray(picture)

    # --- scenes --------------------------------------------------------------------------------------------

    def _scene(self) -> Grey:
        """Return a picture as a shop shows it, with words and icons and without a logo."""
        rng, chance = self._rng, self._random
        ratio = chance.choice((1.0, 1.5, 2.0))
        size = tuple(round(chance.uniform(*SCENE_CSS_PX) * ratio) for _ in range(2))
        if chance.random() < 0.7:
            picture = pictures.background(chance, self._pictures, size)
        else:
            picture = Image.new("RGB", size, pictures.colour(chance))
        taken: list[tuple[float, ...]] = []
        for _ in range(chance.randint(1, 5)):
            pictures.draw(
                chance, picture, chance.choice(self._copy), style=chance.choice(STYLES),
                font=chance.choice(self._fonts), taken=taken, scale=ratio,
            )  # fmt: skip
        field = np.asarray(picture).astype(np.float32)
        for _ in range(chance.randint(2, 12)):
            glyph = _sized(
                self._known[rng.integers(len(self._known))],
                float(np.exp(rng.uniform(np.log(10), np.log(90)))) * ratio,
            )
            if glyph.shape[0] + 8 < field.shape[0] and glyph.shape[1] + 8 < field.shape[1]:
                at = tuple(int(rng.integers(4, field.shape[axis] - glyph.shape[axis] - 4)) for axis in (0, 1))
                self._put(field, glyph, at)
        return _seen(rng, field, READ_SCALE / ratio)


def _shape(icon: Icon) -> Grey:
    """Return an icon's coverage, cut to its extent, in a square."""
    drawn = np.asarray(rasterise(icon, DRAWN_PX))
    return drawn if drawn.max() else np.full_like(drawn, 255)


def _varied(rng: np.random.Generator, shape: Grey) -> Grey:
    """Return a shape drawn thinner, thicker, as an outline or bent: other packs draw it so."""
    kind = rng.random()
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(rng.integers(1, 5)) + 1,) * 2)
    made = padded = cv2.copyMakeBorder(shape, 16, 16, 16, 16, cv2.BORDER_CONSTANT)
    if kind < 0.18:
        made = cv2.dilate(padded, kernel)
    elif kind < 0.3:
        made = cv2.erode(padded, kernel)
    elif kind < 0.48:
        made = cv2.morphologyEx(padded, cv2.MORPH_GRADIENT, kernel)
    elif kind < 0.53:  # an outline with a faint filling
        made = np.maximum(cv2.morphologyEx(padded, cv2.MORPH_GRADIENT, kernel), padded // 4)
    elif kind < 0.63:
        blurred = cv2.GaussianBlur(padded, (0, 0), rng.uniform(2, 5))
        made = ((blurred > 110) * 255).astype(np.uint8)
    made = _bent(rng, made)
    return made if np.count_nonzero(made > 128) > DRAWN_PX else _bent(rng, padded)


def _bent(rng: np.random.Generator, shape: Grey) -> Grey:
    """Return a shape stretched, turned and bent a little."""
    side = shape.shape[0]
    corners = np.float32([[0, 0], [side, 0], [0, side], [side, side]])
    moved = corners + rng.normal(0, 0.035 * side, (4, 2)).astype(np.float32)
    warp = cv2.getPerspectiveTransform(corners, moved)
    if rng.random() < 0.5:
        return cv2.warpPerspective(shape, warp, (side, side))
    waves = [
        cv2.resize(rng.normal(0, 1, (6, 6)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
        for _ in range(2)
    ]
    by = rng.uniform(0, 4)
    across, down = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
    across, down = (
        line + by * wave / max(float(np.abs(wave).max()), 1e-6)
        for line, wave in zip((across, down), waves, strict=True)
    )
    return cv2.warpPerspective(cv2.remap(shape, across, down, cv2.INTER_LINEAR), warp, (side, side))


def _penned(rng: np.random.Generator) -> Grey:
    """Return the logo's note as a pen may draw it: a bowl, a stem, a hook; as a line, thick, or as the edge of one."""
    stem, foot, head = rng.uniform(0.5, 0.62), rng.uniform(0.62, 0.72), rng.uniform(0.04, 0.1)
    radius = rng.uniform(0.19, 0.27)
    opened = rng.uniform(
        -1.7, -1.2
    )  # where the bowl begins, in radians; it turns left and comes round to the stem
    turn = np.linspace(opened, opened - rng.uniform(0.9, 1.05) * (2 * np.pi + opened), 30)
    bowl = np.column_stack([stem - radius + radius * np.cos(turn), foot + radius * np.sin(turn)])
    reach, drop = rng.uniform(0.24, 0.36), rng.uniform(0.2, 0.34)
    swing = np.linspace(np.pi, np.pi / 2, 14)
    hook = np.column_stack([stem + reach + reach * np.cos(swing), head + drop * np.sin(swing)])
    points = np.concatenate([bowl, [[stem, foot], [stem, head]], hook])
    canvas = np.zeros((4 * DRAWN_PX,) * 2, np.uint8)
    pen = rng.uniform(0.04, 0.19)
    line = [np.round(points * 3 * DRAWN_PX + 0.5 * DRAWN_PX).astype(np.int32)]
    cv2.polylines(canvas, line, isClosed=False, color=255, thickness=max(2, round(pen * 3 * DRAWN_PX)))
    if pen > 0.13 and rng.random() < 0.5:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (int(rng.integers(9, 20)),) * 2)
        canvas = cv2.morphologyEx(canvas, cv2.MORPH_GRADIENT, kernel)
    return _bent(rng, cv2.resize(canvas, (DRAWN_PX, DRAWN_PX), interpolation=cv2.INTER_AREA))


def _part(rng: np.random.Generator, shape: Grey) -> Grey:
    """Return part of a shape, drawn as large as the whole."""
    y, x, height, width = _extent(shape)
    side = rng.uniform(0.35, 0.6)
    top, left = y + rng.uniform(0, 1 - side) * height, x + rng.uniform(0, 1 - side) * width
    cut = shape[int(top) : int(top + side * height) + 2, int(left) : int(left + side * width) + 2]
    return cv2.resize(cut, (DRAWN_PX, DRAWN_PX))


def _extent(shape: Grey) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(shape.max(1) > 100), np.flatnonzero(shape.max(0) > 100)
    if not len(rows) or not len(columns):
        return 0, 0, shape.shape[0], shape.shape[1]
    return rows[0], columns[0], rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


def _sized(shape: Grey, size: float) -> Grey:
    """Return a shape cut to its extent, so many px long."""
    y, x, height, width = _extent(shape)
    by = size / max(height, width)
    wanted = max(3, round(width * by)), max(3, round(height * by))
    return cv2.resize(shape[y : y + height, x : x + width], wanted, interpolation=cv2.INTER_AREA)


def _paint(field: Any, cover: Grey, at: tuple[int, int], colour: Any) -> None:
    """Lay a colour, or one a pixel, over a field where a shape covers it; what lies beyond the field is left out."""
    top, left = max(0, at[0]), max(0, at[1])
    area = field[top : max(0, at[0] + cover.shape[0]), left : max(0, at[1] + cover.shape[1])]
    if not area.size:
        return
    rows, columns = (
        slice(start - edge, start - edge + length)
        for start, edge, length in zip((top, left), at, area.shape, strict=False)
    )
    share = cover[rows, columns, None].astype(np.float32) / 255
    area[:] = area * (1 - share) + np.broadcast_to(colour, (*cover.shape, 3))[rows, columns] * share


def _seen(rng: np.random.Generator, field: Any, by: float) -> Grey:
    """Return a picture as it is looked at: compressed, scaled, grey."""
    shown = np.clip(field, 0, 255).astype(np.uint8)
    way = rng.random()
    if way < 0.8:
        kind, option = (
            (".jpg", cv2.IMWRITE_JPEG_QUALITY) if way < 0.72 else (".webp", cv2.IMWRITE_WEBP_QUALITY)
        )
        packed = cv2.imencode(kind, shown[..., ::-1], [option, int(rng.integers(50, 96))])[1]
        shown = cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1]
    grey = Image.fromarray(shown).convert("L")
    size = max(4, round(grey.width * by)), max(4, round(grey.height * by))
    return np.asarray(
        grey.resize(size, Image.Resampling.LANCZOS if rng.random() < 0.7 else Image.Resampling.BILINEAR)
    )


def _luma(colour: Any) -> float:
    return float(np.dot(colour, (0.299, 0.587, 0.114)))
