"""What is written beside the sealed evidence lands inside the bundle's own folder, or nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import ReportError
from crawler.store.beside import keep


def test_a_file_is_written_and_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    assert keep(tmp_path, "report", "r.html", b"first") == tmp_path / "report/r.html"
    keep(tmp_path, "report", "r.html", b"second")
    assert [path.read_bytes() for path in (tmp_path / "report").iterdir()] == [b"second"]


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle/findings").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ReportError, match="findings"):
        keep(tmp_path / "bundle", "findings", "p.json", b"{}")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_in_place_of_the_folder_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("mine")
    with pytest.raises(ReportError) as caught:
        keep(tmp_path, "report", "r.html", b"x")
    assert caught.value.hint
    assert (tmp_path / "report").read_text() == "mine"


def test_a_link_in_place_of_the_file_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("mine")
    (tmp_path / "report").mkdir()
    (tmp_path / "report/r.html").symlink_to(tmp_path / "other")
    keep(tmp_path, "report", "r.html", b"x")
    assert (tmp_path / "other").read_text() == "mine"
    assert (tmp_path / "report/r.html").read_bytes() == b"x"
    assert not (tmp_path / "report/r.html").is_symlink()


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "..", ".hidden", "a\x00b"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ReportError):
        keep(tmp_path, "report", name, b"x")
    assert not (tmp_path / "x").exists()


def test_a_disk_that_fails_leaves_the_earlier_file(tmp_path: Path) -> None:
    keep(tmp_path, "report", "r.html", b"first")
    (tmp_path / "report/r2.html").mkdir()
    with pytest.raises(ReportError):
        keep(tmp_path, "report", "r2.html", b"second")
    assert {path.name for path in (tmp_path / "report").iterdir()} == {"r.html", "r2.html"}
