"""TOML files that people write: read within bounds, problems told with file, key and line."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import ConfigError, PolicyError
from crawler.model.toml_file import MAX_BYTES, PolicyFile, TomlFile

SOURCE = b"""# names
[a]
one = 1

[[a.list]]
x = 1
[[a.list]]
x = 2
two = {y = [1,
  2]}
"""


def file(data=SOURCE):
    return TomlFile("t.toml", data)


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("a", "one"), 3),
        (("a", "list", 1, "x"), 8),
        (("a", "list", 1, "nothing"), 7),
        (("a", "nothing"), 2),
        (("nothing",), None),
        ((), None),
    ],
)
def test_the_line_of_a_key_or_of_what_is_there_of_its_path(where, line):
    assert file().line(where) == line


def test_a_problem_names_file_line_and_key():
    assert file().error(("a", "one"), "must be text").message == "t.toml, line 3: a.one: must be text."
    assert file().error((), "is empty").message == "t.toml: is empty."


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a = 1\nb = \xff", "line 2: this is no UTF-8"),
        (b"a = ", "t.toml: "),
        (b"a = " + b"[" * 50_000, "t.toml: "),
        (b"#" * (MAX_BYTES + 1), "bytes"),
    ],
)
def test_what_cannot_be_read_is_said(data, said):
    with pytest.raises(ConfigError, match=said):
        file(data).table()


def test_a_policy_file_raises_its_own_error():
    with pytest.raises(PolicyError):
        PolicyFile("p.toml", b"a = ").table()


@given(st.binary(max_size=200), st.lists(st.text(max_size=4) | st.integers(0, 3), max_size=3))
def test_any_bytes_are_read_or_refused(data, where):
    file(data).line(where)
    with suppress(ConfigError):
        assert isinstance(file(data).table(), dict)
