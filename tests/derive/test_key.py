"""The machine's own key: made once, private, and never half-trusted."""

import os
from pathlib import Path

import pytest

from crawler.derive.key import key_path, machine_key


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def test_it_is_made_once_and_private():
    keys = {machine_key() for _ in range(3)}
    assert [len(key) for key in keys] == [32]
    assert key_path().stat().st_mode & 0o777 == 0o600
    assert [path.name for path in key_path().parent.iterdir()] == ["derive.key"]


def test_another_machine_has_another(tmp_path, monkeypatch):
    here = machine_key()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "there"))
    assert machine_key() not in (here, None)


@pytest.mark.parametrize("named", ["", "relative/data"])
def test_the_home_folder_where_no_absolute_path_is_named(tmp_path, monkeypatch, named):
    monkeypatch.setenv("XDG_DATA_HOME", named)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert key_path() == tmp_path / ".local/share/pantau/derive.key"


def _readable(path: Path) -> None:
    path.chmod(0o644)


def _short(path: Path) -> None:
    path.write_bytes(b"x" * 31)


def _long(path: Path) -> None:
    path.write_bytes(b"x" * 33)


def _linked(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def _a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize("harm", [_readable, _short, _long, _linked, _a_pipe])
def test_a_key_that_is_not_private_and_whole_is_none(harm):
    machine_key()
    harm(key_path())
    assert machine_key() is None


def test_where_none_can_be_made(data):
    data.write_text("a file stands in the way")
    assert machine_key() is None
