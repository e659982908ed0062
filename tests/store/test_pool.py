"""Equal files of bundles lie once on disk, and each bundle stays a bundle of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from crawler.errors import PoolUnusable
from crawler.store import pool
from crawler.store.bundle import Bundle
from crawler.store.pool import drop_unused, find_damage, sealed_files, share_files
from crawler.store.verify import verify
from tests.bundles import a_request, a_visit, make_bundle

RUNS = ("20240312T020000Z-0000000a", "20240313T020000Z-0000000b", "20240314T020000Z-0000000c")


def night(tmp_path: Path, run_id: str, text: str = "Kopi") -> Path:
    visits = [a_visit("storefront", text=[text], picture=Image.effect_noise((300, 300), 60).convert("RGB"))]
    requests = [a_request("https://www.tokopedia.com/a.js", response_body=b"let a = 1;\n" * 4_000)]
    return make_bundle(tmp_path, visits, requests, run_id=run_id).root


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    folder = tmp_path_factory.mktemp("three")
    for run_id in RUNS:
        night(folder, run_id)
    return folder / "snapshots"


@pytest.fixture
def out(three: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(three, tmp_path / "snapshots"))


def roots(out: Path) -> list[Path]:
    return [out / "test-shop" / run_id for run_id in RUNS]


def on_disk(out: Path) -> int:
    entries = {path.stat().st_ino: path.stat().st_blocks for path in out.rglob("*") if path.is_file()}
    return sum(entries.values()) * 512


def blob(root: Path) -> Path:
    return max((root / "data/blobs").iterdir(), key=lambda path: path.stat().st_size)


def test_equal_files_are_one_and_every_bundle_still_verifies(out):
    before = on_disk(out)
    done = share_files(out, roots(out))
    assert done.problems == ()
    assert done.saved_bytes >= 2 * 44_000
    assert on_disk(out) < before
    assert len({blob(root).stat().st_ino for root in roots(out)}) == 1
    assert blob(roots(out)[0]).stat().st_mode & 0o222 == 0
    assert [verify(str(root)) for root in roots(out)] == [[], [], []]
    alone = [sys.executable, roots(out)[1] / "verify.py"]
    said = subprocess.run(alone, capture_output=True, text=True, check=False).stdout
    assert said == "OK: sealed and unchanged\n"


def test_once_more_changes_nothing(out):
    share_files(out, roots(out))
    again = share_files(out, roots(out))
    assert (again.files, again.saved_bytes, again.problems) == (0, 0, ())


def test_a_copy_of_a_bundle_is_whole_and_its_own(out, tmp_path):
    share_files(out, roots(out))
    copy = Path(shutil.copytree(roots(out)[0], tmp_path / "copy"))
    assert verify(str(copy)) == []
    assert {path.stat().st_nlink for path in copy.rglob("*") if path.is_file()} == {1}


@pytest.mark.parametrize("offset", [0, 17, -1])
def test_one_flipped_bit_is_found_and_names_every_bundle(out, offset):
    share_files(out, roots(out))
    assert find_damage(out) == ()
    data = bytearray(blob(roots(out)[2]).read_bytes())
    data[offset] ^= 1
    blob(roots(out)[2]).write_bytes(data)  # who is root writes in spite of the mode, as a disk does
    (damage,) = find_damage(out)
    digest = blob(roots(out)[0]).name
    assert (damage.sha256, damage.why) == (digest, "changed")
    assert damage.touches == tuple(f"test-shop/{run_id}/data/blobs/{digest}" for run_id in RUNS)
    assert all(verify(str(root)) for root in roots(out))


def test_a_damaged_file_becomes_nobody_elses(out):
    share_files(out, roots(out)[:1])
    path = blob(roots(out)[1])
    path.write_bytes(b"x" + path.read_bytes()[1:])
    done = share_files(out, roots(out))
    assert [problem.split(":")[0] for problem in done.problems] == [str(path)]
    assert [bool(verify(str(root))) for root in roots(out)] == [False, True, False]


def test_a_damaged_pool_takes_no_place_of_a_good_file(out):
    share_files(out, roots(out)[:1])
    path = blob(roots(out)[0])
    path.write_bytes(b"x" + path.read_bytes()[1:])
    done = share_files(out, roots(out)[1:])
    assert len([problem for problem in done.problems if "keeps its own" in problem]) == 2
    assert [bool(verify(str(root))) for root in roots(out)] == [True, False, False]


def test_an_unsealed_bundle_is_left_alone(out):
    (roots(out)[0] / "tagmanifest-sha256.txt").unlink()
    assert share_files(out, roots(out)[:1]).files == 0
    assert blob(roots(out)[0]).stat().st_nlink == 1


def test_without_links_every_bundle_keeps_its_own(out, monkeypatch):
    def refuse(*_args, **_options):
        raise OSError(95, os.strerror(95))

    monkeypatch.setattr(pool.os, "link", refuse)
    done = share_files(out, roots(out))
    assert (done.files, done.saved_bytes, done.problems) == (0, 0, ())
    assert done.own > 0
    assert [verify(str(root)) for root in roots(out)] == [[], [], []]


def test_a_full_disk_is_told_and_leaves_bundles_whole(out, monkeypatch):
    def refuse(*_args, **_options):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(pool.os, "link", refuse)
    with pytest.raises(PoolUnusable, match="No space left"):
        share_files(out, roots(out))
    assert [verify(str(root)) for root in roots(out)] == [[], [], []]


KILLED = """
import os, sys
from pathlib import Path
from crawler.store import pool
left = int(sys.argv[2])
def dying(real):
    def call(*args, **options):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(*args, **options)
    return call
pool.os.link = dying(os.link)
Path.replace = dying(Path.replace)
Path.chmod = dying(Path.chmod)
out = Path(sys.argv[1])
pool.share_files(out, sorted((out / "test-shop").iterdir()))
"""


@pytest.mark.parametrize("left", [0, 1, 30, 31, 32])
def test_a_kill_anywhere_leaves_every_bundle_whole(out, left):
    done = subprocess.run([sys.executable, "-c", KILLED, str(out), str(left)], check=False)
    assert done.returncode == 9
    assert [verify(str(root)) for root in roots(out)] == [[], [], []]
    share_files(out, roots(out))
    drop_unused(out)
    assert [path for path in (out / pool.POOL).iterdir() if path.suffix == ".link"] == []
    assert [verify(str(root)) for root in roots(out)] == [[], [], []]
    assert find_damage(out) == ()


def test_what_no_bundle_has_any_more_goes(out):
    share_files(out, roots(out))
    shutil.rmtree(roots(out)[0])
    assert drop_unused(out) > 0
    assert blob(roots(out)[1]).stat().st_nlink == 3
    for root in roots(out)[1:]:
        shutil.rmtree(root)
    drop_unused(out)
    assert list((out / pool.POOL).glob("??/*")) == []


@pytest.mark.parametrize("line", ["0" * 64 + "  data/../../secret", "0" * 64 + "  /etc/passwd", "x"])
def test_a_manifest_that_leads_out_is_not_followed(out, line):
    manifest = roots(out)[0] / "manifest-sha256.txt"
    manifest.write_text(line + "\n" + manifest.read_text())
    paths = [path for path, _ in sealed_files(roots(out)[0])]
    assert all(path.startswith("data/") and ".." not in path for path in paths)
    assert Bundle(roots(out)[1]).paths() == tuple(path for path, _ in sealed_files(roots(out)[1]))
