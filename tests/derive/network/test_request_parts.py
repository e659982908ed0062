"""One request as the classifiers read it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.derive.network.request_parts import (
    bare,
    deep_link,
    destination,
    read_request_parts,
    take_apart,
    tokens,
)
from tests.bundles import a_request, make_bundle

JSON = "application/json"


def test_host_words_of_the_path_and_names_of_the_fields():
    parts = take_apart("https://Pay.A.test/v2/createOrder?card_number=&x=1", ["order[id]"], {"X-Key": "1"})
    assert parts.host == "pay.a.test"
    assert {"create", "order"} <= parts.path_tokens
    assert parts.names == {"cardnumber", "x", "orderid"}
    assert parts.headers == {"x-key"}


@pytest.mark.parametrize(
    ("body", "content_type", "names"),
    [
        ('{"operationName": "Pay"}', JSON, ("Pay",)),
        ('[{"operationName": "A"}, {"query": "mutation B { c }"}]', JSON, ("A", "B")),
        ("operationName=Pay&query=x", "application/x-www-form-urlencoded", ("Pay",)),
        ('{"query": "{ anonymous }"}', JSON, ()),
        ("{damaged", JSON, ()),
        ("", "", ()),
    ],
)
def test_operations_of_graphql(body, content_type, names):
    assert take_apart("https://a.test/graphql", body=body, content_type=content_type).operations == names


def test_an_operation_in_the_address():
    assert take_apart("https://a.test/?operationName=Pay").operations == ("Pay",)


def test_a_stored_request_with_its_body(tmp_path):
    sent = a_request(
        "https://a.test/graphql", method="POST", body='{"operationName":"Pay"}', content_type=JSON
    )
    bundle = make_bundle(tmp_path, requests=[sent])
    (request,) = bundle.requests()
    parts = read_request_parts(request, bundle)
    assert parts.operations == ("Pay",)
    assert "operationname" in parts.names


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("gojek://pay", "gojek:"),
        ("https://a.test/", ""),
        ("javascript:void(0)", ""),
        ("data:text/plain,x", ""),
        ("intent://pay#Intent;scheme=shopeeid;end", "shopeeid:"),
        ("intent://a.test/#Intent;scheme=https;end", ""),
    ],
)
def test_links_that_leave_the_browser(url, scheme):
    assert deep_link(url) == scheme


def test_an_intent_for_the_web_leads_to_its_host():
    assert destination("intent://a.test/x#Intent;scheme=https;end") == "a.test"


def test_names_and_words_as_they_are_compared():
    assert bare("card-Number[0]") == "cardnumber0"
    assert tokens("/v2/createOrder3ds") >= {"create", "order", "3ds"}


@given(st.text(), st.text(), st.text())
def test_any_request_is_taken_apart(url, body, content_type):
    take_apart(url, body=body, content_type=content_type)
