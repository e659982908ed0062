"""Removes a bundle and leaves what names it: `<out>/.pruned/<scenario>/<run-id>/` and a line in a log.

Left are the manifests (so that an exported file can still be checked against the seal), `bag-info.txt` with
the chain head, signature and time stamps, the findings, and what people decided. The line in
`.pruned/log.jsonl` says who, when and why; it is hash-chained. The order is such that a kill leaves either
the whole bundle where it was, or its remains and its line: never half a bundle in the place of one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from crawler.errors import BundleCorrupt, PruneFailed
from crawler.lib.lock import hold_lock
from crawler.model.stock import Pruned
from crawler.store import layout
from crawler.store.journal import Journal, facts
from crawler.store.verify import OUTSIDE_FILES, verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.model.stock import Removal

PRUNED = ".pruned"
LOG = "log.jsonl"
HOLD = ".hold"
KEPT_FILES = (layout.TAG_MANIFEST, layout.MANIFEST, layout.BAG_INFO, "bagit.txt")
KEPT_FOLDERS = ("findings", "review")
_DOOMED, _UNFINISHED = ".removed", ".unfinished"


def held(out: Path, bundle: str) -> str | None:
    """Return what the `hold` file of a bundle says, None where it has none.

    It lies beside the bundle's folder, `<run-id>.hold`, and may be empty. One inside the folder counts too,
    though a seal does not know it.
    """
    for path in (out / f"{bundle}{HOLD}", out / bundle / HOLD.removeprefix("."), out / bundle / HOLD):
        try:
            with path.open("rb") as file:
                return file.read(200).decode("utf-8", "replace").strip()
        except FileNotFoundError:
            continue
        except OSError:
            return ""  # it is there: what cannot be read protects as well
    return None


def remove_bundle(out: Path, removal: Removal, *, by: str) -> Pruned:
    """Remove a bundle below `out`, leave its remains, and return the line that was written of it.

    Raises:
        BundleCorrupt: it is not whole, so that nobody could say later what was removed; it stays.
        PruneFailed: the disk does not take the remains, or does not let go of the bundle.
    """
    root = out / removal.bundle
    problems = verify(str(root))
    if problems or root.is_symlink():
        raise BundleCorrupt(f"The bundle {root} is not removed: {(problems or ['it is a link'])[0]}")
    try:
        return _remove(out, root, removal, by)
    except OSError as error:
        raise PruneFailed(
            f"{root} cannot be removed: {error.strerror or error}.",
            hint="What was removed before it stands in the log; start `pantau prune` again.",
        ) from error


def pruned(out: Path) -> tuple[Pruned, ...]:
    """Return what was removed below `out`, in the order of the log.

    Raises:
        JournalBroken: somebody changed the log.
    """
    return tuple(Pruned.model_validate(facts(entry)) for entry in Journal(out / PRUNED / LOG).entries())


@contextmanager
def pruning_held(out: Path) -> Iterator[None]:
    """Let one process at a time remove bundles below `out`, and end what a killed one had begun.

    Raises:
        PruneFailed: the folder cannot be used.
    """
    try:
        (out / PRUNED).mkdir(parents=True, exist_ok=True)
        with hold_lock(out / PRUNED / ".lock"):
            for left in (out / PRUNED).glob(".*"):
                if left.suffix in (_DOOMED, _UNFINISHED):
                    shutil.rmtree(left)
            yield
    except OSError as error:
        raise PruneFailed(f"{out / PRUNED} cannot be used: {error.strerror or error}.") from error


def _remove(out: Path, root: Path, removal: Removal, by: str) -> Pruned:
    remains = out / PRUNED / removal.bundle
    if not remains.is_dir():
        _leave(root, remains, out / PRUNED / f".{uuid4().hex}{_UNFINISHED}")
    line = Pruned(
        bundle=removal.bundle,
        night=removal.night,
        by=by,
        why=removal.why,
        chain_head=_chain_head(root),
        tagmanifest_sha256=hashlib.sha256((root / layout.TAG_MANIFEST).read_bytes()).hexdigest(),
        freed_bytes=removal.freed_bytes,
        remains=f"{PRUNED}/{removal.bundle}",
    )
    log = Journal(out / PRUNED / LOG)
    if all(entry.get("bundle") != removal.bundle for entry in log.entries()):
        log.append(line.model_dump(mode="json"))
    doomed = out / PRUNED / f".{uuid4().hex}{_DOOMED}"
    root.rename(doomed)
    shutil.rmtree(doomed)
    return line


def _leave(root: Path, remains: Path, unfinished: Path) -> None:
    """Copy what stays of a bundle, in one step as seen from outside."""
    unfinished.mkdir()
    for path in root.iterdir():
        if path.name in KEPT_FILES or OUTSIDE_FILES.match(path.name):
            shutil.copyfile(path, unfinished / path.name)
        elif path.name in KEPT_FOLDERS:
            shutil.copytree(path, unfinished / path.name)
    for path in unfinished.rglob("*"):
        _sync(path)
    remains.parent.mkdir(exist_ok=True)
    unfinished.rename(remains)
    _sync(remains.parent)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _chain_head(root: Path) -> str:
    """Return the hash of the last line of the chain, as the verified `bag-info.txt` states it."""
    lines = (root / layout.BAG_INFO).read_text(encoding="utf-8").splitlines()
    return next(line.partition(": ")[2] for line in lines if line.startswith("Pantau-Chain-Head: "))
