"""Paused requests: what is paused, what a request says, how one is kept back."""

import base64

import pytest

from crawler.browse.guard.paused import bare, call_of, path_of, patterns, refusal


def event(method="POST", kind="XHR", headers=None, **request):
    return {
        "requestId": "7",
        "resourceType": kind,
        "request": {"method": method, "url": "https://a.test/x", "headers": headers or {}, **request},
    }


def encoded(*parts):
    return [{"bytes": base64.b64encode(part).decode()} for part in parts]


@pytest.mark.parametrize(
    ("facts", "body"),
    [
        ({}, b""),
        ({"hasPostData": True, "postDataEntries": encoded(b"a=1", b"&b=2")}, b"a=1&b=2"),
        ({"hasPostData": True, "postData": "a=1"}, b"a=1"),
        ({"hasPostData": True}, None),
        ({"hasPostData": True, "postDataEntries": [*encoded(b"a"), {}]}, None),
    ],
)
def test_a_body_is_there_empty_or_not_shown(facts, body):
    assert call_of(event(**facts)).body == body


def test_headers_of_any_case_and_the_method_they_ask_for():
    call = call_of(event("post", headers={"Content-Type": "text/plain", "X-HTTP-Method-Override": "DELETE"}))
    assert (call.method, call.content_type, call.override) == ("POST", "text/plain", "DELETE")


def test_a_preflight_is_what_the_browser_itself_asks():
    asks = {"Access-Control-Request-Method": "POST"}
    assert call_of(event("OPTIONS", headers=asks)).preflight
    assert not call_of(event("OPTIONS")).preflight


def test_everything_that_may_change_something_is_paused_and_pictures_only_by_their_address():
    everywhere = {each["resourceType"] for each in patterns() if each["urlPattern"] == "*"}
    assert {"Document", "XHR", "Fetch", "Ping"} <= everywhere
    assert not everywhere & {"Image", "Script", "Stylesheet", "Font"}
    assert all("resourceType" in each or each["urlPattern"] != "*" for each in patterns())


def test_a_page_stays_where_its_next_document_is_kept_back():
    assert refusal(event(kind="Document"), stays=True) == (
        "Fetch.fulfillRequest",
        {"requestId": "7", "responseCode": 204},
    )
    for paused, stays in ((event(kind="Document"), False), (event(), True)):
        assert refusal(paused, stays=stays)[0] == "Fetch.failRequest"


def test_an_address_without_what_may_be_secret():
    assert bare("https://ani:pw@a.test:8443/x?token=1#y") == "https://a.test:8443/x"
    assert bare("https://[bad") == ""


def test_paths_are_folded():
    assert path_of("https://a.test/Place_Order/%2e%2e") == "/place-order/.."
