"""Named values of a request."""

from hypothesis import given
from hypothesis import strategies as st

from crawler.checks import values
from crawler.model.evidence import Body, Initiator, Request


def a_request(url="https://a.test/", **headers):
    return Request(
        id="r1", time="2024-03-12T02:00:00.000Z", visit=1, page=1, frame="",
        initiator=Initiator(type="script"), method="GET",
        url=url, type="fetch", headers=headers, body=Body(state="none"), seen_by=("context",),
        state="sent",
    )  # fmt: skip


def said(request, body=b""):
    return [tuple(value) for value in values.values_of(request, body)]


def test_query_cookies_and_headers():
    request = a_request(
        "https://a.test/?uid=7&x=", cookie="a=1; b=h%3A2; c", **{"x-id": "9", "accept": "*/*"}
    )
    assert said(request) == [
        ("query", "uid", "7"), ("cookie", "a", "1"), ("cookie", "b", "h:2"), ("header", "x-id", "9"),
    ]  # fmt: skip


def test_bodies_as_json_as_form_and_in_parts():
    body = b'{"user": {"id": 7, "ok": true}, "tags": ["a"]}'
    assert said(a_request(), body) == [("body", "id", "7"), ("body", "ok", "true"), ("body", "tags", "a")]
    assert said(a_request(), b"id=7&t=a%20b") == [("body", "id", "7"), ("body", "t", "a b")]
    parts = b'--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n7\r\n--x--\r\n'
    request = a_request(**{"content-type": "multipart/form-data; boundary=x"})
    assert said(request, parts) == [("body", "id", "7")]


def test_json_in_a_field_of_the_query():
    request = a_request("https://a.test/?data=%7B%22id%22%3A%227%22%7D")
    assert ("query", "id", "7") in said(request)


def test_a_compressed_body_holds_no_values_that_can_be_read():
    assert said(a_request(**{"content-encoding": "gzip"}), b"id=7") == [
        ("header", "content-encoding", "gzip")
    ]


def test_words_of_a_name():
    assert {"external", "id", "externalid"} <= values.words_of("external_id")
    assert {"client", "id"} <= values.words_of("clientId")


def test_a_deep_body_is_read_to_a_depth_and_a_long_one_to_a_length():
    assert said(a_request(), b"[" * 5_000 + b"]" * 5_000) == []
    many = b"&".join(b"k%d=v" % n for n in range(5_000))
    assert len(said(a_request(), many)) == values.MAX_VALUES


@given(st.binary(), st.text())
def test_any_body_and_address_are_read(body, url):
    values.values_of(a_request(url), body)
