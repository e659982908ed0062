"""Pictures of the reference shop: packshots drawn from silhouettes, and the banner with its drawn name.

The same product always gives the same bytes: noise comes from a generator seeded by its id.
"""

import io
import random
import threading
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageEnhance, ImageFilter, ImageFont
from pydantic import BaseModel, ConfigDict, TypeAdapter

from crawler.demo.catalogue import Product, products

SIDE_PX = 640
SIZE_PX = (SIDE_PX, SIDE_PX)
BANNER_PX = (1280, 400)
JPEG_QUALITY = 86
# Part of the full range: enough for a camera's grain, and for a file as heavy as a real packshot.
NOISE_PART = 0.05
BANNER_NOISE_PART = 0.03

Tone = Literal["main", "accent", "dark", "light"]
_one_at_a_time = threading.Lock()


class Mark(BaseModel):
    """A primitive of a silhouette, in a 100 x 100 square."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["ellipse", "rounded", "polygon", "arc"]
    tone: Tone
    box: tuple[float, float, float, float] | None = None
    points: tuple[float, ...] = ()
    radius: float = 0
    start: float = 0
    end: float = 0
    width: float = 0
    erase: bool = False
    inside: tuple[float, float, float, float] | None = None


@cache
def silhouettes() -> Mapping[str, Sequence[Mark]]:
    """Every silhouette by name."""
    table = tomllib.loads((Path(__file__).parent / "shapes.toml").read_text("utf-8"))
    return {name: TypeAdapter(tuple[Mark, ...]).validate_python(marks) for name, marks in table.items()}


def packshot(item: Product, view: int = 0) -> bytes:
    """A product photograph.

    Args:
        item: The product.
        view: 0 is the front picture, 1 a nearer or farther one; higher numbers turn it as well.

    Returns:
        A JPEG of 640 x 640 px.
    """
    with _one_at_a_time:
        return _packshot(item, view)


def banner(name: str, slogan: str, theme: str) -> bytes:
    """The storefront's banner, its words drawn as pixels.

    Returns:
        A JPEG of 1280 x 400 px.
    """
    with _one_at_a_time:
        return _banner(name, slogan, theme)


def overlaid(words: str) -> bytes:
    """A product photograph with words laid over it, as sellers and campaigns do.

    Returns:
        A JPEG of 640 x 640 px.
    """
    sheet = Image.open(io.BytesIO(packshot(products()[0]))).convert("RGB")
    pen = ImageDraw.Draw(sheet, "RGBA")
    pen.rectangle((0, 470, SIDE_PX, 580), fill=(20, 20, 30, 150))
    pen.text((40, 484), words, font=ImageFont.load_default(size=72), fill="white")
    return _jpeg(sheet)


@cache
def draw_ahead() -> None:
    """Start to draw every product's first two pictures in the background, once a process.

    A shop's image host has its pictures ready; drawing each when asked for would make every page slow.
    """
    threading.Thread(target=_draw_all, daemon=True).start()


def _draw_all() -> None:
    for view in range(2):
        for item in products():
            packshot(item, view)


@cache
def _packshot(item: Product, view: int) -> bytes:
    grain = random.Random(item.id * 10 + view)  # noqa: S311 - a picture's grain, no secret
    backdrop = _backdrop(item, grain)
    goods, outline = _goods(item)
    if view:
        turn, zoom = grain.uniform(-14, 14) * (view > 1), grain.uniform(0.8, 1.2)
        goods, outline = _turned(goods, turn, zoom), _turned(outline, turn, zoom)
    backdrop.paste((25, 25, 25), mask=_shadow(outline))
    backdrop.paste(_lit(goods), mask=outline)
    return _jpeg(_grained(backdrop, grain, NOISE_PART))


def _backdrop(item: Product, grain: random.Random) -> Image.Image:
    """A studio sweep: a pale tint of the product's accent, brighter at the top, darker at the rim."""
    tint = _mixed(item.colours[1], "#ffffff", grain.uniform(0.72, 0.86))
    return ImageChops.multiply(Image.new("RGB", SIZE_PX, tint), _studio())


@cache
def _studio() -> Image.Image:
    fall = Image.linear_gradient("L").resize(SIZE_PX).point(lambda value: 255 - value // 5)
    rim = Image.radial_gradient("L").resize(SIZE_PX).point(lambda value: 255 - value // 7)
    return Image.merge("RGB", [ImageChops.multiply(fall, rim)] * 3)


def _goods(item: Product) -> tuple[Image.Image, Image.Image]:
    """The silhouette in colour, and its outline as a mask; drawn at twice the size for smooth edges."""
    side = SIDE_PX * 2
    colour, outline = Image.new("RGB", (side, side)), Image.new("L", (side, side))
    for mark in silhouettes()[item.shape]:
        if mark.inside is not None:
            colour.paste(_tone(item, mark.tone), mask=_windowed(mark, mark.inside, side))
            continue
        if not mark.erase:
            _draw(ImageDraw.Draw(colour), mark, side / 100, _tone(item, mark.tone))
        _draw(ImageDraw.Draw(outline), mark, side / 100, 0 if mark.erase else 255)
    return colour.reduce(2), outline.reduce(2)


def _draw(pen: ImageDraw.ImageDraw, mark: Mark, unit: float, ink: int | tuple[int, int, int]) -> None:
    left, top, right, bottom = (value * unit for value in mark.box or (0, 0, 0, 0))
    box = (left, top, right, bottom)
    if mark.kind == "polygon":
        pen.polygon([value * unit for value in mark.points], fill=ink)
    elif mark.kind == "ellipse":
        pen.ellipse(box, fill=ink)
    elif mark.kind == "rounded":
        pen.rounded_rectangle(box, radius=mark.radius * unit, fill=ink)
    else:
        pen.arc(box, mark.start, mark.end, fill=ink, width=round(mark.width * unit))


def _windowed(mark: Mark, box: tuple[float, float, float, float], side: int) -> Image.Image:
    """A mark as a mask, cut to a rounded window."""
    shape, window = Image.new("L", (side, side)), Image.new("L", (side, side))
    _draw(ImageDraw.Draw(shape), mark, side / 100, 255)
    ImageDraw.Draw(window).rounded_rectangle([value * side / 100 for value in box], side / 20, fill=255)
    return ImageChops.multiply(shape, window)


def _tone(item: Product, tone: Tone) -> tuple[int, int, int]:
    main, accent = item.colours
    mixes = {
        "main": (main, main),
        "accent": (accent, accent),
        "dark": (main, "#101010"),
        "light": (main, "#ffffff"),
    }
    return _mixed(*mixes[tone], 0.4)


def _mixed(one: str, other: str, part: float) -> tuple[int, int, int]:
    """A colour that is `part` (0 to 1) of the other."""
    first, second = ImageColor.getrgb(one), ImageColor.getrgb(other)
    red, green, blue = (round(a * (1 - part) + b * part) for a, b in zip(first[:3], second[:3], strict=True))
    return red, green, blue


def _turned(picture: Image.Image, degrees: float, zoom: float) -> Image.Image:
    side = round(SIDE_PX * zoom)
    smooth = Image.Resampling.BILINEAR
    turned = picture.rotate(degrees, resample=smooth).resize((side, side), resample=smooth)
    sheet = Image.new(picture.mode, SIZE_PX)
    sheet.paste(turned, ((SIDE_PX - side) // 2, (SIDE_PX - side) // 2))
    return sheet


def _shadow(outline: Image.Image) -> Image.Image:
    """A soft shadow to the lower right; blurred small, which looks the same and is done sooner."""
    soft = outline.reduce(4).filter(ImageFilter.GaussianBlur(4.5)).resize(SIZE_PX, Image.Resampling.BILINEAR)
    return ImageChops.offset(soft, 14, 22).point(lambda value: value * 2 // 5)


def _lit(goods: Image.Image) -> Image.Image:
    """Light from the left: a highlight column and a darker right side."""
    sweep, shine = _light()
    shaded = ImageChops.multiply(goods, sweep)
    shaded.paste((255, 255, 255), mask=shine)
    return shaded


@cache
def _light() -> tuple[Image.Image, Image.Image]:
    sweep = Image.linear_gradient("L").rotate(90).resize(SIZE_PX).point(lambda value: 255 - value * 2 // 5)
    shine = Image.new("L", SIZE_PX)
    ImageDraw.Draw(shine).ellipse((SIDE_PX * 0.3, SIDE_PX * 0.1, SIDE_PX * 0.44, SIDE_PX * 0.9), fill=70)
    return Image.merge("RGB", [sweep] * 3), shine.filter(ImageFilter.GaussianBlur(26))


def _grained(picture: Image.Image, grain: random.Random, part: float) -> Image.Image:
    width, height = picture.size
    noise = Image.frombytes("L", picture.size, grain.randbytes(width * height))
    return Image.blend(picture, Image.merge("RGB", [noise] * 3), part)


@cache
def _banner(name: str, slogan: str, theme: str) -> bytes:
    grain = random.Random(1212)  # noqa: S311 - a picture's grain, no secret
    left, right = ("#0b6e3a", "#31c46f") if theme == "green" else ("#141414", "#3a3a44")
    sheet = Image.composite(
        Image.new("RGB", BANNER_PX, right),
        Image.new("RGB", BANNER_PX, left),
        Image.linear_gradient("L").rotate(90).resize(BANNER_PX),
    )
    pen = ImageDraw.Draw(sheet, "RGBA")
    for ring in range(5):
        centre, reach = 880 + ring * 90, 70 + ring * 38
        pen.ellipse((centre - reach, 200 - reach, centre + reach, 200 + reach), fill=(255, 255, 255, 18))
    _parcels(pen, grain)
    pen.text((70, 96), name, font=ImageFont.load_default(size=76), fill="white", stroke_width=1)
    pen.text((72, 204), slogan, font=ImageFont.load_default(size=42), fill="#fff3b0")
    pen.rounded_rectangle((72, 286, 330, 346), radius=30, fill="white")
    pen.text((112, 298), "Belanja Sekarang", font=ImageFont.load_default(size=23), fill=left)
    return _jpeg(_grained(ImageEnhance.Contrast(sheet).enhance(1.06), grain, BANNER_NOISE_PART))


def _parcels(pen: ImageDraw.ImageDraw, grain: random.Random) -> None:
    """Parcels with a ribbon, so that the banner has something to look at."""
    for number, left in enumerate((800, 930, 1080)):
        height = grain.randint(110, 190)
        top, right = 340 - height, left + 120
        pen.rounded_rectangle(
            (left, top, right, 340), radius=8, fill=("#e0a458", "#d98e45", "#f0c27b")[number]
        )
        pen.rectangle((left + 50, top, left + 70, 340), fill=(255, 255, 255, 150))
        pen.ellipse((left + 34, top - 18, left + 60, top + 4), outline="white", width=5)
        pen.ellipse((left + 60, top - 18, left + 86, top + 4), outline="white", width=5)


def _jpeg(picture: Image.Image) -> bytes:
    memory = io.BytesIO()
    picture.save(memory, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return memory.getvalue()
