"""A shop that wrote script wherever it can: nothing of it runs, renders or opens in the desk's origin."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

from crawler.model.account import Role
from crawler.review.app import create_app
from tests.review.conftest import ORIGIN
from tests.review.hostile import PAYLOAD, make_hostile_run, what_could_run
from tests.review.serving import served
from tests.review.walk import operations

MOST_ADDRESSES = 400
TOLD = ("application/json", "application/problem+json")
SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The folder of the bundles."""
    return make_hostile_run(tmp_path_factory.mktemp("hostile")).parent.parent


@pytest.fixture
def desk(desk, hostile):
    """A desk on the hostile run, with accounts of its own."""
    object.__setattr__(desk, "snapshots", hostile)
    return desk


class Links(HTMLParser):
    """Collects where a page leads or what it loads."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        wanted = ("href", "src", "hx-get", "data-picture")
        self.found += [value for name, value in attrs if name in wanted and value]


def leads_to(address, html):
    links = Links()
    links.feed(html)
    for each in links.found:
        there = urlsplit(urljoin(f"{ORIGIN}{address}", each))
        is_own = f"{there.scheme}://{there.netloc}" == ORIGIN and not there.path.startswith("/static/")
        if is_own and "lang=" not in each:
            yield f"{there.path}?{there.query}" if there.query else there.path


def spider(client, app):
    """Yield every address that one comes to from the pages without parameters, with its answer."""
    seeds = [each.path for each in operations(app) if each.method == "GET" and "{" not in each.path]
    waiting, seen = list(dict.fromkeys(seeds)), set(seeds)
    while waiting and len(seen) < MOST_ADDRESSES:
        address = waiting.pop(0)
        if address.startswith("/log-out"):
            continue
        answer = client.get(address)
        yield address, answer
        if answer.headers.get("content-type", "").startswith("text/html"):
            new = [each for each in leads_to(address, answer.text) if each not in seen]
            seen |= set(new)
            waiting += list(dict.fromkeys(new))


def decide_with_script(client, app):
    """Write script into a note, as somebody who may decide."""
    address = next(each for each, _ in spider(client, app) if each.startswith("/findings/"))
    form = client.get(address).text.partition('id="decide"')[2].partition("</form>")[0]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    path, _, query = address.partition("?")
    sent = hidden | {"decision": "confirm", "note": PAYLOAD}
    assert client.post(f"{path}/decisions?{query}", data=sent).status_code == 303


@pytest.mark.parametrize("lang", ["id", "en"])
def test_no_page_could_run_anything_of_the_shops(visit, desk, lang):
    app = create_app(desk)
    client = visit(Role.ADMINISTRATOR, to=app, lang=lang)
    decide_with_script(client, app)
    pages, kinds = 0, set()
    for address, answer in spider(client, app):
        assert answer.status_code < 500, address
        kind = answer.headers.get("content-type", "").partition(";")[0]
        kinds.add(kind)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        if kind == "text/html":
            pages += 1
            assert what_could_run(answer.text) == [], address
        elif kind in SHOWN:
            assert "default-src 'none'" in policy
        elif kind not in (*TOLD, ""):
            said = answer.headers.get("content-disposition", "")
            assert said.startswith("attachment"), (address, kind, answer.status_code)
            assert kind == "application/octet-stream", address
    assert pages > 10
    assert "application/octet-stream" in kinds


def test_what_is_told_as_json_is_json(visit, desk):
    app = create_app(desk)
    client = visit(Role.ADMINISTRATOR, to=app, Accept="text/html")
    for address, answer in spider(client, app):
        if address.startswith("/api/") and answer.status_code == 200:
            kind = answer.headers["content-type"].partition(";")[0]
            assert kind in ("application/json", "application/octet-stream", "application/zip"), address


@pytest.mark.browser
def test_in_a_browser_nothing_of_it_runs(visit, desk, browser):
    client_app = create_app(desk)
    client = visit(Role.ADMINISTRATOR, to=client_app)
    decide_with_script(client, client_app)
    addresses = [
        address
        for address, answer in spider(client, client_app)
        if answer.headers.get("content-type", "").startswith("text/html")
    ][:40]
    said, asked = [], set()
    with served(desk) as port:
        context = browser.new_context()
        key = desk.accounts.start_session("administrator", "password")
        context.add_cookies(
            [{"name": desk.entrance.cookie_name, "value": key, "url": f"http://127.0.0.1:{port}"}]
        )
        page = context.new_page()
        page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}") or dialog.dismiss())
        page.on("console", lambda line: said.append(line.text) if "Refused to" in line.text else None)
        page.on("console", lambda line: said.append(line.text) if "Content Security" in line.text else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        for address in addresses:
            page.goto(f"http://127.0.0.1:{port}{address}", wait_until="load")
            assert page.evaluate("window.owned") is None, address
        context.close()
    assert said == []
    assert asked == {f"127.0.0.1:{port}"}
