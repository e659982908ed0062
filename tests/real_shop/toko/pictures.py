"""Product pictures, drawn: a lit backdrop, a shadow, and one thing to sell in three colours."""

import math
import random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIDE_PX = 900
Colours = tuple[str, str, str]  # main, detail, accent


def product_picture(kind: str, colours: Colours, label: str) -> Image.Image:
    """Draw one product.

    Args:
        kind: A key of DRAWINGS.
        colours: Main, detail and accent colour as hex.
        label: Words for packets and bottles.

    Returns:
        A square RGB picture, SIDE_PX wide.
    """
    thing = Image.new("RGBA", (SIDE_PX, SIDE_PX), (0, 0, 0, 0))
    DRAWINGS[kind](thing, colours, label)
    picture = _backdrop(seed=label)
    picture.paste((60, 50, 45), (14, 26), _shadow(thing))
    picture.paste(thing, (0, 0), thing)
    return picture


def _backdrop(seed: str) -> Image.Image:
    light = Image.radial_gradient("L").resize((SIDE_PX, SIDE_PX))
    wall = Image.composite(
        Image.new("RGB", light.size, "#cfc6ba"), Image.new("RGB", light.size, "#f7f3ec"), light
    )
    grain = Image.new("L", (SIDE_PX // 3, SIDE_PX // 3))
    grain.putdata(random.Random(seed).choices(range(108, 148), k=grain.width * grain.height))
    grain = grain.resize(light.size).convert("RGB")
    return Image.blend(wall, grain, 0.06)


def _shadow(thing: Image.Image) -> Image.Image:
    return thing.getchannel("A").point(lambda alpha: alpha * 0.55).filter(ImageFilter.GaussianBlur(22))


def _shade(image: Image.Image) -> None:
    """Darken towards the right, as with light from a window on the left."""
    ramp = Image.linear_gradient("L").rotate(90).resize(image.size).point(lambda level: level * 0.38)
    image.paste((20, 12, 8), (0, 0), Image.composite(ramp, Image.new("L", image.size), image.getchannel("A")))


def _cloth(image: Image.Image, pattern: Image.Image) -> None:
    """Lay a patterned cloth flat, with two folds and a hem."""
    draw = ImageDraw.Draw(pattern, "RGBA")
    for x in (350, 560):
        draw.polygon([(x, 100), (x + 26, 100), (x + 20, 800), (x - 6, 800)], fill=(0, 0, 0, 60))
        draw.line([(x - 4, 100), (x - 10, 800)], fill=(255, 255, 255, 80), width=6)
    draw.line([(150, 138), (760, 118), (775, 772), (135, 787), (150, 138)], fill=(0, 0, 0, 70), width=4)
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).polygon([(150, 130), (760, 110), (775, 780), (135, 795)], fill=255)
    image.paste(pattern, (0, 0), mask)
    _shade(image)


def _kawung(image: Image.Image, colours: Colours, label: str) -> None:
    main, detail, accent = colours
    pattern = Image.new("RGB", image.size, main)
    draw = ImageDraw.Draw(pattern)
    for row in range(-1, 13):
        for column in range(-1, 13):
            x, y = column * 80 + (row % 2) * 40, row * 80
            for dx, dy in ((-20, 0), (20, 0), (0, -20), (0, 20)):
                wide, tall = (17, 9) if dx else (9, 17)
                draw.ellipse((x + dx - wide, y + dy - tall, x + dx + wide, y + dy + tall), fill=detail)
                draw.ellipse((x + dx - 3, y + dy - 3, x + dx + 3, y + dy + 3), fill=accent)
    _cloth(image, pattern)


def _parang(image: Image.Image, colours: Colours, label: str) -> None:
    main, detail, accent = colours
    pattern = Image.new("RGB", image.size, main)
    draw = ImageDraw.Draw(pattern)
    for band in range(-10, 22):
        x = band * 84
        draw.line([(x, SIDE_PX), (x + SIDE_PX, 0)], fill=detail, width=26)
        draw.line([(x + 40, SIDE_PX), (x + 40 + SIDE_PX, 0)], fill=accent, width=7)
        for step in range(0, SIDE_PX, 44):
            draw.ellipse((x + step - 9, SIDE_PX - step - 9, x + step + 9, SIDE_PX - step + 9), fill=main)
    _cloth(image, pattern)


def _tenun(image: Image.Image, colours: Colours, label: str) -> None:
    main, detail, accent = colours
    pattern = Image.new("RGB", image.size, main)
    draw = ImageDraw.Draw(pattern)
    for index, y in enumerate(range(0, SIDE_PX, 75)):
        draw.rectangle((0, y, SIDE_PX, y + (26 if index % 2 else 10)), fill=detail)
        draw.rectangle((0, y + 32, SIDE_PX, y + 36), fill=accent)
        for x in range(0, SIDE_PX, 60):
            draw.polygon([(x, y + 56), (x + 15, y + 42), (x + 30, y + 56), (x + 15, y + 70)], fill=accent)
    _cloth(image, pattern)


def _kemasan(image: Image.Image, colours: Colours, label: str) -> None:
    main, detail, accent = colours
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((265, 130, 635, 800), radius=34, fill=main)
    draw.rectangle((265, 190, 635, 200), fill=detail)
    draw.rectangle((265, 400, 635, 660), fill=accent)
    draw.ellipse((395, 235, 505, 370), fill=detail)
    draw.arc((430, 235, 490, 370), 100, 260, fill=main, width=9)
    _label(draw, label, main, box=(275, 410, 625, 650))
    _shade(image)


def _botol(image: Image.Image, colours: Colours, label: str) -> None:
    main, detail, accent = colours
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((375, 120, 525, 205), radius=18, fill=accent)
    draw.rectangle((395, 200, 505, 250), fill=main)
    draw.rounded_rectangle((300, 235, 600, 800), radius=70, fill=main)
    draw.rectangle((300, 430, 600, 690), fill=detail)
    draw.rounded_rectangle((328, 280, 352, 420), radius=12, fill="#ffffff")
    _label(draw, label, accent, box=(308, 440, 592, 680))
    _shade(image)


def _tas(image: Image.Image, colours: Colours, label: str) -> None:
    main, detail, accent = colours
    draw = ImageDraw.Draw(image)
    draw.arc((290, 90, 610, 620), 180, 360, fill=detail, width=22)
    draw.ellipse((200, 300, 700, 800), fill=main)
    for ring in range(8):
        inset = 14 + ring * 29
        draw.ellipse((200 + inset, 300 + inset, 700 - inset, 800 - inset), outline=detail, width=5)
    for step in range(48):
        angle = step * math.tau / 48
        near, far = (450 + 40 * math.cos(angle), 550 + 40 * math.sin(angle)), 242
        draw.line([near, (450 + far * math.cos(angle), 550 + far * math.sin(angle))], fill=accent, width=3)
    draw.ellipse((420, 520, 480, 580), fill=detail)
    _shade(image)


def _mangkuk(image: Image.Image, colours: Colours, label: str) -> None:
    main, detail, accent = colours
    draw = ImageDraw.Draw(image)
    for x, y in ((150, 250), (470, 230), (170, 500), (490, 490)):
        draw.pieslice((x, y - 120, x + 290, y + 240), 0, 180, fill=main)
        draw.rectangle((x + 95, y + 228, x + 195, y + 254), fill=accent)
        draw.ellipse((x, y + 15, x + 290, y + 105), fill=accent)
        draw.ellipse((x + 14, y + 24, x + 276, y + 98), fill=detail)
    _shade(image)


def _nampan(image: Image.Image, colours: Colours, label: str) -> None:
    main, detail, accent = colours
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((110, 260, 790, 690), radius=60, fill=detail)
    draw.rounded_rectangle((140, 290, 760, 660), radius=44, fill=main)
    for line in range(18):
        y = 300 + line * 20
        wave = [(x, y + 7 * math.sin(x / 70 + line)) for x in range(150, 752, 6)]
        draw.line(wave, fill=accent if line % 3 else detail, width=3)
    for x in (122, 752):
        draw.rounded_rectangle((x, 420, x + 26, 530), radius=12, fill=accent)
    _shade(image)


def _label(draw: ImageDraw.ImageDraw, label: str, colour: str, box: tuple[int, int, int, int]) -> None:
    words = label.split()[:3]
    left, top, right, bottom = box
    for index, word in enumerate(words):
        font = ImageFont.load_default(size=min(64, int(1.6 * (right - left) / len(word))))
        place = ((left + right) / 2, top + (bottom - top) * (index + 0.5) / len(words))
        draw.text(place, word.upper(), fill=colour, font=font, anchor="mm")


DRAWINGS = {
    "kawung": _kawung,
    "parang": _parang,
    "tenun": _tenun,
    "kemasan": _kemasan,
    "botol": _botol,
    "tas": _tas,
    "mangkuk": _mangkuk,
    "nampan": _nampan,
}
