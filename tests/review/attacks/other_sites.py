"""Requests that another site sends through the browser of somebody who is logged in."""

from __future__ import annotations

from tests.review.attacks.listed import attack, refused
from tests.review.conftest import ORIGIN
from tests.review.walk import SAFE, operations

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
