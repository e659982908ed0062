"""Pictures with words drawn into them: banners, packshots and buttons over photographs, compressed as shops do."""

from __future__ import annotations

import base64
import colorsys
import io
import math
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFilter, ImageFont

if TYPE_CHECKING:
    import random

FONTS = Path("/usr/share/fonts")
STYLES = (
    "plain", "photo", "inverse", "outline", "shadow", "spaced", "split", "rotated", "small", "faint", "gradient", "button",
)  # fmt: skip
# What the "core" leaves out: 9 px and less, turned by more than 15 degrees, contrast below 1.4.
SMALL_PX, STEEP_DEGREES, FAINT_CONTRAST = 9, 15, 1.4
FORMATS = (("JPEG", 60), ("JPEG", 75), ("JPEG", 90), ("WEBP", 70), ("WEBP", 85), ("PNG", 0))


@dataclass(frozen=True)
class Drawn:
    """Words in a picture: what they say, their box in the picture's px, and how hard they are.

    `px` is the size of the font in CSS px.
    """

    text: str
    box: tuple[float, float, float, float]  # x, y, w, h
    style: str
    px: float
    contrast: float
    angle: float

    @property
    def core(self) -> bool:
        """Whether a reader must see it."""
        return self.px > SMALL_PX and abs(self.angle) <= STEEP_DEGREES and self.contrast >= FAINT_CONTRAST


@cache
def photographs(packages: tuple[str, ...]) -> tuple[Image.Image, ...]:
    """Return the photographs that Debian packages brought, at most 1,600 px wide."""
    listed = subprocess.run(["dpkg", "-L", *packages], capture_output=True, text=True, check=True).stdout
    paths = sorted(line for line in listed.splitlines() if line.endswith((".jpg", ".png")))
    found = []
    for path in paths:
        with Image.open(path) as picture:
            picture.draft("RGB", (1_600, 1_200))
            rgb = picture.convert("RGB")
        rgb.thumbnail((1_600, 1_600))
        found.append(rgb)
    return tuple(found)


def background(rng: random.Random, photos: tuple[Image.Image, ...], size: tuple[int, int]) -> Image.Image:
    """Return a cut of a photograph of this size."""
    photo = rng.choice(photos)
    scale = max(size[0] / photo.width, size[1] / photo.height) * rng.uniform(1.0, 2.0)
    width, height = math.ceil(size[0] / scale), math.ceil(size[1] / scale)
    left, top = rng.randint(0, max(0, photo.width - width)), rng.randint(0, max(0, photo.height - height))
    return photo.crop((left, top, left + width, top + height)).resize(size, Image.Resampling.LANCZOS)


def colour(rng: random.Random, *, light: bool | None = None) -> tuple[int, int, int]:
    """Return any colour, a light or a dark one."""
    value = (
        rng.uniform(0.05, 0.95) if light is None else rng.uniform(0.8, 1.0) if light else rng.uniform(0, 0.35)
    )
    saturation = rng.uniform(0, 0.9) * (0.35 if light else 1.0)
    red, green, blue = colorsys.hsv_to_rgb(rng.random(), saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def luminance(rgb: tuple[float, float, float]) -> float:
    """Return the relative luminance. Source: WCAG 2.2."""
    linear = [value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """Return the contrast of two colours. Source: WCAG 2.2."""
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def draw(
    rng: random.Random, picture: Image.Image, text: str, *, style: str, font: str, taken: list[tuple[float, ...]],
    scale: float,
) -> Drawn | None:  # fmt: skip
    """Draw words somewhere on a picture where none are yet; none if there is no room.

    Args:
        rng: What chance comes from.
        picture: Is drawn on.
        text: The words.
        style: One of `STYLES`.
        font: File below `FONTS`.
        taken: Boxes that are taken; the new one is added.
        scale: Px of the picture for one CSS px.
    """
    css_px = rng.uniform(7, 11) if style == "small" else math.exp(rng.uniform(math.log(11), math.log(52)))
    px, least = round(css_px * scale), round((7 if style == "small" else 10) * scale)
    spacing = rng.uniform(0.15, 0.6) * px if style == "spaced" else 0.0
    for _ in range(12):
        face = ImageFont.truetype(str(FONTS / font), px)
        width = sum(face.getlength(sign) + spacing for sign in text) if spacing else face.getlength(text)
        top, bottom = face.getbbox(text)[1], face.getbbox(text)[3]
        pad = round(px * 0.6)
        if width + 2 * pad <= picture.width and bottom - top + 2 * pad <= picture.height:
            x = rng.uniform(pad, picture.width - width - pad)
            y = rng.uniform(pad, picture.height - (bottom - top) - pad)
            box = (x, y, width, bottom - top)
            if not any(_near(box, other, pad) for other in taken):
                break
        px = max(least, round(px * 0.85))
    else:
        return None
    angle = rng.uniform(-25, 25) if style == "rotated" else 0.0
    behind = _mean(picture, box)
    fill, under = _colours(rng, style, behind)
    if under is not None:
        ImageDraw.Draw(picture).rounded_rectangle(
            (x - pad, y - pad * 0.6, x + width + pad, y + box[3] + pad * 0.6),
            pad * rng.uniform(0.1, 0.9),
            fill=under,
        )
        behind = under
    seen = contrast(fill, behind) if under else _worst_contrast(picture, box, fill)
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    _write(rng, layer, text, (x, y - top), face, style=style, fill=fill, spacing=spacing)
    if angle:
        layer = layer.rotate(angle, Image.Resampling.BICUBIC, center=(x + width / 2, y + box[3] / 2))
    extent = layer.getchannel("A").getbbox()
    if (
        extent is None
        or extent[0] == 0
        or extent[1] == 0
        or extent[2] == picture.width
        or extent[3] == picture.height
    ):
        return None
    picture.paste(layer, (0, 0), layer)
    placed = (extent[0], extent[1], extent[2] - extent[0], extent[3] - extent[1])
    taken.append(placed)
    return Drawn(text, placed, style, px / scale, seen, angle)


def _near(box: tuple[float, ...], other: tuple[float, ...], by: float) -> bool:
    across = box[0] - by < other[0] + other[2] and other[0] < box[0] + box[2] + by
    return across and box[1] - by < other[1] + other[3] and other[1] < box[1] + box[3] + by


def _mean(picture: Image.Image, box: tuple[float, ...]) -> tuple[float, float, float]:
    area = picture.crop((int(box[0]), int(box[1]), int(box[0] + box[2]) + 1, int(box[1] + box[3]) + 1))
    red, green, blue = area.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # type: ignore[misc] - RGB
    return red, green, blue


def _worst_contrast(picture: Image.Image, box: tuple[float, ...], fill: tuple[int, int, int]) -> float:
    """Return the contrast that four fifths of what is behind the words have at least."""
    area = picture.crop((int(box[0]), int(box[1]), int(box[0] + box[2]) + 1, int(box[1] + box[3]) + 1))
    small = area.resize((24, 8), Image.Resampling.BOX)
    against = sorted(contrast(fill, small.getpixel((x, y))) for x in range(24) for y in range(8))  # type: ignore[arg-type] - RGB
    return against[len(against) // 5]


def _colours(
    rng: random.Random, style: str, behind: tuple[float, float, float]
) -> tuple[tuple[int, int, int], tuple[int, int, int] | None]:
    """Return the colour of the letters and of a plate under them, if there is one."""
    if style in ("button", "inverse", "gradient"):
        under = colour(rng, light=style != "inverse" and rng.random() < 0.4)
        return colour(rng, light=luminance(under) < 0.25), under
    if style == "faint":
        by = rng.choice((-1, 1)) * rng.uniform(25, 60)
        red, green, blue = (round(min(255, max(0, value + by))) for value in behind)
        return (red, green, blue), None
    wanted = 2.0 if style == "photo" else 3.0
    for _ in range(20):
        fill = colour(rng, light=luminance(behind) < 0.3)
        if contrast(fill, behind) >= wanted:
            break
    return fill, None


def _write(
    rng: random.Random,
    layer: Image.Image,
    text: str,
    at: tuple[float, float],
    face: ImageFont.FreeTypeFont,
    *,
    style: str,
    fill: tuple[int, int, int],
    spacing: float,
) -> None:
    pen = ImageDraw.Draw(layer)
    stroke = max(1, round(face.size / 12)) if style == "outline" else 0
    edge = colour(rng, light=luminance(fill) < 0.3) if stroke else None
    if style == "shadow":
        shade = Image.new("RGBA", layer.size, (0, 0, 0, 0))
        ImageDraw.Draw(shade).text((at[0] + 2, at[1] + 2), text, font=face, fill=(0, 0, 0, 180))
        layer.alpha_composite(shade.filter(ImageFilter.GaussianBlur(2)))
    if not spacing and style != "split":
        pen.text(at, text, font=face, fill=(*fill, 255), stroke_width=stroke, stroke_fill=edge)
        return
    x, second = at[0], colour(rng, light=luminance(fill) > 0.3)
    for index, sign in enumerate(text):
        tint = second if style == "split" and index >= len(text) // 2 else fill
        pen.text((x, at[1]), sign, font=face, fill=(*tint, 255))
        x += face.getlength(sign) + spacing


def data_uri(rng: random.Random, picture: Image.Image) -> str:
    """Return a picture as a data URI, compressed by one of the ways that shops use."""
    kind, quality = rng.choice(FORMATS)
    buffer = io.BytesIO()
    picture.save(buffer, kind, **({"quality": quality} if quality else {}))
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"
