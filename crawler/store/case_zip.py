"""A whole case as one plain ZIP, made as it is sent: nothing of it is held in memory or written to the disk.

    verify.py                        of this Pantau: python3 verify.py bundles/<scenario>/<run>
    case.json                        number, title, runs with their seals, and what is not in it and why
    notices.json                     the notices that speak of its runs
    bundles/<scenario>/<run>/…       each sealed bundle as it lies, findings, reports, decisions beside it

A bundle has a `verify.py` of its own, but one that was brought from elsewhere may have another than ours: so
the one beside `case.json` is to be run. What can be made again (`derived/`) is left out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import zipstream

from crawler.store import layout, verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LEFT_OUT = frozenset({layout.DERIVED})


def case_zip(snapshots: Path, runs: Iterable[str], records: dict[str, bytes]) -> Iterator[bytes]:
    """Yield the bytes of the ZIP of a case.

    Args:
        snapshots: Folder of the bundles.
        runs: Names of its sealed runs.
        records: The files that stand beside the bundles.

    Raises:
        OSError: a file went away while it was sent: what came until then is no whole ZIP, and says so.
    """
    stream = zipstream.ZipStream(compress_type=zipstream.ZIP_STORED)
    stream.add(Path(verify.__file__).read_bytes(), "verify.py", compress_type=zipstream.ZIP_DEFLATED)
    for name, data in records.items():
        stream.add(data, name, compress_type=zipstream.ZIP_DEFLATED)
    for run in runs:
        for path in _files_of(snapshots / run):
            stream.add_path(
                path, f"bundles/{run}/{path.relative_to(snapshots / run).as_posix()}", recurse=False
            )
    yield from stream


def _files_of(root: Path) -> Iterator[Path]:
    """Yield the plain files of a run's folder, links and what can be made again left out."""
    for folder, folders, files in os.walk(root):
        here = root / os.path.relpath(folder, root)
        outside = _LEFT_OUT if here == root else frozenset()
        folders[:] = sorted(
            name for name in folders if name not in outside and not (here / name).is_symlink()
        )
        for name in sorted(files):
            path = here / name
            if path.is_file() and not path.is_symlink() and not name.startswith("."):
                yield path
