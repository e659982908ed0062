"""`pantau init`: a file of targets to begin with, which is right as it stands."""

from crawler.fleet.config import read_setup
from crawler.fleet.starter import starter_text


def test_the_file_is_written_once_and_can_be_read(pantau, tmp_path):
    path = tmp_path / "pantau.toml"
    code, _, _ = pantau("init", "--config", path)
    assert code == 0
    assert path.read_text(encoding="utf-8") == starter_text()
    assert read_setup(path).config.targets


def test_a_file_that_is_there_stays(pantau, tmp_path):
    path = tmp_path / "pantau.toml"
    path.write_text("mine")
    code, _, err = pantau("init", "--config", path)
    assert (code, path.read_text()) == (2, "mine")
    assert "stays as it is" in err


def test_it_can_be_looked_at_first(pantau, tmp_path):
    code, out, _ = pantau("init", "--print", "--config", tmp_path / "pantau.toml")
    assert (code, out) == (0, starter_text())
    assert not (tmp_path / "pantau.toml").exists()


def test_a_folder_that_is_not_there_is_said(pantau, tmp_path):
    code, _, err = pantau("init", "--config", tmp_path / "none" / "pantau.toml")
    assert code == 2
    assert "none" in err
