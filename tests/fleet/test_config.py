"""`pantau.toml`: what is read, and that whatever is wrong is told with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import ConfigError
from crawler.fleet.config import CANARY, Setup, missing_files, parse_config, read_setup, session_error
from crawler.fleet.starter import starter_text, write_starter
from crawler.model.target import Config, Target

TARGET = '[[targets]]\nid = "toko-a"\nstart_url = "https://toko.example/"\n'


def refused(text):
    with pytest.raises(ConfigError) as caught:
        parse_config("pantau.toml", text.encode())
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("[night]\nzon = 'Asia/Jakarta'\n", 2, "night.zon"),
        ("[night]\ntime = 01:00:00\nzone = 'Asia/Nowhere'\n", 3, "night.zone"),
        ("[night]\nworkers = 0\n", 2, "night.workers"),
        (TARGET + "device = 'mobile'\n", 4, "targets.0.device"),
        (TARGET + "devices = ['tablet']\n", 4, "targets.0.devices.0"),
        (TARGET + "[targets.pace]\nat_once = 0\n", 5, "targets.0.pace.at_once"),
        (TARGET + TARGET, 5, "targets.1.id"),
        (TARGET.replace("toko-a", CANARY), 2, "targets.0.id"),
        (TARGET + TARGET.replace("toko-a", "toko-b") + "pace = { at_once = 2 }\n", 7, "targets.1.pace"),
        ("[[targets]]\nid = 'toko-a'\n", 1, "targets.0"),
        (TARGET + "resolve = ['toko.example']\n", 4, "targets.0.resolve"),
        ("[alerts]\non = ['everything']\n", 2, "alerts.on.0"),
        ("[retention]\nkeep_days = 'for ever'\n", 2, "retention.keep_days"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(text, line, key):
    assert refused(text).startswith(f"pantau.toml, line {line}: {key}: ")


def test_what_is_no_toml_is_told_too():
    assert "pantau.toml" in refused("[night\n")


def test_bytes_that_are_no_text_are_told_with_their_line():
    with pytest.raises(ConfigError, match=r"pantau\.toml, line 2"):
        parse_config("pantau.toml", b"[night]\nzone = '\xff'")


def test_a_file_that_is_not_there_says_how_to_begin(tmp_path):
    with pytest.raises(ConfigError, match=str(tmp_path / "pantau.toml")) as caught:
        read_setup(tmp_path / "pantau.toml")
    assert "pantau init" in caught.value.hint


def test_the_starter_is_a_file_that_can_be_read(tmp_path):
    path = tmp_path / "pantau.toml"
    write_starter(path)
    setup = read_setup(path)
    assert [target.id for target in setup.config.targets] == ["toko-contoh"]
    assert missing_files(setup) == []
    with pytest.raises(ConfigError, match="is there already"):
        write_starter(path)


def test_the_starter_explains_every_key_and_shows_the_defaults():
    text = starter_text()
    for section in (
        Config.model_fields["night"],
        Config.model_fields["alerts"],
        Config.model_fields["retention"],
    ):
        for key in type(section.default).model_fields:
            assert f"{key} = " in text, key
    for key in set(Target.model_fields) - {"resolve", "trust_ca", "as_of", "step_timeout_s"}:  # of test sites
        assert f"{key} = " in text or f"[targets.{key}]" in text, key


def test_paths_start_from_the_folder_of_the_file(tmp_path):
    setup = Setup(
        Config.model_validate(
            {
                "night": {"out": "bukti", "nights": "/srv/nights"},
                "targets": [{"id": "toko-a", "scenario": "s/toko.py", "trust_ca": "ca.pem"}],
            }
        ),
        tmp_path,
    )
    target = setup.config.targets[0]
    assert (setup.out, setup.nights) == (tmp_path / "bukti", Path("/srv/nights"))
    assert setup.scenario(target) == tmp_path / "s/toko.py"
    settings = setup.run_settings(target, "mobile")
    assert (settings.trust_ca, settings.out, settings.device) == (
        tmp_path / "ca.pem",
        tmp_path / "bukti",
        "mobile",
    )
    assert settings.target == "toko-a"
    assert [each.partition(":")[0] for each in missing_files(setup)] == ["toko-a", "toko-a"]


def test_a_target_without_a_scenario_walks_the_one_that_ships(tmp_path):
    setup = Setup(parse_config("pantau.toml", TARGET.encode()), tmp_path)
    assert setup.scenario(setup.config.targets[0]).is_file()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (None, "cannot be read"),
        ("{}", "has lapsed"),
        ('{"cookies": [{"name": "s", "value": "v", "domain": "t", "expires": 9}]}', "lapsed"),
        ("no json", "is no storage state"),
    ],
)
def test_a_log_in_that_is_of_no_use_is_told_with_file_line_and_key(tmp_path, state, said):
    path = tmp_path / "pantau.toml"
    path.write_text(TARGET + TARGET.replace("toko-a", "toko-b") + 'session = "toko-b.json"\n')
    if state is not None:
        (tmp_path / "toko-b.json").write_text(state)
    setup = read_setup(path)
    assert session_error(setup, setup.config.targets[0]) is None
    error = session_error(setup, setup.config.targets[1])
    assert error.message.startswith(f"{path}, line 7: targets.1.session: {tmp_path / 'toko-b.json'} ")
    assert said in error.message
    assert error.hint
    assert missing_files(setup) == [f"toko-b: {error.message}"[:-1]]
