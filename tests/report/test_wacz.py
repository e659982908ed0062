"""The pages as a WACZ: valid by the package that defines it, and replayed in a browser by pywb."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from crawler.errors import ReportError
from crawler.report.wacz import write_wacz
from crawler.store import layout
from tests.bundles import a_page, a_request, a_visit, make_bundle
from tests.netlogs import ALog
from tests.replay.server import replaying

SHOP, CART = "https://www.tokopedia.com/", "https://www.tokopedia.com/cart"
HTML = {"content-type": "text/html; charset=utf-8", "content-encoding": "br", "content-length": "7"}
PAGE = b"<!doctype html><title>Keranjang</title><h1>Keranjang</h1><p id=n></p><script src=/app.js></script>"
SCRIPT = b"""fetch('/api/cart').then((answer) => answer.json()).then((cart) => {
  document.getElementById('n').textContent = cart.items + ' barang';
})"""


@pytest.fixture
def bundle(tmp_path):
    requests = [
        a_request(SHOP, type="document", status=302, response_headers={"location": CART}),
        a_request(CART, type="document", response_body=PAGE, response_headers=HTML),
        a_request("https://www.tokopedia.com/app.js", type="script", response_body=SCRIPT,
                  response_headers={"content-type": "text/javascript"}),
        a_request("https://www.tokopedia.com/api/cart", response_body=b'{"items": 3}',
                  response_headers={"content-type": "application/json"}),
        a_request("https://images.tokopedia.net/a.jpg", type="image"),
    ]  # fmt: skip
    visits = [a_visit("cart", pages=[a_page(CART, title="Keranjang")])]
    return make_bundle(tmp_path, visits=visits, requests=requests)


def test_it_is_valid_by_the_package_that_defines_it(bundle):
    program = Path(sys.executable).with_name("wacz")
    done = subprocess.run(
        [program, "validate", "-f", write_wacz(bundle)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is valid" in done.stdout


def test_it_holds_what_was_kept_and_nothing_that_was_not(bundle):
    with zipfile.ZipFile(write_wacz(bundle)) as packed:
        pages = [json.loads(line) for line in packed.read("pages/pages.jsonl").splitlines()][1:]
        with packed.open("archive/data.warc.gz") as file:
            records = [(r.rec_type, r.rec_headers.get_header("WARC-Target-URI"), r.http_headers)
                       for r in ArchiveIterator(file)]  # fmt: skip
    assert [(page["url"], page["title"]) for page in pages] == [(CART, "Keranjang")]
    answered = {url: headers for kind, url, headers in records if kind == "response"}
    assert set(answered) == {
        SHOP,
        CART,
        "https://www.tokopedia.com/app.js",
        "https://www.tokopedia.com/api/cart",
    }
    assert answered[CART].get_header("content-encoding") is None
    assert answered[CART].get_header("content-length") == str(len(PAGE))
    assert [url for kind, url, _ in records if kind == "request"] == [
        url for kind, url, _ in records if kind == "response"
    ]


def test_a_bundle_without_bodies_is_said(tmp_path):
    with pytest.raises(ReportError, match="kept no body"):
        write_wacz(make_bundle(tmp_path, visits=[a_visit("cart")], requests=[a_request(CART)]))


@pytest.mark.long
@pytest.mark.browser
def test_it_replays_in_a_browser(bundle, tmp_path, page):
    """The page, its script and the data that the script asks for come out of the archive alone."""
    with replaying(write_wacz(bundle), tmp_path) as archive:
        page.goto(archive + CART)
        replayed = page.frame_locator("#replay_iframe")
        replayed.get_by_role("heading", name="Keranjang").wait_for()
        replayed.get_by_text("3 barang").wait_for()


def test_every_host_that_was_contacted_is_in_it_also_without_a_body(tmp_path):
    log = ALog()
    log.preconnect("https://warm.test")
    requests = [a_request(CART, response_body=PAGE, response_headers=HTML), a_request("https://ping.test/x")]
    made = make_bundle(
        tmp_path, visits=[a_visit("cart")], requests=requests, files={layout.NETLOG: log.packed()}
    )
    with zipfile.ZipFile(write_wacz(made)) as packed, packed.open("archive/data.warc.gz") as file:
        told = [
            json.loads(r.content_stream().read()) for r in ArchiveIterator(file) if r.rec_type == "resource"
        ]
    assert {each["host"]: each["without_request"] for each in told[0]["contacted"]} == {
        "www.tokopedia.com": False,
        "ping.test": False,
        "warm.test": True,
    }


ODD = st.fixed_dictionaries(
    {
        "header": st.dictionaries(st.text(), st.text(), max_size=3),
        "path": st.text(max_size=20),
        "method": st.text(max_size=8),
        "address": st.text(max_size=8),
        "title": st.text(max_size=8),
    }
)
WORST = {
    "header": {
        "x-na\xefve": "h\xe9llo \u2028",
        "x\r\ny": "a\r\nb: c",
        "": "",
        "location": "\U0001f600",
    },
    "path": "\x1b[31m\r\n\x00?\x7f",
    "method": "G\x1bT",
    "address": "1\r\n2",
    "title": "--extra",
}


@given(ODD)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(WORST)
@example(dict.fromkeys(("path", "method", "address", "title"), "\x85") | {"header": {"\ufeff": "\ufffd"}})
def test_nothing_that_a_page_says_breaks_the_lines_of_the_archive(tmp_path_factory, capfd, odd):
    url = f"https://www.tokopedia.com/{odd['path']}"
    asked = a_request(
        url, method=odd["method"], headers=odd["header"], response_headers=odd["header"],
        response_body=PAGE, address=odd["address"],
    )  # fmt: skip
    title = odd["title"]
    pages = [a_page(url, title=title)]
    made = make_bundle(
        tmp_path_factory.mktemp("odd"), visits=[a_visit("cart", pages=pages)], requests=[asked]
    )
    made.run = made.run.model_copy(update={"run_id": "--extra"})
    with zipfile.ZipFile(write_wacz(made)) as packed, packed.open("archive/data.warc.gz") as file:
        heads = [
            str(line)
            for record in ArchiveIterator(file)
            for kept in (record.rec_headers, record.http_headers)
            for line in ((kept.statusline, *kept.headers) if kept else ())
        ]
        told = json.loads(packed.read("datapackage.json"))
    assert all(head.isascii() and head.isprintable() for head in heads)
    assert told["title"] == "--extra"
    assert capfd.readouterr().out == ""
