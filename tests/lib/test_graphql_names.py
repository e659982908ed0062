"""The operations of GraphQL requests: which may run, and what they are called."""

import pytest

from crawler.lib.graphql_names import Operation, operation_names, operations_of

TWO = "query Cart { cart { id } } mutation Pay { charge(id: 1) { ok } }"


def test_the_named_operation_alone_else_all():
    (pay,) = operations_of({"query": TWO, "operationName": "Pay"})
    assert pay == Operation("mutation", "Pay", ("charge",), ("charge", "ok"))
    assert [each.name for each in operations_of({"query": TWO})] == ["Cart", "Pay"]
    assert [each.name for each in operations_of({"query": TWO, "operationName": "Other"})] == ["Cart", "Pay"]


def test_a_request_without_its_text_and_one_that_is_no_graphql():
    assert operations_of({"operationName": "Pay"}) == [Operation("unknown", "Pay")]
    assert operations_of({"query": "shoes"}) == [Operation("unreadable")]


def test_fragments_are_opened_and_aliases_count_for_nothing():
    text = "mutation { first: ...f } fragment f on M { order { id } }".replace("first: ", "")
    (operation,) = operations_of({"query": text})
    assert operation.roots == ("order",)
    (operation,) = operations_of({"query": "mutation { harmless: order { id } }"})
    assert operation.roots == ("order",)


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        ({"operationName": "Pay", "query": "query Other { a }"}, ("Pay",)),
        ({"query": TWO}, ("Cart", "Pay")),
        ({"query": "mutation Pay($card: String) { charge(card: h:0a1b"}, ("Pay",)),
        ({"query": "{ cart { id } }"}, ()),
        ({"query": "shoes for men"}, ()),
        ({"query": "query"}, ()),
        ({"query": '"""'}, ()),
        ({"query": 7, "operationName": ["Pay"]}, ()),
        ({}, ()),
    ],
)
def test_names_also_of_a_text_that_is_cut_off(request_, names):
    assert operation_names(request_) == names
