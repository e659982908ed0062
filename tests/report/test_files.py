"""Report files: written whole beside the evidence, never through a link."""

import pytest

from crawler.errors import ReportError
from crawler.report.files import replace


def test_a_file_is_made_and_replaced(tmp_path):
    first = replace(tmp_path, "r.html", "satu")
    assert replace(tmp_path, "r.html", "düa") == first == tmp_path / "report" / "r.html"
    assert first.read_text(encoding="utf-8") == "düa"
    assert [path.name for path in first.parent.iterdir()] == ["r.html"]


def test_nothing_is_written_through_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "report").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ReportError):
        replace(tmp_path, "r.html", "x")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "report").write_text("a file stands in the way")
    with pytest.raises(ReportError):
        replace(tmp_path, "r.html", "x")
