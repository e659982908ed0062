"""Values of a JSON text changed one by one, every other byte left."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lib.json_spans import change_values

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


def test_only_what_is_changed_differs():
    source = '{ "token" : "abc",\n "n": 12, "list": ["abc", 1.5, true] }'
    changed, names = change_values(source, lambda name, value: "***" if value == "abc" else value)
    assert changed == '{ "token" : "***",\n "n": 12, "list": ["***", 1.5, true] }'
    assert names == ("token", "n", "list")


def test_what_is_asked_is_the_name_of_the_list_and_a_name_without_one():
    asked = []
    change_values(
        '{"a": {"b": ["x", 7]}, "c": "y"}', lambda name, value: asked.append((name, value)) or value
    )
    assert asked == [("", "a"), ("", "b"), ("b", "x"), ("b", "7"), ("", "c"), ("c", "y")]


def test_a_whole_number_may_become_text():
    assert change_values('{"card": 4111}', lambda name, value: "h:1" if name == "card" else value)[0] == (
        '{"card": "h:1"}'
    )


@pytest.mark.parametrize("source", ["", "{", "{'a': 1}", "nothing"])
def test_what_is_no_json_is_refused(source):
    with pytest.raises(ValueError):
        change_values(source, lambda _, value: value)


@given(JSON, st.booleans())
def test_unchanged_values_leave_the_text_as_it_is(value, ascii_only):
    source = json.dumps(value, ensure_ascii=ascii_only)
    assert change_values(source, lambda _, old: old)[0] == source


@given(JSON)
def test_changed_values_leave_json(value):
    changed, _ = change_values(json.dumps(value), lambda _, old: old + '"x')
    json.loads(changed)
