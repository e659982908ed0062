"""Tells a page that stands in the way, a challenge or a login, from the stage a journey meant to reach."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.lib import words
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from crawler.model.evidence import Reason


def wall(url: str, title: str, stage: Stage) -> Reason | None:
    """Return why a page is no stage: `challenge`, `login wall`, or nothing.

    Args:
        url: Address the page ended on.
        title: Its title.
        stage: The stage that was meant.
    """
    data, folded = words.load("walls"), " ".join(title.casefold().split())
    try:
        segments = {segment.casefold() for segment in urlsplit(url).path.split("/")}
    except ValueError:
        segments = set()

    def shows(kind: str) -> bool:
        said = any(phrase in folded for phrase in data[f"{kind}_titles"])
        return said or bool(segments & set(data[f"{kind}_paths"]))

    if shows("challenge"):
        return "challenge"
    if stage is not Stage.LOGIN and shows("login"):
        return "login wall"
    return None
