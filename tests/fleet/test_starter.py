"""The file of targets that a first user begins with."""

import tomllib

import pytest

from crawler.errors import ConfigError
from crawler.fleet.config import read_setup
from crawler.fleet.starter import starter_text, write_starter
from crawler.model.target import Config


def test_it_is_right_and_names_no_key_that_does_not_exist(tmp_path):
    write_starter(tmp_path / "pantau.toml")
    assert read_setup(tmp_path / "pantau.toml").config.targets
    Config.model_validate(tomllib.loads(starter_text()))


def test_it_never_takes_the_place_of_another(tmp_path):
    path = tmp_path / "pantau.toml"
    path.write_text("mine")
    with pytest.raises(ConfigError, match="stays as it is"):
        write_starter(path)
    assert path.read_text() == "mine"
