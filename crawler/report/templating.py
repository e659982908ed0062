"""The templates of the pages that Pantau writes: everything that they put in is escaped."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from crawler.report.visible import plain, visible

TEMPLATES = Path(__file__).parent / "templates"


def templates() -> Environment:
    """Return the templates, with the filters `v` and `plain` for text that others wrote."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"v": visible, "plain": plain}
    return environment


def stylesheet(name: str) -> Markup:
    """Return a stylesheet of ours as it stands, for the inside of a `style` element."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file
