"""Coming in as nobody, as somebody else, or again."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

from crawler.review.desk import Limits
from tests.review.attacks.listed import PASSWORD, World, attack, refused
from tests.review.conftest import TOKEN


def held_off(world: World, key: str | None) -> str:
    """A key that opens nothing: a page leads to the log-in, the API answers 401."""
    client = world.visit(Accept="application/json")
    if key is not None:
        client.cookies.set(world.desk.entrance.cookie_name, key)
    page = client.get("/", headers={"Accept": "text/html"})
    assert page.headers["location"].startswith("/log-in")
    assert "Pantau" not in page.text
    return refused(client.get("/api/me"), 401)


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
