"""Script in whatever is shown again."""

from __future__ import annotations

from tests.review.attacks.listed import attack, refused
from tests.review.walk import operations

SCRIPT = "<script>alert(1)</script>"


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
