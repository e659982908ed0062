"""The private folder of a run goes with it, and that of a killed run with the next."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from crawler.browse.chromium.work import LOCK, PREFIX, sweep, work_folder

HOLD = """
from crawler.browse.chromium.work import work_folder
with work_folder() as folder:
    print(folder, flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def own_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_folder_goes_with_its_run(tmp_path: Path) -> None:
    with work_folder() as folder:
        (folder / "profile").mkdir()
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_killed_run_is_swept_and_a_held_one_is_not(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout is not None
        folder = Path(other.stdout.readline().strip())
        (folder / "netlog.json").write_text("secret")
        assert sweep() == []
        other.kill()
        other.wait()
        assert folder.exists()
        assert sweep() == [folder]
    assert not folder.exists()


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / f"{PREFIX}new").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / LOCK).write_text("")
    assert sweep() == []
    assert len(list(tmp_path.iterdir())) == 2
