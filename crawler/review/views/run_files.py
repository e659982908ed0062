"""The files that a seal covers: a list of them, and the way to one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.review.paths import inside
from crawler.review.refusal import Refusal
from crawler.review.views.run import WINDOW

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.review.views.run import RunAddresses
    from crawler.store.bundle import Bundle

MOST_BYTES = 2 * 2**30  # of one download; what is larger is copied from the folder


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


def sealed_file(bundle: Bundle, path: str) -> Path:
    """Return where a sealed file lies, once all its bytes were held against the seal.

    Raises:
        Refusal: 404 where the seal covers no such path, 409 where it is not what was sealed, 413 where it is
            too large to be sent.
    """
    if not bundle.holds(path):
        raise Refusal(404, "desk.refusal.not-found")
    found = inside(bundle.root, path)
    if found.stat().st_size > MOST_BYTES:
        raise Refusal(413, "desk.refusal.file-too-large", path=path)
    with found.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != bundle.sha256(path):
            raise Refusal(409, "desk.refusal.not-whole", why=path)
    return found


def _listed(bundle: Bundle, at: RunAddresses, path: str) -> ListedFile:
    try:
        size = (bundle.root / path).stat().st_size
    except OSError:
        size = None
    return ListedFile(path, bundle.sha256(path), size, at.below("files", path))
