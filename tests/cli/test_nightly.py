"""The commands of nights: what they say, and with which code they end. The nights themselves: tests/fleet."""

from __future__ import annotations

import fcntl
import json

import pytest

from crawler.cli import main
from crawler.fleet.config import FILE
from crawler.store.nights import LOCK

TARGET = '[[targets]]\nid = "toko-a"\nstart_url = "https://toko.example/"\ndevices = ["mobile"]\n'


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / FILE
    path.write_text(TARGET)
    return path


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    return stopped.value.code, capsys.readouterr()


@pytest.mark.parametrize(("lang", "word"), [("en_US.UTF-8", "is written"), ("id_ID.UTF-8", "ditulis")])
def test_init_writes_a_file_once(tmp_path, monkeypatch, capsys, lang, word):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", lang)
    code, said = run(capsys, "init")
    assert (code, word in said.out) == (0, True)
    assert run(capsys, "plan")[0] == 0
    code, said = run(capsys, "init")
    assert code == 2
    assert "is there already" in said.err


def test_plan_prints_what_a_night_would_run(config, capsys):
    code, said = run(capsys, "plan", "--json")
    plan = json.loads(said.out)
    assert code == 0
    journey = {"target": "toko-a", "device": "mobile", "site": "toko.example", "last_s": None}
    assert plan["journeys"] == [journey]
    assert plan["starts"] < plan["deadline"]
    assert "toko-a" in run(capsys, "plan")[1].out


def test_plan_tells_a_file_that_is_not_there(config, capsys):
    config.write_text(TARGET + 'scenario = "nowhere.py"\n')
    code, said = run(capsys, "plan")
    assert code == 2
    assert "toko-a: scenario" in said.err


@pytest.mark.parametrize("command", ["plan", "nightly"])
def test_a_mistake_in_the_file_is_told_with_its_line(config, capsys, command):
    config.write_text(TARGET + "colour = 1\n")
    code, said = run(capsys, command)
    assert code == 2
    assert f"{FILE}, line 5: targets.0.colour: unknown key" in said.err


def test_a_night_without_targets_or_beside_another_does_not_begin(config, capsys):
    nights = config.parent / "nights"
    nights.mkdir()
    with (nights / LOCK).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, said = run(capsys, "nightly")
    assert (code, "Another night is running" in said.err) == (2, True)
    config.write_text("[night]\n")
    code, said = run(capsys, "nightly")
    assert (code, "has no targets" in said.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "--target", "toko-b"), "there is no such target"),
        (("run", "--target", "toko-a", "shop.py"), "not both"),
        (("run", "--target", "toko-a", "--config", "other.toml"), "other.toml cannot be read"),
        (("worker",), "needs a shared queue"),
        (("worker", "--queue", "postgresql://u:secret@db/p"), "holds a password"),
        (("worker", "--queue", "postgresql://u@db/p", "--name", "../x"), "not a name"),
        (("nightly", "--queue", "mysql://u@db/p"), "no URL of a PostgreSQL database"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(config, capsys, arguments, told):
    code, said = run(capsys, *arguments)
    assert code == 2
    assert told in said.err
    assert "secret" not in said.err
