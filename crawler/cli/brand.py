"""`pantau brand`: left-over names and logos in plain picture files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.checks.weights import SOCIAL_BUSINESS
from crawler.cli import options
from crawler.cli.progress import Counter
from crawler.cli.telling import say, say_json
from crawler.derive.pictures import picture
from crawler.derive.pictures.brand import Terms
from crawler.lib.clock import jakarta_date
from crawler.model.policy import load_brands

if TYPE_CHECKING:
    from crawler.derive.pictures.picture import PictureHits

UNREADABLE, PARTLY = 2, 3


@click.command("brand")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...", type=click.Path(path_type=Path))
@options.as_json
def command(*, images: tuple[Path, ...], as_json: bool) -> int:
    """Look for the social medium's name and logo in IMAGE files, such as screenshots from a phone.

    PNG, JPEG, WebP, GIF, TIFF, BMP, AVIF and HEIC are read, whatever the files are called: turned as a
    viewer turns them, every frame and page, what is see-through on white and on black. Every pixel is read,
    at any scale. Each hit is a text or a logo, with its grade, how sure it is, and its box [x, y, w, h] in px
    of the image as it is shown. Nothing is weighed: where a mention is legitimate is for `pantau check`,
    which knows the page.

    Exit code 0 when all images were looked at, whatever they show; 2 when one could not be, which is told
    with its reason; 3 when of one not all frames or pages were. The others are looked at all the same.
    """
    brands, today = load_brands(), jakarta_date()
    terms = Terms(brands.names(SOCIAL_BUSINESS, "brand", today), brands.stated(SOCIAL_BUSINESS, today))
    found = []
    with Counter(len(images)) as counter:
        for path in images:
            counter.begin(str(path))
            found.append(picture.look_at_file(path, terms))
            if not as_json:
                _print_hits(found[-1])
    if as_json:
        say_json([each.model_dump(mode="json") for each in found])
    states = {each.looked_at for each in found}
    return UNREADABLE if "not" in states else PARTLY if "partly" in states else 0


def _print_hits(seen: PictureHits) -> None:
    if seen.looked_at == "not":
        say(f"{seen.path}: not looked at. {seen.reason}")
        return
    say(f"{seen.path}: {len(seen.hits)}")
    for hit in seen.hits:
        said = hit.text if hit.kind == "text" else "-"
        where = f"  frames {', '.join(map(str, hit.frames))}" if seen.frames > 1 else ""
        say(f"  {hit.kind}  {said}  {hit.grade}  {hit.confidence:.2f}  {list(hit.box)}{where}")
    if seen.shrunk > 1:
        say(f"  looked at at 1/{seen.shrunk} of its width and height: small print may be lost")
    if seen.reason:
        say(f"  looked at in part: {seen.reason}")
