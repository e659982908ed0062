"""Judge stored bundles with two checkouts and hold the findings against each other, byte for byte.

    .venv/bin/python -m tests.golden.compare_findings REVISION FOLDER...

REVISION is a commit, checked out aside for the time, or the folder of a checkout; the other side is the
checkout that this file belongs to. Every sealed bundle below the FOLDERs is judged by both, by every shipped
policy pack, through the command line, in copies under a temporary folder: the bundles themselves are only
read. Of the findings all must be the same but the fields in `VOLATILE`, which are printed with what they are.

Exit code 0 if nothing else differs and every bundle was judged, else 1.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from crawler.model.policy import PACKS

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parents[2]
SEAL = "tagmanifest-sha256.txt"
VOLATILE = {  # paths of fields, list places as [], that name a version or a hash of what judged
    r"schema_version": "version of the format",
    r"inputs\.(?!seal$).*": "hashes and versions of packs, word lists, tables, readers and rules",
    r"rules\[\]\.version": "version of a rule",
    r"rules\[\]\.findings\[\]\.rule_version": "version of a rule",
    r"rules\[\]\.findings\[\]\.crop_sha256": "hash of what a finding looks like; earlier versions kept none",
    r"exceptions": "no reviewer excused a finding; earlier versions knew no exceptions",
}
_VOLATILE = re.compile("|".join(VOLATILE))
MAX_SHOWN = 12  # differences of one judgement
TIMEOUT_S = 3_600


def sealed(folders: list[Path]) -> list[Path]:
    """Return the sealed bundles in and below folders."""
    return sorted({tag.parent.resolve() for folder in folders for tag in folder.rglob(SEAL)})


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of a JSON document with its path, places in lists numbered."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{place}]")
    else:
        yield path, value


def volatile(path: str) -> bool:
    """Say whether a field may differ: it names a version or a hash."""
    return bool(_VOLATILE.fullmatch(re.sub(r"\[\d+\]", "[]", path)))


def differences(one: bytes, other: bytes) -> tuple[list[str], list[str]]:
    """Return where two judgements differ: the paths of findings, and those of versions and hashes."""
    if one == other:
        return [], []
    ours, theirs = dict(leaves(json.loads(one))), dict(leaves(json.loads(other)))
    missing = object()
    found = [
        path for path in sorted({*ours, *theirs}) if ours.get(path, missing) != theirs.get(path, missing)
    ]
    real = [path for path in found if not volatile(path)]
    if not found:
        real = ["(the same values, other bytes)"]
    return real, [path for path in found if volatile(path)]


@contextmanager
def checkout(name: str) -> Iterator[Path]:
    """Yield the folder of a checkout: the one named, else a commit checked out for the time."""
    if (Path(name) / "crawler").is_dir():
        yield Path(name).resolve()
        return
    with TemporaryDirectory(prefix="pantau-golden-") as folder:
        tree = Path(folder) / "tree"
        subprocess.run(["git", "-C", HERE, "worktree", "add", "-q", "--detach", tree, name], check=True)
        try:
            yield tree
        finally:
            subprocess.run(["git", "-C", HERE, "worktree", "remove", "--force", tree], check=True)


def judged(tree: Path, copies: dict[Path, Path]) -> dict[tuple[Path, str], bytes]:
    """Judge copies of bundles by every pack with the code of a checkout; return what it wrote, by bundle."""
    found = {}
    for pack in PACKS:
        command = [sys.executable, "-m", "crawler.cli", "check", "--policy", pack, *map(str, copies.values())]
        subprocess.run(
            command, cwd=tree, env=os.environ | {"PYTHONPATH": str(tree)}, stdout=subprocess.DEVNULL,
            check=False, timeout=TIMEOUT_S,
        )  # fmt: skip
        for bundle, copy in copies.items():
            written = copy / "findings" / f"{pack}.json"
            if written.is_file():
                found[bundle, pack] = written.read_bytes()
    return found


def copied(bundles: list[Path], folder: Path) -> dict[Path, Path]:
    """Copy bundles, without what was judged before, and return the copies by their bundle."""
    copies = {}
    for number, bundle in enumerate(bundles):
        copies[bundle] = folder / str(number) / bundle.name
        shutil.copytree(bundle, copies[bundle], ignore=shutil.ignore_patterns("findings", "report"))
    return copies


def main() -> int:
    """Print what was compared, what may differ and did, and every finding that differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("revision", help="commit or folder of the other checkout")
    parser.add_argument("folders", nargs="+", type=Path, help="folders with sealed bundles")
    given = parser.parse_args()
    bundles = sealed(given.folders)
    with checkout(given.revision) as other, TemporaryDirectory(prefix="pantau-golden-") as name:
        theirs = judged(other, copied(bundles, Path(name) / "theirs"))
        ours = judged(HERE, copied(bundles, Path(name) / "ours"))
    return told(bundles, theirs, ours)


def told(
    bundles: list[Path], theirs: dict[tuple[Path, str], bytes], ours: dict[tuple[Path, str], bytes]
) -> int:
    """Print the comparison of two checkouts' judgements and return the exit code."""
    print("May differ (versions and hashes):")
    for pattern, what in VOLATILE.items():
        print(f"  {pattern}: {what}")
    differing, allowed = 0, Counter[str]()
    for bundle in bundles:
        for pack in PACKS:
            one, other = theirs.get((bundle, pack)), ours.get((bundle, pack))
            if one is None or other is None:
                sides = "neither side" if one is other else "one side only"
                real = [f"(judged by {sides})"]
            else:
                real, changed = differences(one, other)
                allowed.update(re.sub(r"\[\d+\]", "[]", path) for path in changed)
            if real:
                differing += 1
                print(f"DIFFERS {bundle} {pack}")
                for path in real[:MAX_SHOWN]:
                    print(f"  {path}")
                print(f"  and {len(real) - MAX_SHOWN} more" * (len(real) > MAX_SHOWN))
    for path, times in sorted(allowed.items()):
        print(f"changed as it may: {path} ({times} times)")
    total = len(bundles) * len(PACKS)
    print(f"{total - differing} of {total} judgements the same: {len(bundles)} bundles, {len(PACKS)} packs")
    return 1 if differing or not bundles else 0


if __name__ == "__main__":
    sys.exit(main())
