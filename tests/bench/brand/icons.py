"""Icons of packages as SVG: the social medium's logo, and everything else."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LOGO = re.compile(r"(^|-)(tiktok|tik-tok)($|-)")
# Drawn as a word, or another app's mark with the note in it.
OTHER_DRAWINGS = {
    ("logos", "tiktok"),
    *(("arcticons", f"tiktok-{app}") for app in ("downloader", "lite", "plugin", "studio")),
}
# Names of icons that look like the logo to a hurried eye, or that are what a shop's footer shows.
LOOK_ALIKES = re.compile(
    r"(^|-)(music|note|notes|quaver|song|logo|brand|bxl|facebook|instagram|youtube|whatsapp|telegram|twitter|x|"
    r"threads|shopee|spotify|apple|google|pinterest|discord|linkedin|snapchat|line|wechat|paypal|visa)($|-)"
)


@dataclass(frozen=True)
class Icon:
    """One icon: pack and name, and the inside of its SVG with the box that it is drawn in."""

    pack: str
    name: str
    body: str
    view_box: tuple[float, float, float, float]

    @property
    def logo(self) -> bool:
        """Whether it is the social medium's logo."""
        return bool(LOGO.search(self.name)) and (self.pack, self.name) not in OTHER_DRAWINGS

    def svg(self, size: float, colour: str, attributes: str = "") -> str:
        """Return it as an SVG element of this size in CSS px."""
        box = " ".join(f"{value:g}" for value in self.view_box)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{size:g}" height="{size:g}" viewBox="{box}" '
            f'color="{colour}" {attributes}>{self.body}</svg>'
        )


@cache
def pack(folder: Path, name: str) -> tuple[Icon, ...]:
    """Return the icons of an Iconify pack that npm installed under a folder."""
    path = folder / "node_modules" / "@iconify-json" / name / "icons.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    width, height = data.get("width", 16), data.get("height", 16)
    return tuple(
        Icon(
            name,
            key,
            still(icon["body"]),
            (
                icon.get("left", 0),
                icon.get("top", 0),
                icon.get("width", width),
                icon.get("height", icon.get("width", height)),
            ),
        )
        for key, icon in sorted(data["icons"].items())
        if not icon.get("hidden")
    )


def still(body: str) -> str:
    """Return an icon without its animation, in the state that a page comes to rest in."""
    body = re.sub(r"<(animate\w*|set)\b[^>]*?(/>|>.*?</\1>)", "", body)
    return re.sub(r' stroke-dash(array|offset)="[^"]*"', "", body)


def logos(folder: Path, packs: list[str]) -> tuple[Icon, ...]:
    """Return every drawing of the logo in some packs."""
    return tuple(icon for name in packs for icon in pack(folder, name) if icon.logo)


def others(folder: Path, packs: list[str]) -> tuple[tuple[Icon, ...], tuple[Icon, ...]]:
    """Return the look-alikes and the rest of some packs, no logo among them."""
    every = [
        icon
        for name in packs
        for icon in pack(folder, name)
        if not LOGO.search(icon.name) and len(icon.body) < 6_000
    ]
    alike = tuple(icon for icon in every if LOOK_ALIKES.search(icon.name))
    return alike, tuple(icon for icon in every if not LOOK_ALIKES.search(icon.name))
