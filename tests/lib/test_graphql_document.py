"""GraphQL documents taken apart, within bounds."""

import time

import pytest

from crawler.lib.graphql_document import first_name, operations_in


def test_kind_name_top_fields_and_all_names():
    text = "query Cart { me { id } ...more ... on Q { items { id } } } fragment more on Q { shop { name } }"
    assert operations_in(text) == [
        ("query", "Cart", ("me", "shop", "items"), ("me", "items", "id", "name", "shop", "id")),
    ] or sorted(operations_in(text)[0][3]) == ["id", "id", "items", "me", "name", "shop"]


def test_fragments_that_call_each_other_end():
    text = "{ ...a } fragment a on Q { x ...b } fragment b on Q { y ...a }"
    ((kind, name, roots, names),) = operations_in(text)
    assert (kind, name, roots, sorted(names)) == ("query", "", ("x", "y"), ["x", "y"])


@pytest.mark.parametrize("text", ["shoes", "{", "mutation {", "{ a " * 30_000, "{ a }" * 30_000, "{" * 5_000])
def test_what_is_none_or_too_much_is_an_error_in_bounded_time(text):
    began = time.process_time()
    with pytest.raises(ValueError):
        operations_in(text)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("text", "name"),
    [("# why\nmutation Pay($a: Int) {", "Pay"), ("query", ""), ("{ a }", ""), ("shoes Pay", ""), ('"', "")],
)
def test_the_name_that_a_text_begins_with(text, name):
    assert first_name(text) == name
