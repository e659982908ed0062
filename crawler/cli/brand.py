"""`pantau brand`: left-over names and logos in plain picture files."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.checks.mentions import SOCIAL
from crawler.cli import options
from crawler.cli.telling import say, say_json
from crawler.derive.pictures import picture
from crawler.derive.pictures.brand import Terms
from crawler.lib.clock import jakarta_date
from crawler.model.policy import load_brands


@click.command("brand")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...", type=click.Path(path_type=Path))
@options.as_json
def command(*, images: tuple[Path, ...], as_json: bool) -> int:
    """Look for the social medium's name and logo in IMAGE files, such as screenshots from a phone.

    Every pixel is read, at any scale. Each hit is a text or a logo, with its grade, how sure it is, and its
    box [x, y, w, h] in px of the image. Nothing is weighed: where a mention is legitimate is for `pantau
    check`, which knows the page. Exit code 0 when all images were looked at, whatever they show.
    """
    brands, today = load_brands(), jakarta_date()
    terms = Terms(brands.names(SOCIAL, "brand", today), brands.stated(SOCIAL, today))
    found = [picture.look(path, terms) for path in images]
    if as_json:
        say_json([each.model_dump(mode="json") for each in found])
    else:
        for each in found:
            say(f"{each.path}: {len(each.hits)}")
            for hit in each.hits:
                said = hit.text if hit.kind == "text" else "-"
                say(f"  {hit.kind}  {said}  {hit.grade}  {hit.confidence:.2f}  {list(hit.box)}")
    return 0
