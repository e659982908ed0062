"""What rules said of a bundle, as files beside it: `findings/<policy>.json`, outside the seal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pydantic import ValidationError

from crawler.errors import BundleCorrupt
from crawler.model.finding import Judgement
from crawler.store import layout
from crawler.store.bundle import read_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.store.bundle import Bundle, Reader

_MAX_JUDGEMENT_BYTES = 64 * 2**20  # a thousand times what a judgement with hundreds of findings takes


def judgement_files(root: Path) -> list[Path]:
    """Return the judgements beside a bundle by name; links and files left half-written are none."""
    folder = root / layout.FINDINGS
    try:
        if folder.is_symlink():
            return []
        with os.scandir(folder) as found:
            names = [
                each.name
                for each in found
                if each.name.endswith(".json") and each.name[0] != "." and each.is_file(follow_symlinks=False)
            ]
    except OSError:
        return []
    return [folder / name for name in sorted(names)]


def read_judgement(path: Path, bundle: Bundle, reader: Reader = read_whole) -> Judgement:
    """Return a judgement of a bundle, read as `reader` reads it.

    Raises:
        BundleCorrupt: it is too large, no judgement, or one of another bundle.
        OSError: it cannot be read.
    """
    if path.stat().st_size > _MAX_JUDGEMENT_BYTES:
        raise BundleCorrupt("too large")
    try:
        judgement = reader(Judgement, path.read_bytes())
    except ValidationError as error:
        raise BundleCorrupt("no judgement") from error
    if judgement.inputs.get("seal") != bundle.seal:
        raise BundleCorrupt("of another bundle")
    return judgement


def kept_judgements(bundle: Bundle) -> Iterator[Judgement]:
    """Yield the judgements beside a bundle that are of this very bundle, the newest first."""
    dated = []
    for path in judgement_files(bundle.root):
        try:
            dated.append((path.stat().st_mtime, path))
        except OSError:
            continue
    for _, path in sorted(dated, reverse=True):
        try:
            yield read_judgement(path, bundle)
        except (BundleCorrupt, OSError):
            continue
