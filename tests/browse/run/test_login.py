"""A run that begins logged in: the shop knows the person, and what made it so is nowhere in the evidence."""

import gzip
import json
import time

import pytest

from crawler.errors import ConfigError
from crawler.model.evidence import TextRecord
from crawler.store.bundle import Bundle
from crawler.store.verify import verify
from tests.site import Reply, page

pytestmark = pytest.mark.browser

COOKIE, TOKEN, SEEN = "c7f1e2d3a4b5968778695a4b3c2d1e0f", "t0k3n8899aabbccddeeff00112233445", "Halo, Siti"
BODY = """
with journey.stage(Stage.STOREFRONT):
    page.goto(journey.start_url)
with journey.stage(Stage.PRODUCT):
    page.goto(journey.start_url + "account")
    page.get_by_text("token ada").wait_for()
"""


def account(handler):
    """The page of a person's account, or the log-in where the shop does not know who asks."""
    if f"sid={COOKIE}" not in (handler.headers["cookie"] or ""):
        return Reply("", 302, headers={"Location": "/login"})
    script = "document.querySelector('b').textContent = localStorage.token ? 'token ada' : 'tanpa token'"
    echo = f"<script>fetch('/echo?t=' + localStorage.token)</script><!-- {COOKIE} -->"
    return page("Akun", f"<h1>{SEEN}</h1><b></b><script>{script}</script>{echo}")


@pytest.fixture
def session(site, tmp_path):
    """The file of a log-in on the site."""
    site.routes |= {
        "/account": account,
        "/login": page("Masuk", "<h1>Masuk</h1><input type=password>"),
        "/echo": lambda handler: Reply(json.dumps({"asked": handler.path}), content_type="application/json"),
    }
    host = site.url("/").split("/")[2].partition(":")[0]
    cookie = {"name": "sid", "value": COOKIE, "domain": host, "path": "/", "httpOnly": True}
    stored = {"origin": site.url("/").rstrip("/"), "localStorage": [{"name": "token", "value": TOKEN}]}
    state = {"cookies": [cookie | {"expires": time.time() + 3_600}], "origins": [stored]}
    path = tmp_path / "session.json"
    path.write_text(json.dumps(state))
    return path


def test_the_shop_knows_the_person_and_the_evidence_does_not_hold_the_log_in(walk, session):
    events = []
    outcome = walk(BODY, session=session, on_event=events.append)
    assert outcome.run.session_kind == "login"
    assert [visit.reached for visit in outcome.run.visits] == [True, True], outcome.run.visits[1].detail
    text = Bundle(outcome.root).record(outcome.run.visits[1].artifact("text").path, TextRecord)
    assert SEEN in [node.text for node in text.nodes]
    assert verify(str(outcome.root)) == []
    for path in (each for each in outcome.root.rglob("*") if each.is_file()):
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
        assert COOKIE.encode() not in data, path
        assert TOKEN.encode() not in data, path
    assert COOKIE not in str(events)
    assert TOKEN not in str(events)


def test_a_guest_is_asked_to_log_in(walk, session):
    outcome = walk(BODY, session=None)
    assert session.exists()
    assert outcome.run.session_kind == "guest"
    assert not outcome.run.visits[1].reached


def test_a_log_in_that_has_lapsed_starts_nothing(walk, session, tmp_path):
    state = json.loads(session.read_text())
    state = {"cookies": [state["cookies"][0] | {"expires": 9}], "origins": []}
    session.write_text(json.dumps(state))
    with pytest.raises(ConfigError, match="has lapsed"):
        walk(BODY, session=session)
    assert not (tmp_path / "snapshots").exists()
