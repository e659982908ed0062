"""A folder of nights, for the commands of the person who keeps them."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from crawler.cli import main
from crawler.store.nights import night_folder, write_night
from tests.nights import FIRST, a_finding, a_journey, a_night, make_night_bundles

PRINT = "3f9a0c12deadbeef"
CONFIG = """
[night]
deadline_h = 6

[retention]
keep_nights = 2
{more}
[[targets]]
id = "toko-a"
start_url = "https://toko.example/"
"""


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nights")
    for day in range(4):
        on = FIRST + timedelta(days=day)
        findings = [a_finding("new" if not day else "still-there", last=on, fingerprint=PRINT)]
        night = a_night(on, [a_journey(on=on, findings=findings), a_journey("toko-b", on=on)], exit_code=1)
        write_night(night_folder(folder / "nights", on), night)
        make_night_bundles(folder, night)
    return folder


@pytest.fixture
def place(made_once, tmp_path, monkeypatch):
    for name in ("nights", "snapshots"):
        shutil.copytree(made_once / name, tmp_path / name)
    (tmp_path / "pantau.toml").write_text(CONFIG.format(more=""))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


@pytest.fixture
def pantau(capsys):
    """Run the command line as the console script does; return exit code, stdout and stderr."""

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return run


@pytest.fixture
def configure(place):
    """Write `pantau.toml` again, with more in it."""
    return lambda more: (place / "pantau.toml").write_text(CONFIG.format(more=more))
