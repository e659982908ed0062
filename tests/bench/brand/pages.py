"""Shop pages as HTML with brand texts, near-misses, logos and other icons at places that are known."""

from __future__ import annotations

import html
import json
import random
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont
from PIL import Image, ImageFont

from tests.bench.brand import icons, pictures
from tests.bench.brand.pictures import FONTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.brand.icons import Icon

DOM_STYLES = (
    "plain",
    "upper",
    "spaced",
    "split",
    "inverse",
    "clipped",
    "small",
    "turned",
    "pseudo",
    "input",
    "shadow",
)
ICON_SIZES = (12, 14, 16, 18, 20, 24, 28, 32, 40, 48, 64, 80, 100)
BRAND_COLOURS = ("#25f4ee", "#fe2c55")
# Per page; canvas and outline take turns, and so do the three ways to show a logo. DOM texts are about a third.
TEXTS = {"dom": 2, "picture": 4}
NEAR_MISSES = {"dom": 1, "picture": 3}
LOGOS = (("inline", "raster"), ("uri", "raster"), ("inline", "uri"))
OTHERS = {"inline": 3, "uri": 2, "raster": 2}
STYLE = """
body{margin:0;font:15px/1.5 %s;color:#222;background:#fff}header,footer{padding:16px 24px;background:#f4f5f7}
main{padding:16px 24px;max-width:1172px;margin:auto}.grid{display:flex;flex-wrap:wrap;gap:14px}
.card{width:%dpx;border:1px solid #e3e5e8;border-radius:8px;overflow:hidden}.card p{margin:8px}
img.fill{display:block;width:100%%}.row>*{margin:0 10px 10px 0;vertical-align:middle}.p{max-width:70ch}
input{font:inherit;padding:6px 10px}.box{display:inline-block;padding:6px 12px;border-radius:6px}
"""


@dataclass
class Page:
    """A page to be: its HTML, and what is known of it before it is laid out."""

    number: int
    device: str
    html: str = ""
    marked: dict[str, dict[str, Any]] = field(default_factory=dict)  # data-g of an element: facts
    drawn: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # data-p of an image: facts with box
    natural: dict[str, tuple[int, int]] = field(default_factory=dict)


class Maker:
    """Makes the pages of one split, always the same ones.

    Args:
        split: The split's table in `splits.toml`.
        copy: What texts say.
        folder: Where npm installed the icon packs.
    """

    def __init__(self, split: dict[str, Any], copy: dict[str, Any], folder: Path) -> None:
        self._rng = random.Random(split["seed"])
        self._split, self._copy = split, copy
        self._photos = pictures.photographs(tuple(split["photos"]))
        self._logos = icons.logos(folder, split["icons"])
        self._alike, self._others = icons.others(folder, split["icons"])
        self._near = list(split["near_misses"])
        self._serial = 0

    def pages(self) -> list[Page]:
        """Return all pages of the split."""
        devices = ("desktop", "desktop", "phone3", "phone2")
        return [self._page(number, devices[number % 4]) for number in range(self._split["pages"])]

    def _page(self, number: int, device: str) -> Page:
        page, rng = Page(number, device), self._rng
        parts = [self._dom(page, brand=True) for _ in range(TEXTS["dom"])]
        parts += [self._dom(page, brand=False) for _ in range(NEAR_MISSES["dom"])]
        parts.append(self._canvas(page) if number % 2 else self._outline(page))
        parts += [f"<p class=p>{rng.choice(self._copy['prose'])}</p>" for _ in range(6)]
        wanted = [True] * TEXTS["picture"] + [False] * NEAR_MISSES["picture"]
        rng.shuffle(wanted)
        logos = LOGOS[number % len(LOGOS)]
        brands = [self._icon(True) for kind in logos if kind == "raster"]
        pictures_ = self._pictures(
            page, wanted, [*brands, *(self._icon(False) for _ in range(OTHERS["raster"]))]
        )
        cards = "".join(
            f"<div class=card>{picture}<p>{rng.choice(self._copy['products'])}</p></div>"
            for picture in pictures_[1:]
        )
        rng.shuffle(parts)
        shown = [(kind, True) for kind in logos if kind != "raster"]
        shown += [(kind, False) for kind in ("inline", "uri") for _ in range(OTHERS[kind])]
        rng.shuffle(shown)
        foot = "".join(self._icon_element(page, self._icon(logo), kind, logo=logo) for kind, logo in shown)
        family = ImageFont.truetype(str(FONTS / rng.choice(self._split["fonts"][:6])), 10).getname()[0]
        style = STYLE % (f"'{family}',sans-serif", 180 if device != "desktop" else 228)
        page.html = (
            f"<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Toko</title>"
            f"<style>{style}</style><header>Etalase &nbsp; Kategori &nbsp; Bantuan &nbsp; Masuk</header>"
            f"<main>{pictures_[0]}{''.join(parts[:4])}<div class=grid>{cards}</div>{''.join(parts[4:])}</main>"
            f"<footer class=row>{foot}</footer>"
        )
        return page

    # --- texts ---------------------------------------------------------------------------------------------

    def _mark(self, page: Page, kind: str, text: str, category: str, *, core: bool = True) -> str:
        self._serial += 1
        page.marked[f"g{self._serial}"] = {"kind": kind, "text": text, "cat": category, "core": core}
        return f"g{self._serial}"

    def _said(self, *, brand: bool) -> str:
        rng = self._rng
        if not brand:
            return rng.choice(self._near)
        return rng.choice(self._copy["around"]).replace("#", rng.choice(self._copy["brand"]))

    def _dom(self, page: Page, *, brand: bool) -> str:
        rng, text = self._rng, self._said(brand=brand)
        style = rng.choice(DOM_STYLES)
        kind = "text" if brand else "near"
        mark = self._mark(page, kind, text, f"dom-{style}", core=style not in ("small", "turned"))
        size = 9 if style == "small" else rng.choice((13, 14, 16, 18, 22, 28, 36))
        css = {
            "upper": "text-transform:uppercase", "spaced": f"letter-spacing:{rng.uniform(.1, .4):.2f}em",
            "inverse": f"background:rgb{pictures.colour(rng, light=False)};color:#fff;padding:4px 10px",
            "clipped": "background:linear-gradient(90deg,#a33,#33a);background-clip:text;color:transparent",
            "turned": f"display:inline-block;transform:rotate({rng.choice((-30, -20, 20, 30))}deg);margin:60px",
            "shadow": "text-shadow:1px 1px 3px #888",
        }.get(style, "")  # fmt: skip
        said = html.escape(text)
        if style == "split":
            cut = len(text) // 2
            said = f"<b style='color:#c22'>{html.escape(text[:cut])}</b><i style='color:#22c'>{html.escape(text[cut:])}</i>"
        if style == "input":
            return f"<p><input data-g={mark} value='{html.escape(text)}' size={len(text) + 6}></p>"
        if style == "pseudo":
            return f"<style>[data-g={mark}]::before{{content:{json.dumps(text)}}}</style><p><span data-g={mark} style='font-size:{size}px'></span></p>"
        return f"<p><span data-g={mark} style='font-size:{size}px;{css}'>{said}</span></p>"

    def _canvas(self, page: Page) -> str:
        rng, text = self._rng, self._said(brand=True)
        size = rng.choice((16, 20, 28, 40))
        mark = self._mark(page, "text", text, "canvas")
        family = ImageFont.truetype(str(FONTS / rng.choice(self._split["fonts"])), 10).getname()[0]
        fill, ground = pictures.colour(rng, light=True), pictures.colour(rng, light=False)
        return (
            f"<p><canvas data-g={mark} width=340 height=90></canvas></p><script>(c=>{{let x=c.getContext('2d');"
            f"x.fillStyle='rgb{ground}';x.fillRect(0,0,340,90);x.fillStyle='rgb{fill}';"
            f'let s={size};do x.font=`${{s}}px "{family}"`;while(x.measureText({json.dumps(text)}).width>320&&s-->9);'
            f"x.fillText({json.dumps(text)},10,58)}})(document.querySelector('[data-g={mark}]'))</script>"
        )

    def _outline(self, page: Page) -> str:
        rng, text = self._rng, self._said(brand=True)
        font, size = rng.choice(self._split["fonts"]), rng.choice((14, 18, 24, 36))
        mark = self._mark(page, "text", text, "outline")
        paths, width = outline(font, text)
        scale = min(size / 1000, 340 / width)
        height = 1_300 * scale
        return (
            f"<p><svg data-g={mark} width={width * scale:.0f} height={height:.0f} viewBox='0 -1000 {width:.0f} 1300' "
            f"fill='rgb{pictures.colour(rng, light=False)}'>{paths}</svg></p>"
        )

    # --- pictures ------------------------------------------------------------------------------------------

    def _pictures(self, page: Page, wanted: list[bool], raster: list[Icon]) -> list[str]:
        """Return a banner and cards whose pictures hold the words and icons that are wanted."""
        rng = self._rng
        sizes = [(1_172, 300) if page.device == "desktop" else (372, 210)]
        sizes += [(228, 228) if page.device == "desktop" else (180, 180)] * 9
        left, sprites, elements = list(wanted), list(raster), []
        for size in sizes:
            ratio = (
                rng.choice((1.0, 1.0, 1.5, 2.0)) if page.device == "desktop" else rng.choice((1.5, 2.0, 3.0))
            )
            picture = pictures.background(rng, self._photos, (round(size[0] * ratio), round(size[1] * ratio)))
            taken: list[tuple[float, ...]] = []
            facts: list[dict[str, Any]] = []
            for _ in range(min(len(left), 3 if size == sizes[0] else 1)):
                if fact := self._word(picture, taken, ratio, brand=left[0]):
                    facts.append(fact)
                    left.pop(0)
            if sprites and rng.random() < 0.75 and (fact := self._sprite(picture, taken, ratio, sprites[0])):
                facts.append(fact)
                sprites.pop(0)
            self._filler(picture, taken, ratio)
            elements.append(self._image(page, picture, size, facts))
        return elements

    def _word(
        self, picture: Image.Image, taken: list[tuple[float, ...]], ratio: float, *, brand: bool
    ) -> dict[str, Any] | None:
        rng, text = self._rng, self._said(brand=brand)
        drawn = pictures.draw(
            rng,
            picture,
            text,
            style=rng.choice(pictures.STYLES),
            font=rng.choice(self._split["fonts"]),
            taken=taken,
            scale=ratio,
        )
        if drawn is None:
            return None
        kind = "text" if brand else "near"
        return {
            "kind": kind,
            "text": text,
            "cat": f"picture-{drawn.style}",
            "core": drawn.core,
            "box": drawn.box,
        }

    def _filler(self, picture: Image.Image, taken: list[tuple[float, ...]], ratio: float) -> None:
        if self._rng.random() < 0.5 * ratio:
            pictures.draw(
                self._rng, picture, self._rng.choice(self._copy["filler"]), style="button",
                font=self._rng.choice(self._split["fonts"]), taken=taken, scale=ratio,
            )  # fmt: skip

    def _image(
        self, page: Page, picture: Image.Image, size: tuple[int, int], facts: list[dict[str, Any]]
    ) -> str:
        self._serial += 1
        mark = f"p{self._serial}"
        page.drawn[mark], page.natural[mark] = facts, picture.size
        uri = pictures.data_uri(self._rng, picture)
        return f"<img data-p={mark} class=fill src='{uri}' style='max-width:{size[0]}px'>"

    # --- icons ---------------------------------------------------------------------------------------------

    def _icon(self, logo: bool) -> Icon:
        if logo:
            return self._rng.choice(self._logos)
        return self._rng.choice(self._alike if self._rng.random() < 0.5 else self._others)

    def _icon_element(self, page: Page, icon: Icon, kind: str, *, logo: bool) -> str:
        rng = self._rng
        size = rng.choice(ICON_SIZES)
        ground = rng.choice(("#ffffff", "#f4f5f7", "#111418", "#c8102e", "#0a7c4a"))
        dark = ground in ("#111418", "#c8102e", "#0a7c4a")
        tint = "#ffffff" if dark else rng.choice(("#111111", "#333333", "#fe2c55", "#6b7280", "#0a7c4a"))
        mark = self._mark(page, "logo" if logo else "other", f"{icon.pack}:{icon.name}", f"icon-{kind}")
        svg = icon.svg(size, tint)
        box = f"display:inline-block;background:{ground};padding:{rng.choice((4, 8))}px;line-height:0"
        if kind == "inline":
            return f"<span style='{box}'>{icon.svg(size, tint, f'data-g={mark}')}</span>"
        uri = "data:image/svg+xml," + quote(svg)
        if rng.random() < 0.5:
            return f'<span style="{box}"><img data-g={mark} src="{uri}" width={size} height={size}></span>'
        style = f"display:inline-block;width:{size}px;height:{size}px;background:url(&quot;{uri}&quot;) center/contain no-repeat"
        return f'<span style="{box}"><span data-g={mark} style="{style}"></span></span>'

    def _sprite(
        self, picture: Image.Image, taken: list[tuple[float, ...]], ratio: float, icon: Icon
    ) -> dict[str, Any] | None:
        """Draw an icon into a picture: flat, on a disc, or with the two shifted colours of the logo."""
        rng = self._rng
        size = round(rng.choice(ICON_SIZES[2:]) * ratio)
        for _ in range(12):
            if size + 8 < min(picture.size):
                x, y = rng.randint(4, picture.width - size - 4), rng.randint(4, picture.height - size - 4)
                if not any(pictures._near((x, y, size, size), other, 6) for other in taken):
                    break
            size = max(12, round(size * 0.8))
        else:
            return None
        look = rng.choice(("flat", "disc", "tile", "shifted"))
        light = pictures.luminance(pictures._mean(picture, (x, y, size, size))) < 0.3
        if look in ("disc", "tile"):
            plate = Image.new("RGBA", (size, size), (0, 0, 0, 0))
            light = rng.random() < 0.5
            from PIL import ImageDraw

            corner = size / 2 if look == "disc" else size / 5
            fill = (*pictures.colour(rng, light=not light), 255)
            ImageDraw.Draw(plate).rounded_rectangle((0, 0, size - 1, size - 1), corner, fill=fill)
            picture.paste(plate, (x, y), plate)
        inner = size if look in ("flat", "shifted") else round(size * 0.6)
        at = (x + (size - inner) // 2, y + (size - inner) // 2)
        shape = rasterise(icon, inner)
        if look == "shifted":
            by = max(1, round(inner / 24))
            for colour, step in zip(BRAND_COLOURS, (-by, by), strict=True):
                picture.paste(Image.new("RGB", shape.size, colour), (at[0] + step, at[1] + step), shape)
        tint = "#ffffff" if light else rng.choice(("#000000", "#111111", "#1c2b4a"))
        picture.paste(Image.new("RGB", shape.size, tint), at, shape)
        taken.append((x, y, size, size))
        kind = "logo" if icon.logo else "other"
        return {
            "kind": kind, "text": f"{icon.pack}:{icon.name}", "cat": f"icon-raster-{look}", "core": size / ratio > 12,
            "box": (at[0], at[1], inner, inner),
        }  # fmt: skip


@cache
def _font(path: str) -> TTFont:
    return TTFont(FONTS / path)


def outline(path: str, text: str) -> tuple[str, float]:
    """Return a text as SVG paths of 1,000 units to the em, and its width."""
    font = _font(path)
    glyphs, names, per_em = font.getGlyphSet(), font.getBestCmap(), font["head"].unitsPerEm
    scale, x, paths = 1_000 / per_em, 0.0, []
    for sign in text:
        name = names.get(ord(sign), ".notdef")
        pen = SVGPathPen(glyphs)
        glyphs[name].draw(pen)
        paths.append(
            f"<path transform='translate({x:.1f} 0) scale({scale:.4f} -{scale:.4f})' d='{pen.getCommands()}'/>"
        )
        x += glyphs[name].width * scale
    return "".join(paths), x


_drawer: Any = None


def rasterise(icon: Icon, size: int) -> Image.Image:
    """Return an icon's coverage as grey pixels."""
    import io

    import resvg_py

    data = bytes(resvg_py.svg_to_bytes(svg_string=icon.svg(size, "#000000"), width=size, height=size))
    return Image.open(io.BytesIO(data)).convert("RGBA").getchannel("A")
