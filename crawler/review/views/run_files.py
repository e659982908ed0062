"""The files that a seal covers, as a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.review.views.run import WINDOW

if TYPE_CHECKING:
    from crawler.review.views.run import RunAddresses
    from crawler.store.bundle import Bundle


@dataclass(frozen=True)
class ListedFile:
    """A sealed file; `bytes` is None where it is not there any more."""

    path: str
    sha256: str
    bytes: int | None
    address: str


@dataclass(frozen=True)
class ListedFiles:
    """A part of the files whose path has the words. `more` is the address of the next part."""

    files: tuple[ListedFile, ...]
    found: int
    total: int
    more: str | None


def list_files(bundle: Bundle, at: RunAddresses, words: str, offset: int) -> ListedFiles:
    """Return a part of the files of a bundle whose path has all the words, in any case."""
    wanted = words.lower().split()
    paths = [path for path in bundle.paths() if all(word in path.lower() for word in wanted)]
    rest = offset + WINDOW
    return ListedFiles(
        files=tuple(_listed(bundle, at, path) for path in paths[offset:rest]),
        found=len(paths),
        total=len(bundle.paths()),
        more=at.below("files", words=words, offset=rest) if rest < len(paths) else None,
    )


def _listed(bundle: Bundle, at: RunAddresses, path: str) -> ListedFile:
    try:
        size = (bundle.root / path).stat().st_size
    except OSError:
        size = None
    return ListedFile(path, bundle.sha256(path), size, at.below("files", path))
