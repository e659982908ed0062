"""Values beside names in any text are found, and code that only looks like them is not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lib import named


def judge(name, value):
    """Replace what is called token."""
    return "***" if name == "token" and value else "" if name == "token" else None


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ('{"token":"a1b2"}', '{"token":"***"}'),
        (r'"{\"token\":\"a1b2\"}"', r'"{\"token\":\"***\"}"'),
        ("{'token' : 'a1b2'}", "{'token' : '***'}"),
        ("&quot;token&quot;:&quot;a1b2&quot;", "&quot;token&quot;:&quot;***&quot;"),
        ("%22token%22%3A%22a1b2%22", "%22token%22%3A%22***%22"),
        ("token: 'a1b2'", "token: '***'"),
        ('{"token":1234}', '{"token":"***"}'),
        ('<meta name="token" content="a1b2">', '<meta name="token" content="***">'),
        ("https://a.test/?x=1&token=a1b2&y=2", "https://a.test/?x=1&token=***&y=2"),
        ("x%26token%3Da1b2%26y", "x%26token%3D***%26y"),
    ],
)
def test_however_it_is_written(text, safe):
    assert named.replace(text, judge) == safe


@pytest.mark.parametrize(
    "text", ["this.token=this.store1.token", "tokens=a1b2", "my_token: a", "const token = f(x)", '"token"']
)
def test_what_is_code_or_another_name_stays(text):
    assert named.replace(text, judge) == text


def test_a_value_that_never_ends_goes_to_the_end():
    assert named.replace('"token":"a1b2', judge) == '"token":"***'


@pytest.mark.parametrize("text", ["'a':" * 50_000, "token=" * 50_000, '"token":"' * 50_000, "\\" * 200_000])
def test_any_text_costs_time_linear_in_it(text):
    began = time.process_time()
    named.replace(text, judge)
    assert time.process_time() - began < 10


@given(st.text(alphabet="token=:\"'&%23x \\"))
def test_any_text_is_read(text):
    named.replace(text, judge)
