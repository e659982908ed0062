"""Requests taken apart: fields of address and body, GraphQL, and why something could not be read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lib.payload import folded_name, read_payload

IN_PARTS = (
    b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query": "mutation { pay }"}\r\n--x--'
)


def body_of(body, content_type=""):
    return read_payload("", body, content_type)


def test_fields_of_the_address_with_the_members_of_json_in_them():
    payload = read_payload('a=1&b=&c&data={"id":"7"}', b"")
    assert payload.query == [("a", "1"), ("b", ""), ("c", ""), ("data", '{"id":"7"}'), ("id", "7")]
    assert payload.unreadable == ""


def test_members_of_json_of_any_depth_whatever_type_is_declared():
    payload = body_of(b'{"a": {"b": [1, "x"], "c": null}}', "text/plain")
    assert payload.body == [("a", ""), ("b", ""), ("b", "1"), ("b", "x"), ("c", "null")]


@pytest.mark.parametrize(
    ("body", "content_type", "why"),
    [
        (None, "", "not shown by the browser"),
        (b"\xff\xfe", "", "no text"),
        (b"a\x00b", "", "no text"),
        (b'{"a": 1', "", "damaged JSON"),
        (b'{"a": 1, "a": 2}', "", "two members of one name"),
        (b"<methodCall><name>order</name></methodCall>", "text/xml", "markup"),
        (b"--x", "multipart/form-data; boundary=x", "damaged parts"),
        (b"a=1", "multipart/form-data", "damaged parts"),
        (json.dumps(list(range(3_000))).encode(), "", "too many fields"),
        (b"[" * 20 + b"]" * 20, "", "too deep"),
    ],
)
def test_what_cannot_be_read_is_said(body, content_type, why):
    assert body_of(body, content_type).unreadable == why


def test_a_compressed_body_is_not_read():
    assert read_payload("", b"a=1", "", "gzip").unreadable == "compressed"
    assert read_payload("", b"a=1", "", "identity").body == [("a", "1")]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"query": "mutation { pay }"}', "application/json"),
        (b'[{"query": "mutation { pay }"}]', "application/json"),
        (b"mutation { pay }", "application/graphql"),
        (b"query=mutation+%7B+pay+%7D", "application/x-www-form-urlencoded"),
        (b'operations={"query": "mutation { pay }"}', "application/x-www-form-urlencoded"),
        (IN_PARTS, "multipart/form-data; boundary=x"),
    ],
)
def test_graphql_however_it_is_sent(body, content_type):
    assert [request["query"] for request in body_of(body, content_type).graphql] == ["mutation { pay }"]


def test_names_are_compared_folded():
    assert folded_name("placeOrder") == folded_name("place_order") == "place-order"


@given(st.text(), st.binary() | st.none(), st.text(), st.sampled_from(["", "identity", "br"]))
def test_any_request_is_read(query, body, content_type, encoding):
    read_payload(query, body, content_type, encoding)
