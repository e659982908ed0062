"""Where bundles lie below a folder."""

import os

from crawler.store.shelf import run_folders, run_name


def test_run_folders_are_found_in_order_sealed_or_not(tmp_path):
    for name in ("b/2", "a/2", "a/1"):
        (tmp_path / name / "data").mkdir(parents=True)
    (tmp_path / "a" / "3").mkdir()  # nothing in it says that it is a run's
    (tmp_path / ".hidden" / "1" / "data").mkdir(parents=True)
    (tmp_path / "index.db").touch()
    assert [run_name(root) for root in run_folders(tmp_path)] == ["a/1", "a/2", "b/2"]


def test_links_are_not_followed(tmp_path):
    (tmp_path / "elsewhere" / "1" / "data").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "link").symlink_to(tmp_path / "elsewhere")
    assert list(run_folders(tmp_path / "out")) == []


def test_a_folder_that_is_not_there_has_none(tmp_path):
    assert list(run_folders(tmp_path / "nowhere")) == []


def test_a_name_that_is_no_unicode_can_be_told(tmp_path):
    root = tmp_path / os.fsdecode(b"shop\xff") / "1"
    assert run_name(root) == "shop\\xff/1"
