"""The one way from what a request names to a file: nothing leads out of the folder of the bundles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.review.refusal import Refusal

if TYPE_CHECKING:
    from pathlib import Path

_PART = re.compile(r"[^/\\\x00-\x1f\x7f]{1,255}\Z")


def inside(folder: Path, *parts: str) -> Path:
    """Return the file or folder that `parts` name below a folder; links are followed, and may not lead out.

    Each part may have several steps, such as `data/stages/01-entry/page.png`.

    Raises:
        Refusal: 404 where it is not there, is named oddly (`..`, a hidden name), or lies elsewhere.
    """
    steps = [step for part in parts for step in part.split("/")]
    if not steps or not all(_PART.match(step) and step[0] != "." for step in steps):
        raise Refusal(404, "desk.refusal.not-found")
    root = folder.resolve()
    try:
        found = root.joinpath(*steps).resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise Refusal(404, "desk.refusal.not-found") from error
    if not found.is_relative_to(root) or found == root:
        raise Refusal(404, "desk.refusal.not-found")
    return found


def run_folder(snapshots: Path, scenario: str, run: str) -> Path:
    """Return the folder of a run by the names of its scenario's folder and its own.

    Raises:
        Refusal: 404 where there is none.
    """
    if "/" in scenario or "/" in run:
        raise Refusal(404, "desk.refusal.not-found")
    found = inside(snapshots, scenario, run)
    if not found.is_dir():
        raise Refusal(404, "desk.refusal.not-found")
    return found
