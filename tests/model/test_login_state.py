"""The file of a log-in: what of it is of use, when it has lapsed, and that no error tells a value of it."""

import json

import pytest

from crawler.errors import ConfigError
from crawler.model.login_state import MAX_BYTES, read_login_state

NOW_S = 1_800_000_000.0
VALUE = "sid-3f9a0c12b7e64d55a1c0ffee"


def a_cookie(expires=NOW_S + 3_600, **facts):
    return {"name": "sid", "value": VALUE, "domain": "toko.test", "path": "/", "expires": expires} | facts


def written(tmp_path, state):
    path = tmp_path / "session.json"
    path.write_text(state if isinstance(state, str) else json.dumps(state), encoding="utf-8")
    return path


def origin(value="isi"):
    return {"origin": "https://toko.test", "localStorage": [{"name": "token", "value": value}]}


@pytest.mark.parametrize(
    "state",
    [
        {"cookies": [a_cookie()], "origins": []},
        {"cookies": [a_cookie(expires=-1)]},
        {"cookies": [a_cookie(expires=1), a_cookie()]},
        {"cookies": [a_cookie(expires=1)], "origins": [origin()]},
        {"cookies": [a_cookie(partitionKey="https://toko.test", sameSite="Strict")], "origins": []},
    ],
)
def test_a_log_in_that_lasts_is_read(tmp_path, state):
    read = read_login_state(written(tmp_path, state), NOW_S)
    assert read.playwrights()["cookies"][0]["value"] == VALUE
    assert VALUE in read.values


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"cookies": [a_cookie(expires=NOW_S - 1)]}, "has lapsed"),
        ({"cookies": [], "origins": [{"origin": "https://toko.test", "localStorage": []}]}, "has lapsed"),
        ("[]", "is no storage state"),
        ("{", "is no storage state"),
        ({"cookies": [{"value": VALUE}]}, "is no storage state"),
        ({"cookies": [a_cookie(expires=f"soon {VALUE}")]}, "is no storage state"),
        (" " * (MAX_BYTES + 1), "is no storage state"),
        ("[" * 100_000, "is no storage state"),
    ],
)
def test_one_that_is_of_no_use_is_told_without_its_values(tmp_path, state, said):
    path = written(tmp_path, state)
    with pytest.raises(ConfigError, match=said) as caught:
        read_login_state(path, NOW_S)
    assert str(path) in caught.value.message
    assert "save-storage" in caught.value.hint
    assert VALUE not in caught.value.message + caught.value.hint
    assert caught.value.__cause__ is None


def test_one_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_login_state(tmp_path / "nowhere.json", NOW_S)
