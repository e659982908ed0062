"""Where bundles lie: `<out>/<scenario-id>/<run-id>`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from crawler.store import layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SIGNS = (layout.PAYLOAD, "bagit.txt", layout.MANIFEST)  # any of them makes a folder a run's


def run_name(root: Path) -> str:
    """Return what a run folder is called: the names of its scenario's folder and its own."""
    return os.fsencode(f"{root.parent.name}/{root.name}").decode("utf-8", "backslashreplace")


def run_folders(out: Path) -> Iterator[Path]:
    """Yield every run folder below `out`, sealed or not, in the order of their names; links are none."""
    for scenario in _folders_in(out):
        for run in _folders_in(scenario):
            if any((run / sign).exists() for sign in _SIGNS):
                yield run


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            plain = [
                each.name for each in entries if each.name[0] != "." and each.is_dir(follow_symlinks=False)
            ]
    except OSError:
        return []
    return [folder / name for name in sorted(plain)]
