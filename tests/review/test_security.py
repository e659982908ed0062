"""What an attacker tries at the desk, one case each, all refused; the list is printed as a table.

    pytest tests/review/test_security.py -s

What depends on pages of their own (uploads, started runs, evidence) is attacked beside those; what holds for
every route is walked from the OpenAPI schema, so that a route that is added is attacked too.
"""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from crawler.model.account import Account, Role
from crawler.review import paths
from crawler.review.desk import BodyBound, Limits
from crawler.review.passwords import hash_password
from crawler.review.refusal import Refusal
from tests.review.conftest import ORIGIN, TOKEN
from tests.review.walk import SAFE, operations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PASSWORD = "kuda laut biru muda"
SCRIPT = "<script>alert(1)</script>"
TRAVERSALS = (
    "../../etc/passwd",
    ".desk/accounts.db",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "%2fetc%2fpasswd",
    ".desk%2faccounts.db",
    "x%00.png",
    "a" * 5_000,
    "..",
    "..%5c..%5cwindows",
    "/etc/passwd",
    "....//....//etc/passwd",
    "%c0%ae%c0%ae/",
    "con\u202e/..",
)
LEAKS = (b"root:x:0", b"SQLite format 3", b"Traceback")


@dataclass
class World:
    """A desk, its app, and how one speaks to it."""

    desk: Any
    app: Any
    visit: Callable[..., Any]
    with_desk: Callable[..., Any]
    folder: Path

    def over(self, **entrance: Any) -> Any:
        """Return an app whose entrance is another."""
        return self.with_desk(entrance=replace(self.desk.entrance, **entrance))


@pytest.fixture
def world(desk, app, visit, with_desk, tmp_path):
    desk.accounts.add(
        Account(
            name="ani",
            roles=(Role.REVIEWER,),
            created=datetime.now(UTC),
            password_hash=hash_password(PASSWORD),
        )
    )
    return World(desk, app, visit, with_desk, tmp_path)


ATTACKS: list[Any] = []
ROWS: list[tuple[str, str, str]] = []


def attack(area: str, what: str) -> Callable[[Any], Any]:
    """List a function as an attack; it returns how it was refused."""

    def listed(function: Any) -> Any:
        ATTACKS.append(pytest.param(area, what, function, id=f"{area}-{what}".replace(" ", "-")))
        return function

    return listed


def refused(answer: Any, *statuses: int) -> str:
    assert answer.status_code in statuses, (answer.status_code, answer.text[:300])
    assert not any(leak in answer.content for leak in LEAKS)
    return str(answer.status_code)


def held_off(world: World, key: str | None) -> str:
    """A key that opens nothing: a page leads to the log-in, the API answers 401."""
    client = world.visit(Accept="application/json")
    if key is not None:
        client.cookies.set(world.desk.entrance.cookie_name, key)
    page = client.get("/", headers={"Accept": "text/html"})
    assert page.headers["location"].startswith("/log-in")
    assert "Pantau" not in page.text
    return refused(client.get("/api/me"), 401)


# ── nobody, and who is nobody any more ──────────────────────────────────────────────────────────────


@attack("log-in", "no session")
def _(world):
    return held_off(world, None)


@attack("log-in", "a made-up key")
def _(world):
    return held_off(world, "A" * 43)


@attack("log-in", "a key with SQL in it")
def _(world):
    return held_off(world, "x'/**/OR/**/'1'='1")


@attack("log-in", "a key after log-out")
def _(world):
    client = world.visit("viewer")
    key = client.cookies[world.desk.entrance.cookie_name]
    client.post("/log-out")
    return held_off(world, key)


@attack("log-in", "a key that the administrator revoked")
def _(world):
    key = world.desk.accounts.start_session("ani", "password")
    (session,) = world.desk.accounts.open_sessions()
    world.desk.accounts.revoke_session(session.number)
    return held_off(world, key)


@attack("log-in", "a key of yesterday")
def _(world):
    key = world.desk.accounts.start_session("ani", "password")
    long_ago = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    with closing(sqlite3.connect(world.desk.accounts.path)) as connection, connection:
        connection.execute("UPDATE sessions SET started = ?", (long_ago,))
    return held_off(world, key)


@attack("log-in", "a key that was not used for hours")
def _(world):
    key = world.desk.accounts.start_session("ani", "password")
    hours_ago = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    with closing(sqlite3.connect(world.desk.accounts.path)) as connection, connection:
        connection.execute("UPDATE sessions SET seen = ?", (hours_ago,))
    return held_off(world, key)


@attack("log-in", "a key of a disabled account")
def _(world):
    key = world.desk.accounts.start_session("ani", "password")
    world.desk.accounts.disable("ani")
    return held_off(world, key)


@attack("log-in", "the hash that the file of sessions holds")
def _(world):
    key = world.desk.accounts.start_session("ani", "password")
    return held_off(world, hashlib.sha256(key.encode()).hexdigest())


@attack("log-in", "a key planted before the log-in")
def _(world):
    client = world.visit()
    planted = "planted-by-another-site"
    client.cookies.set(world.desk.entrance.cookie_name, planted)
    client.post("/log-in", data={"name": "ani", "password": PASSWORD})
    return held_off(world, planted)


@attack("log-in", "a session of somebody else's kept at the log-in")
def _(world):
    client = world.visit("viewer")
    before = client.cookies[world.desk.entrance.cookie_name]
    client.post("/log-in", data={"name": "ani", "password": PASSWORD})
    return held_off(world, before)


@attack("log-in", "the start-up token guessed")
def _(world):
    return refused(world.visit().get("/enter?token=guess"), 403)


@attack("log-in", "an empty token where there is none")
def _(world):
    return refused(world.visit(to=world.over(token=None)).get("/enter?token="), 403)


@attack("log-in", "the token in place of a password")
def _(world):
    return refused(world.visit().post("/log-in", data={"name": "ani", "password": TOKEN}), 403)


@attack("log-in", "no password for an account without one")
def _(world):
    return refused(world.visit().post("/log-in", data={"name": "viewer", "password": ""}), 403)


@attack("log-in", "SQL as a name")
def _(world):
    data = {"name": "ani' OR 1=1 --", "password": PASSWORD}
    return refused(world.visit().post("/log-in", data=data), 403)


@attack("log-in", "a disabled account with its password")
def _(world):
    world.desk.accounts.disable("ani")
    return refused(world.visit().post("/log-in", data={"name": "ani", "password": PASSWORD}), 403)


@attack("log-in", "a password of a megabyte")
def _(world):
    return refused(world.visit().post("/log-in", data={"name": "ani", "password": "x" * 900_000}), 422)


@attack("log-in", "guessing fast from one address")
def _(world):
    client = world.visit(to=world.with_desk(limits=Limits(log_ins_a_minute=3)))
    answers = [client.post("/log-in", data={"name": f"n{n}", "password": "x"}) for n in range(4)]
    return refused(answers[-1], 429)


@attack("log-in", "guessing one name from many addresses")
def _(world):
    app = world.with_desk(limits=Limits(log_ins_a_minute=3))
    clients = [world.visit(to=app, peer=f"10.0.0.{n}") for n in range(4)]
    return refused([each.post("/log-in", data={"name": "ani", "password": "x"}) for each in clients][-1], 429)


@attack("log-in", "guessing from invented forwarded addresses")
def _(world):
    client = world.visit(to=world.with_desk(limits=Limits(log_ins_a_minute=3)))
    for n in range(4):
        headers = {"X-Forwarded-For": f"203.0.113.{n}"}
        answer = client.post("/log-in", data={"name": f"n{n}", "password": "x"}, headers=headers)
    return refused(answer, 429)


@attack("log-in", "being led to another site")
def _(world):
    for where in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/%0d%0a",
    ):
        data = {"name": "ani", "password": PASSWORD, "next": where}
        location = world.visit().post("/log-in", data=data).headers["location"]
        assert location.startswith("/")
        assert "evil" not in location
        assert "\r" not in location
    return "led to /"


# ── roles ───────────────────────────────────────────────────────────────────────────────────────────


@attack("roles", "every route without a log-in")
def _(world):
    client = world.visit(Accept="application/json")
    walked = [each for each in operations(world.app) if not each.is_open]
    for each in walked:
        assert client.request(each.method, each.filled()).status_code == 401, each
    return f"401 on {len(walked)}"


def every_route_of_others(world, role):
    client = world.visit(role, Accept="application/json")
    walked = [each for each in operations(world.app) if not each.scopes & {"anyone", Role.VIEWER, role}]
    for each in walked:
        assert client.request(each.method, each.filled()).status_code == 403, each
    return f"403 on {len(walked)}"


for _role in (Role.VIEWER, Role.INSPECTOR, Role.REVIEWER):
    attack("roles", f"every route that {_role.value} has no role for")(
        lambda world, role=_role: every_route_of_others(world, role)
    )


@attack("roles", "a role that was taken away meanwhile")
def _(world):
    client = world.visit("administrator")
    with closing(sqlite3.connect(world.desk.accounts.path)) as connection, connection:
        connection.execute("UPDATE accounts SET roles = 'viewer' WHERE name = 'administrator'")
    return refused(client.get("/accounts"), 403)


# ── requests of other sites ─────────────────────────────────────────────────────────────────────────

FOREIGN = {
    "neither header": {"Sec-Fetch-Site": None, "Origin": None},
    "from another site": {"Sec-Fetch-Site": "cross-site"},
    "from another host of the same site": {"Sec-Fetch-Site": "same-site", "Origin": None},
    "typed by nobody": {"Sec-Fetch-Site": "none", "Origin": None},
    "an origin elsewhere": {"Sec-Fetch-Site": None, "Origin": "https://evil.example"},
    "an origin elsewhere that says it is the same": {"Origin": "https://evil.example"},
    "an origin of another port": {"Sec-Fetch-Site": None, "Origin": "http://127.0.0.1:9999"},
    "an origin that begins alike": {"Sec-Fetch-Site": None, "Origin": f"{ORIGIN}.evil.example"},
    "an origin that hides": {"Sec-Fetch-Site": None, "Origin": "null"},
    "an empty origin": {"Sec-Fetch-Site": None, "Origin": ""},
    "a referrer in place of an origin": {
        "Sec-Fetch-Site": None,
        "Origin": None,
        "Referer": f"{ORIGIN}/",
    },
}


def every_change_from(world, headers):
    client = world.visit("administrator", Accept="application/json", **headers)
    walked = [each for each in operations(world.app) if each.method not in SAFE]
    for each in walked:
        assert client.request(each.method, each.filled("1")).status_code == 403, each
    assert list(world.desk.custody.entries()) == []
    return f"403 on {len(walked)}"


for _what, _headers in FOREIGN.items():
    attack("other sites", _what)(lambda world, headers=_headers: every_change_from(world, headers))


@attack("other sites", "an origin without TLS at a desk with it")
def _(world):
    client = world.visit(to=world.over(secure=True), **{"Sec-Fetch-Site": None, "Accept": "application/json"})
    return refused(client.post("/log-in"), 403)


@attack("other sites", "a change by GET")
def _(world):
    client = world.visit("administrator")
    changes = {each.path for each in operations(world.app) if each.method not in SAFE}
    looks = {each.path for each in operations(world.app) if each.method == "GET"}
    for path in changes - looks:
        assert client.get(path.replace("{", "").replace("}", "")).status_code in (404, 405), path
    assert list(world.desk.custody.entries()) == []
    return "405"


@attack("other sites", "a method smuggled in a header")
def _(world):
    client = world.visit("administrator")
    answer = client.get("/log-out", headers={"X-HTTP-Method-Override": "POST"})
    return refused(answer, 405)


@attack("other sites", "asking to be allowed (preflight)")
def _(world):
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = world.visit("viewer", **asks).options("/log-out")
    assert not [name for name in answer.headers if name.startswith("access-control")]
    return refused(answer, 405)


@attack("other sites", "showing the desk in a frame, on every page")
def _(world):
    client = world.visit("administrator")
    for path in ("/", "/log-in", "/nowhere", "/accounts", "/api/me", "/static/nothing.css"):
        answer = client.get(path)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
    return "frame-ancestors 'none'"


# ── host names ──────────────────────────────────────────────────────────────────────────────────────

HOSTS = {
    "a name that an attacker points here": "evil.example",
    "the same with our port": "evil.example:8731",
    "a name that begins alike": "127.0.0.1.evil.example",
    "a name behind an @": "127.0.0.1@evil.example",
    "a name of this machine in another spelling": "2130706433",
    "a name with a dot at its end": "localhost.",
    "no name": "",
    "what is no name": "[::1",
}


def every_page_as(world, host):
    client = world.visit("administrator")
    for path in ("/", "/log-in", "/api/me", f"/enter?token={TOKEN}"):
        refused(client.get(path, headers={"Host": host}), 421, 400)
    return refused(client.post("/log-out", headers={"Host": host, "Origin": f"http://{host}"}), 421, 400)


for _what, _host in HOSTS.items():
    attack("host names", _what)(lambda world, host=_host: every_page_as(world, host))


@attack("host names", "a forwarded host")
def _(world):
    client = world.visit("viewer", **{"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"})
    assert "evil.example" not in client.get("/").text
    return "not believed"


# ── proxies ─────────────────────────────────────────────────────────────────────────────────────────

PROXY = {"token": None, "proxies": (ip_network("10.9.0.0/30"),), "user_header": "X-Remote-User"}


@attack("proxies", "a user header where none is asked for")
def _(world):
    return refused(world.visit(**{"X-Remote-User": "administrator", "Accept": "*/*"}).get("/api/me"), 401)


@attack("proxies", "a user header from an address that is not named")
def _(world):
    client = world.visit(to=world.over(**PROXY), peer="10.9.0.9", **{"X-Remote-User": "administrator"})
    return refused(client.get("/accounts"), 403)


@attack("proxies", "a user header with a forwarded address of the proxy's")
def _(world):
    headers = {"X-Remote-User": "administrator", "X-Forwarded-For": "10.9.0.1"}
    return refused(world.visit(to=world.over(**PROXY), peer="10.9.0.9", **headers).get("/accounts"), 403)


@attack("proxies", "two user headers, the second smuggled")
def _(world):
    client = world.visit(to=world.over(**PROXY), peer="10.9.0.1")
    headers = [("X-Remote-User", "viewer"), ("X-Remote-User", "administrator")]
    return refused(client.get("/accounts", headers=headers), 403)


@attack("proxies", "a user whom nobody gave an account")
def _(world):
    client = world.visit(to=world.over(**PROXY), peer="10.9.0.1", **{"X-Remote-User": "stranger"})
    return refused(client.get("/"), 403)


@attack("proxies", "a user whose account is disabled")
def _(world):
    world.desk.accounts.disable("ani")
    client = world.visit(to=world.over(**PROXY), peer="10.9.0.1", **{"X-Remote-User": "ani"})
    return refused(client.get("/"), 403)


# ── paths ───────────────────────────────────────────────────────────────────────────────────────────


@attack("paths", "leading out of the folder by every parameter of a path")
def _(world):
    client, walked = world.visit("administrator"), 0
    for each in operations(world.app):
        names = [name for place, name in each.parameters if place == "path"]
        for name in names:
            for value in TRAVERSALS[:8]:
                answer = client.request(each.method, each.filled("x", **{name: value}))
                if answer.request.url.path.startswith(
                    each.path.partition("{")[0]
                ):  # else the client made it plain
                    refused(answer, 303, 400, 403, 404, 405, 409, 414, 415, 422)
                walked += 1
    return f"refused {walked} times"


@attack("paths", "leading out of the folder by every parameter of a query")
def _(world):
    client, walked = world.visit("administrator"), 0
    for each in operations(world.app):
        names = [name for place, name in each.parameters if place == "query"]
        for name in names if each.method == "GET" else ():
            for value in TRAVERSALS[:2]:
                answer = client.get(each.filled(), params={name: value})
                assert answer.status_code < 500, (each, value)
                assert not any(leak in answer.content for leak in LEAKS), (each, value)
                walked += 1
    return f"held {walked} times"


def kept_inside(folder, *parts):
    with pytest.raises(Refusal) as told:
        paths.inside(folder, *parts)
    return str(told.value.status)


for _value in (
    "..",
    "../x",
    "a/../../x",
    "/etc/passwd",
    ".desk",
    "a/.desk",
    "a\\..",
    "a\x00b",
    "",
    "a//b",
    ".",
):
    attack("paths", f"to a file as {_value!a}")(
        lambda world, value=_value: kept_inside(world.desk.snapshots, value)
    )


@attack("paths", "through a link that leads out")
def _(world):
    (world.desk.snapshots / "shop").mkdir()
    (world.desk.snapshots / "shop" / "run").symlink_to("/etc")
    return kept_inside(world.desk.snapshots, "shop", "run", "passwd")


@attack("paths", "a run whose folder is a link to another place")
def _(world):
    (world.folder / "elsewhere").mkdir()
    (world.desk.snapshots / "shop").symlink_to(world.folder)
    with pytest.raises(Refusal):
        paths.run_folder(world.desk.snapshots, "shop", "elsewhere")
    return "404"


@attack("paths", "to the desk's own accounts as an asset")
def _(world):
    client = world.visit()
    for value in TRAVERSALS:
        refused(client.get(f"/static/{value}"), 404, 303, 405, 414)
    return "404"


# ── bodies ──────────────────────────────────────────────────────────────────────────────────────────


@attack("bodies", "longer than it may be, as it says itself")
def _(world):
    client = world.visit("administrator", Accept="application/json")
    for each in operations(world.app):
        if each.method not in SAFE and each.path not in world.desk.limits.uploads:
            refused(client.request(each.method, each.filled("1"), content=b"x" * (2**20 + 1)), 413)
    return "413"


@attack("bodies", "longer than it may be, in pieces")
def _(world):
    pieces = (b"x" * 65_536 for _ in range(40))
    client = world.visit("administrator", Accept="application/json")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return refused(client.post("/accounts/end-session", content=pieces, headers=headers), 413)


@attack("bodies", "a bundle from who may not bring one")
def _(world):
    app = world.with_desk(limits=Limits(upload=BodyBound(2**40, 3_600.0), body=BodyBound(1_000, 30.0)))
    for role in (None, "viewer", "reviewer"):
        answer = world.visit(role, to=app, Accept="application/json").post("/upload", content=b"x" * 2_000)
        refused(answer, 413)
    return "413"


@attack("bodies", "a length that is no number")
def _(world):
    client = world.visit("administrator", Accept="application/json")
    headers = {"Content-Length": "9" * 400, "Content-Type": "application/x-www-form-urlencoded"}
    return refused(client.post("/accounts/end-session", content=b"number=1", headers=headers), 413)


@attack("bodies", "ten thousand fields")
def _(world):
    data = {f"f{n}": "x" for n in range(10_000)}
    return refused(world.visit("administrator").post("/accounts/end-session", data=data), 400, 422)


@attack("bodies", "a form that is none")
def _(world):
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = world.visit("administrator").post(
        "/accounts/end-session", content=b"\x00\xff--x", headers=headers
    )
    return refused(answer, 400, 422)


@attack("bodies", "numbers beyond any")
def _(world):
    client = world.visit("administrator")
    for number in ("-1", "9" * 30, "1e9", "NaN", "", "1;DROP TABLE sessions"):
        refused(client.post("/accounts/end-session", data={"number": number}), 422)
    return "422"


# ── script ──────────────────────────────────────────────────────────────────────────────────────────


@attack("script", "in every parameter of every page")
def _(world):
    client, walked = world.visit("administrator"), 0
    for each in operations(world.app):
        for place, name in each.parameters:
            if each.method != "GET":
                continue
            path = each.filled(
                "x", **({name: "%3Cscript%3Ealert(1)%3C%2Fscript%3E"} if place == "path" else {})
            )
            answer = client.get(path, params={name: SCRIPT} if place == "query" else {})
            assert SCRIPT not in answer.text, each
            assert answer.status_code < 500, each
            walked += 1
    return f"escaped {walked} times"


@attack("script", "in the address of a page that is not there")
def _(world):
    answer = world.visit("viewer").get(f"/{SCRIPT}?a={SCRIPT}")
    assert SCRIPT not in answer.text
    return refused(answer, 404)


@attack("script", "as where to go after the log-in")
def _(world):
    answer = world.visit().get("/log-in", params={"next": f'/"><img src=x onerror=alert(1)>{SCRIPT}'})
    assert SCRIPT not in answer.text
    assert "<img" not in answer.text
    return "escaped"


@attack("script", "as a name that failed to log in")
def _(world):
    answer = world.visit().post("/log-in", data={"name": SCRIPT, "password": "x"})
    assert SCRIPT not in answer.text
    return refused(answer, 403)


@attack("script", "as the language, and as its cookie")
def _(world):
    client = world.visit("viewer")
    client.cookies.set("pantau-lang", SCRIPT)
    assert SCRIPT not in client.get("/", params={"lang": SCRIPT}).text
    return "escaped"


@attack("script", "inline, on every page")
def _(world):
    client = world.visit("administrator")
    for path in [
        each.path for each in operations(world.app) if each.method == "GET" and "{" not in each.path
    ]:
        answer = client.get(path)
        if answer.headers["content-type"].startswith("text/html"):
            policy = answer.headers["content-security-policy"]
            assert "script-src 'self';" in policy
            assert "unsafe" not in policy
            assert "<script>" not in answer.text
            assert " onclick=" not in answer.text
    return "script-src 'self'"


# ── the log of all this ─────────────────────────────────────────────────────────────────────────────


@attack("custody", "doing something after the log was changed")
def _(world):
    client = world.visit("administrator", Accept="application/json")
    client.post("/accounts/end-session", data={"number": 999})
    client.post("/accounts/end-session", data={"number": 999})
    (path,) = world.desk.folder.glob("custody-*.jsonl")
    path.write_bytes(path.read_bytes().replace(b"administrator", b"somebody-else", 1))
    key = world.desk.accounts.start_session("ani", "password")
    number = max(each.number for each in world.desk.accounts.open_sessions())
    answer = client.post("/accounts/end-session", data={"number": number})
    assert world.desk.accounts.whose_session(key) is not None
    assert "chain" in client.get("/custody", headers={"Accept": "text/html"}).text
    return refused(answer, 503)


@attack("custody", "doing something that cannot be noted")
def _(world):
    world.desk.folder.joinpath("custody-0001.jsonl").mkdir()
    key = world.desk.accounts.start_session("ani", "password")
    number = max(each.number for each in world.desk.accounts.open_sessions())
    answer = world.visit("administrator").post("/accounts/end-session", data={"number": number})
    assert world.desk.accounts.whose_session(key) is not None
    return refused(answer, 503)


@pytest.mark.parametrize(("area", "what", "attempt"), ATTACKS)
def test_it_is_refused(world, area, what, attempt):
    ROWS.append((area, what, attempt(world)))


def test_the_list_is_long_and_printed(capsys):
    assert len(ATTACKS) >= 60
    with capsys.disabled():
        lines = [f"{area:12} {what:60} {how}" for area, what, how in ROWS]
        sys.stdout.write("\n".join(["", *lines, f"{len(ROWS)} attacks, all refused", ""]))
