"""Files that bundles have alike lie once on disk: `<out>/.pool/<ab>/<sha256>`, by hard link, read-only.

A bundle that shares files is a bundle as before: it verifies alone, and a copy of it is a copy of everything.
Since one flipped bit then touches every bundle that has the file, `find_damage` reads the pool and names them
all. Only sealed files are linked, after their bytes were checked against manifest and pool, and a link takes
a file's place in one step: a kill leaves a bundle as it was or as it should be.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from crawler.errors import PoolUnusable
from crawler.lib.lock import hold_lock
from crawler.model.stock import Damage, Shared
from crawler.store import layout
from crawler.store.shelf import run_folders, run_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

POOL = ".pool"
_LINE = re.compile(r"([0-9a-f]{64})  (data/[^\r\n]+)")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_READ_ONLY = 0o444
# What an operating system says where there are no hard links, or no more of this file.
_NO_LINK = (errno.EPERM, errno.EMLINK, errno.EXDEV, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)

Way = Literal["linked", "first", "own", "already"]


def share_files(out: Path, bundles: Iterable[Path]) -> Shared:
    """Let sealed bundles below `out` share the files that they have alike, and return what came of it.

    A file that is not what its manifest says is left as it is and named: it must not become anybody else's.

    Raises:
        PoolUnusable: the pool cannot be written.
    """
    files = saved = own = 0
    problems: list[str] = []
    with pool_held(out):
        for root in bundles:
            for path, digest in sealed_files(root):
                try:
                    way = _share(out, root / path, digest, problems)
                except OSError as error:
                    raise _unusable(root / path, error) from error
                files += way in ("linked", "first")
                own += way == "own"
                saved += (root / path).stat().st_size if way == "linked" else 0
    return Shared(files=files, saved_bytes=saved, own=own, problems=tuple(problems))


def find_damage(out: Path) -> tuple[Damage, ...]:
    """Read every shared file below `out` and name those that are damaged, with all files of bundles they are.

    Raises:
        PoolUnusable: the pool cannot be listed.
    """
    bad: dict[str, tuple[Path, Literal["changed", "unreadable"]]] = {}
    try:
        for path in _pooled(out):
            why = _wrong(path)
            if why:
                bad[path.name] = (path, why)
    except OSError as error:
        raise _unusable(out / POOL, error) from error
    touched: dict[str, list[str]] = {digest: [] for digest in bad}
    for root in run_folders(out) if bad else ():
        for sealed, digest in sealed_files(root):
            if digest in bad and _wrong(root / sealed, digest):
                touched[digest].append(f"{run_name(root)}/{sealed}")
    return tuple(
        Damage(sha256=digest, path=str(path), why=why, touches=tuple(touched[digest]))
        for digest, (path, why) in sorted(bad.items())
    )


def drop_unused(out: Path) -> int:
    """Remove pooled files that no bundle has any more, with what a kill left; return the bytes given back.

    Raises:
        PoolUnusable: the pool cannot be written.
    """
    freed = 0
    with pool_held(out):
        try:
            for path in (*_pooled(out), *(out / POOL).glob(".*.link")):
                entry = path.lstat()
                if entry.st_nlink == 1 or path.name.startswith("."):
                    path.unlink()
                    freed += entry.st_blocks * 512 if entry.st_nlink == 1 else 0
        except OSError as error:
            raise _unusable(out / POOL, error) from error
    return freed


def sealed_files(root: Path) -> Iterator[tuple[str, str]]:
    """Yield path and SHA-256 of the payload of a sealed bundle as its manifest lists it; none if unsealed."""
    manifest = root / layout.MANIFEST
    if not layout.is_sealed(root) or not manifest.is_file():
        return
    with manifest.open(encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            match = _LINE.fullmatch(line.rstrip("\n"))
            if match and ".." not in match.group(2).split("/"):
                yield match.group(2), match.group(1)


@contextmanager
def pool_held(out: Path) -> Iterator[None]:
    """Hold the pool of `out` alone: nobody else links, checks for use, or removes meanwhile."""
    with ExitStack() as held:
        try:
            (out / POOL).mkdir(parents=True, exist_ok=True)
            held.enter_context(hold_lock(out / POOL / ".lock"))
        except OSError as error:
            raise _unusable(out / POOL, error) from error
        yield


def _share(out: Path, path: Path, digest: str, problems: list[str]) -> Way:
    """Put one file into the pool, or let it be the one that is there."""
    pooled = out / POOL / digest[:2] / digest
    if _same_file(path, pooled):
        return "already"
    if _wrong(path, digest):
        problems.append(f"{path}: not what its manifest says; not shared")
        return "own"
    if not pooled.exists():
        pooled.parent.mkdir(exist_ok=True)
        return "first" if _link(path, pooled) else "own"
    if _wrong(pooled):
        problems.append(f"{pooled}: not what its name says; {path} keeps its own")
        return "own"
    return "linked" if _take_place(out, pooled, path) else "own"


def _link(path: Path, pooled: Path) -> bool:
    """Make a sealed file the pool's, read-only; say whether the file system could."""
    try:
        os.link(path, pooled, follow_symlinks=False)
    except OSError as error:
        if error.errno in _NO_LINK:
            return False
        raise
    pooled.chmod(_READ_ONLY)
    return True


def _take_place(out: Path, pooled: Path, path: Path) -> bool:
    """Put a link to the pool's file in the place of an equal one; say whether the file system could.

    The link is made in the pool: a name that a kill leaves behind in a bundle would be a stranger there.
    """
    waiting = out / POOL / f".{uuid4().hex}.link"
    if not _link(pooled, waiting):
        return False
    try:
        waiting.replace(path)
    except OSError:
        waiting.unlink()
        raise
    return True


def _same_file(path: Path, pooled: Path) -> bool:
    try:
        return os.path.samestat(path.lstat(), pooled.lstat())
    except FileNotFoundError:
        return False


def _wrong(path: Path, digest: str | None = None) -> Literal["changed", "unreadable"] | None:
    """Return what is wrong with a file that should have a hash (that of its name unless given)."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "unreadable"
    return None if found == (digest or path.name) else "changed"


def _pooled(out: Path) -> list[Path]:
    return sorted(path for path in (out / POOL).glob("??/*") if _DIGEST.fullmatch(path.name))


def _unusable(path: Path, error: OSError) -> PoolUnusable:
    return PoolUnusable(
        f"{path} cannot be shared: {error.strerror or error}.",
        hint="Free some space, or make the folder one you can write to; every bundle is as it was.",
    )
