"""The way out to the terminal: nothing steers it, every error says what to do."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cli.telling import failure, say, say_json
from crawler.errors import BundleCorrupt, ConfigError


def test_what_a_terminal_would_obey_stands_as_marks(capsys):
    say("a\x1b[2Jb\r\nc\u202e")
    out = capsys.readouterr().out
    assert out.endswith("\n")
    assert out.count("\n") == 1
    assert not {"\x1b", "\r", "\u202e"} & set(out)


def test_json_is_ascii(capsys):
    say_json({"a": "é\u202e"})
    assert capsys.readouterr().out.isascii()


@pytest.mark.parametrize(
    ("error", "code"), [(ConfigError("salah", hint="perbaiki"), 2), (BundleCorrupt("rusak"), 6)]
)
def test_an_error_says_what_and_what_to_do(capsys, error, code):
    assert failure(error, about=Path("b")) == code
    err = capsys.readouterr().err
    assert err.startswith(f"b: {type(error).__name__}: {error.message}")
    assert error.hint in err


def test_what_nobody_foresaw_is_told_as_a_mistake_of_pantau(capsys):
    assert failure(ZeroDivisionError()) == 5
    err = capsys.readouterr().err
    assert "Pantau itself failed: ZeroDivisionError: no message" in err
    assert "Traceback" not in err


@given(st.text(max_size=40))
def test_any_text_is_one_line(text):
    say(text)
