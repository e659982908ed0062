"""A bundle that is removed leaves its name, its findings and a line; a kill leaves no half of one."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date

import pytest

from crawler.errors import BundleCorrupt, JournalBroken, PruneFailed
from crawler.model.stock import Removal
from crawler.store import pruning
from crawler.store.bundle import Bundle
from crawler.store.pruning import PRUNED, pruned, pruning_held, remove_bundle
from tests.bundles import RUN_ID, a_visit, make_bundle

NAME = f"test-shop/{RUN_ID}"
REMOVAL = Removal(bundle=NAME, night=date(2024, 3, 12), why="age", freed_bytes=4_096)


@pytest.fixture
def bundle(tmp_path) -> Bundle:
    made = make_bundle(tmp_path, [a_visit("storefront", text=["Kopi Gayo"])])
    for name in ("findings/permendag-31-2023.json", "review/decisions.jsonl", "report/report.html"):
        (made.root / name).parent.mkdir()
        (made.root / name).write_text(name)
    return made


@pytest.fixture
def out(bundle):
    return bundle.root.parent.parent


def left(out):
    return sorted(str(path.relative_to(out / PRUNED)) for path in (out / PRUNED).rglob("*") if path.is_file())


def test_what_stays_of_a_bundle(bundle, out):
    seal = (bundle.root / "tagmanifest-sha256.txt").read_bytes()
    head = next(
        line for line in (bundle.root / "bag-info.txt").read_text().splitlines() if "Chain-Head" in line
    )
    with pruning_held(out):
        line = remove_bundle(out, REMOVAL, by="siti@pantau")
    assert not bundle.root.exists()
    assert left(out) == sorted(
        [
            ".lock",
            "log.jsonl",
            *(
                f"{NAME}/{name}"
                for name in (
                    "bag-info.txt",
                    "bagit.txt",
                    "findings/permendag-31-2023.json",
                    "manifest-sha256.txt",
                    "review/decisions.jsonl",
                    "tagmanifest-sha256.txt",
                )
            ),
        ]
    )
    assert (out / line.remains / "tagmanifest-sha256.txt").read_bytes() == seal
    assert line.chain_head in head
    assert (line.by, line.why) == ("siti@pantau", "age")
    assert pruned(out) == (line,)


def test_a_changed_log_is_found(bundle, out):
    with pruning_held(out):
        remove_bundle(out, REMOVAL, by="siti@pantau")
    log = out / PRUNED / "log.jsonl"
    log.write_bytes(log.read_bytes() + log.read_bytes().replace(b"siti", b"budi"))
    with pytest.raises(JournalBroken, match="line 2"):
        pruned(out)


def test_a_damaged_bundle_stays(bundle, out):
    (bundle.root / "data/scenario.py").write_text("# another\n")
    with pruning_held(out), pytest.raises(BundleCorrupt, match="is not removed: data/scenario.py: changed"):
        remove_bundle(out, REMOVAL, by="siti@pantau")
    assert bundle.root.is_dir()
    assert pruned(out) == ()


def test_a_full_disk_leaves_the_bundle_whole(bundle, out, monkeypatch):
    def refuse(*_args, **_options):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(pruning.shutil, "copyfile", refuse)
    with pruning_held(out), pytest.raises(PruneFailed, match="No space left"):
        remove_bundle(out, REMOVAL, by="siti@pantau")
    assert Bundle(bundle.root).run.run_id == RUN_ID


KILLED = """
import os, sys
from pathlib import Path
from tests.store.test_pruning import REMOVAL, remove_bundle, pruning_held, pruning
steps = int(sys.argv[2])
def dying(real):
    def call(*args, **options):
        global steps
        steps -= 1
        if steps < 0:
            os._exit(9)
        return real(*args, **options)
    return call
pruning.shutil.copyfile = dying(pruning.shutil.copyfile)
Path.rename = dying(Path.rename)
os.pwrite = dying(os.pwrite)
os.rmdir = dying(os.rmdir)
out = Path(sys.argv[1])
with pruning_held(out):
    remove_bundle(out, REMOVAL, by="siti@pantau")
"""


@pytest.mark.parametrize("steps", [0, 3, 4, 5, 6, 7, 9])
def test_a_kill_anywhere_is_made_good(bundle, out, steps):
    done = subprocess.run([sys.executable, "-c", KILLED, str(out), str(steps)], check=False)
    assert done.returncode == 9
    with pruning_held(out):
        if bundle.root.exists():
            assert Bundle(bundle.root).run.run_id == RUN_ID
            remove_bundle(out, REMOVAL, by="siti@pantau")
    assert not bundle.root.exists()
    assert [line.bundle for line in pruned(out)] == [NAME]
    assert [path for path in (out / PRUNED).iterdir() if path.suffix in (".removed", ".unfinished")] == []
