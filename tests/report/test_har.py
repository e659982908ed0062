"""The network as HAR 1.2, read again by a library made for it."""

import json

import pytest
from haralyzer import HarParser

from crawler.report.har import write_har
from crawler.store import layout
from tests.bundles import a_page, a_request, a_visit, make_bundle
from tests.netlogs import ALog

CART = "https://www.tokopedia.com/cart"
GQL = "https://gql.tokopedia.com/graphql"
HTML = {"content-type": "text/html"}


@pytest.fixture
def written(tmp_path):
    log = ALog()
    for method, url in (("GET", CART), ("POST", GQL), ("GET", f"{CART}/x")):
        log.request(url, method=method, at=1)
    log.request("https://keluar.test/b?a=1", method="POST", body=9, at=2)
    log.look_up("accounts.google.com")
    requests = [
        a_request(CART, type="document", response_body=b"<h1>Keranjang</h1>", response_headers=HTML),
        a_request(GQL, method="POST", content_type="application/json",
                  body='{"operationName": "getCartV4"}', response_body=b"\xff\xfe"),
        a_request(f"{CART}/x", status=404),
        a_request("https://blok.test/", state="blocked"),
    ]  # fmt: skip
    visits = [a_visit("cart", pages=[a_page(CART, title="Keranjang")])]
    path = write_har(
        make_bundle(tmp_path, visits=visits, requests=requests, files={layout.NETLOG: log.packed()})
    )
    return json.loads(path.read_text())


def test_a_library_for_the_format_reads_every_request_page_by_page(written):
    parser = HarParser(written)
    (page,) = parser.pages
    assert page.title == "Keranjang"
    assert [entry.request.url for entry in page.entries if entry.request.method == "POST"] == [
        GQL,
        "https://keluar.test/b?a=1",
    ]
    document = next(entry for entry in page.entries if entry.request.url == CART)
    assert (document.response.text, document.response.mimeType) == ("<h1>Keranjang</h1>", "text/html")


def test_every_field_that_the_format_demands_is_there(written):
    log = written["log"]
    assert log["version"] == "1.2"
    assert {"name", "version"} <= set(log["creator"])
    for entry in log["entries"]:
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
        asked = {
            "method",
            "url",
            "httpVersion",
            "cookies",
            "headers",
            "queryString",
            "headersSize",
            "bodySize",
        }
        assert asked <= set(entry["request"])
        answered = {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL"}
        assert answered | {"headersSize", "bodySize"} <= set(entry["response"])
        assert {"size", "mimeType"} <= set(entry["response"]["content"])
        assert {"send", "wait", "receive"} <= set(entry["timings"])
        assert all(isinstance(value, (int, float)) and value >= 0 for value in entry["timings"].values())


def test_what_the_ledger_knows_stands_beside(written):
    by_url = {entry["request"]["url"]: entry for entry in written["log"]["entries"]}
    assert by_url["https://keluar.test/b?a=1"]["_seen_by"] == ["netlog"]
    assert by_url["https://keluar.test/b?a=1"]["request"]["bodySize"] == 9
    assert (by_url["https://blok.test/"]["_state"], by_url["https://blok.test/"]["response"]["status"]) == (
        "blocked",
        0,
    )
    assert "accounts.google.com" not in json.dumps(written)


def test_a_body_that_is_no_text_is_base64(written):
    urls = [entry["request"]["url"] for entry in written["log"]["entries"]]
    content = written["log"]["entries"][urls.index(GQL)]["response"]["content"]
    assert (content["encoding"], content["text"]) == ("base64", "//4=")


def test_a_connection_without_a_request_is_named_beside_the_entries(tmp_path):
    log = ALog()
    log.preconnect("https://warm.test", site="https://shop.test")
    bundle = make_bundle(
        tmp_path,
        visits=[a_visit("cart")],
        requests=[a_request("https://a.test/")],
        files={layout.NETLOG: log.packed()},
    )
    said = json.loads(write_har(bundle).read_text(encoding="utf-8"))
    (told,) = said["log"]["_connections"]
    assert (told["host"], told["kind"], told["serverIPAddress"]) == ("warm.test", "connection", "203.0.113.9")
    assert told["_initiator"] == "https://shop.test"
    assert "warm.test" in said["log"]["pages"][0]["comment"]
    assert [each["request"]["url"] for each in said["log"]["entries"]] == ["https://a.test/"]
    assert HarParser(said).pages
