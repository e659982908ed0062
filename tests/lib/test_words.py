"""The word lists that ship: there, TOML, and named by their hash."""

import hashlib
import tomllib
from importlib import resources

import pytest

from crawler.lib import words

LISTS = sorted(
    path.name.removesuffix(".toml")
    for path in resources.files("crawler.policies").joinpath("words").iterdir()
    if path.name.endswith(".toml")
)


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_read_once_and_says_something(name):
    assert words.load(name) is words.load(name)
    assert words.load(name) == tomllib.loads(words.raw(f"words/{name}.toml").decode())
    assert words.load(name)


def test_a_list_is_named_by_the_hash_of_its_bytes():
    assert words.sha256("hosts.csv") == hashlib.sha256(words.raw("hosts.csv")).hexdigest()


def test_a_list_that_is_not_there_is_an_error():
    with pytest.raises(FileNotFoundError):
        words.load("nothing")
