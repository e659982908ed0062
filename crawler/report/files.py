"""Writes a report file beside the sealed evidence, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.store import layout
from crawler.store.beside import keep

if TYPE_CHECKING:
    from pathlib import Path


def replace(root: Path, name: str, text: str) -> Path:
    """Write `report/<name>` below a bundle's folder in one step and return its path.

    Raises:
        ReportError: the folder is a link, or it or the file cannot be written.
    """
    return keep(root, layout.REPORT, name, text.encode())
