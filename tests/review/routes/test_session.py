"""Coming in and going out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.model.account import Account, Role
from crawler.review import passwords
from crawler.review.desk import Limits
from crawler.review.passwords import hash_password
from crawler.review.routes.session import own_path
from tests.review.conftest import TOKEN

PASSWORD = "kuda laut biru muda"


@pytest.fixture
def ani(desk):
    """A reviewer with a password."""
    account = Account(
        name="ani", roles=(Role.REVIEWER,), created=datetime.now(UTC), password_hash=hash_password(PASSWORD)
    )
    desk.accounts.add(account)
    return account


def log_in(client, name="ani", password=PASSWORD, **more):
    return client.post("/log-in", data={"name": name, "password": password, **more})


class TestToken:
    def test_it_is_exchanged_for_a_session_at_once(self, visit, desk):
        client = visit()
        answer = client.get(f"/enter?token={TOKEN}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert TOKEN not in cookie
        assert client.get("/").status_code == 200
        assert [entry["action"] for entry in desk.custody.entries()] == ["log-in"]

    @pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x"])
    def test_another_opens_nothing(self, visit, token):
        answer = visit().get("/enter", params={"token": token})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers

    def test_without_one_the_way_is_shut(self, visit, desk, with_desk):
        client = visit(to=with_desk(entrance=replace(desk.entrance, token=None)))
        assert client.get("/enter?token=").status_code == 403


class TestPassword:
    def test_name_and_password_begin_a_session(self, visit, desk, ani):
        client = visit()
        answer = log_in(client, next="/accounts?x=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/accounts?x=1")
        assert client.get("/api/me").json() == {"name": "ani", "roles": ["reviewer"], "origin": "password"}
        (entry,) = desk.custody.entries()
        assert (entry["who"], entry["action"], entry["origin"]) == ("ani", "log-in", "password")

    @pytest.mark.parametrize(
        ("name", "password"), [("ani", "x"), ("budi", PASSWORD), ("", ""), ("viewer", "")]
    )
    def test_anything_else_does_not_and_looks_alike(self, visit, ani, name, password):
        answer = log_in(visit(Accept="application/json"), name, password)
        assert answer.status_code == 403
        assert answer.json()["error"] == "password"
        assert "set-cookie" not in answer.headers

    def test_a_disabled_account_does_not(self, visit, desk, ani):
        desk.accounts.disable("ani")
        assert log_in(visit()).status_code == 403

    def test_a_wrong_password_is_noted(self, visit, desk, ani):
        log_in(visit(), password="x")
        assert [(entry["who"], entry["action"]) for entry in desk.custody.entries()] == [
            ("ani", "log-in.refused")
        ]

    def test_too_many_attempts_are_refused_by_address_and_by_name(
        self, visit, desk, ani, with_desk, monkeypatch
    ):
        monkeypatch.setattr("crawler.review.routes.session.is_password", lambda *_: False)
        client = visit(to=with_desk(limits=Limits(log_ins_a_minute=3)))
        assert [log_in(client, f"name{n}").status_code for n in range(5)] == [403, 403, 403, 429, 429]

    def test_a_name_takes_as_long_as_another(self, monkeypatch):
        hashed = []
        monkeypatch.setattr(passwords, "_hasher", lambda: hashed_by(hashed))
        monkeypatch.setattr(passwords, "_of_nobody", lambda: "nobody's")
        assert not passwords.is_password("x", None)
        assert hashed == ["nobody's"]


def hashed_by(seen):
    class Hasher:
        def verify(self, _password, kept):
            seen.append(kept)
            return True

    return Hasher()


class TestSession:
    def test_it_begins_anew_at_the_log_in_and_the_old_one_ends(self, visit, desk, ani):
        client = visit("viewer")
        planted = client.cookies[desk.entrance.cookie_name]
        log_in(client)
        assert client.cookies[desk.entrance.cookie_name] != planted
        assert desk.accounts.whose_session(planted) is None

    def test_logging_out_ends_it(self, visit, desk):
        client = visit("viewer")
        key = client.cookies[desk.entrance.cookie_name]
        assert client.post("/log-out").status_code == 303
        assert desk.accounts.whose_session(key) is None
        assert [entry["action"] for entry in desk.custody.entries()] == ["asked", "log-out"]

    def test_an_administrator_ends_somebodys(self, visit, desk):
        reader, keeper = visit("viewer"), visit("administrator")
        number = next(each.number for each in desk.accounts.open_sessions() if each.name == "viewer")
        assert "viewer" in keeper.get("/accounts").text
        assert keeper.post("/accounts/end-session", data={"number": number}).status_code == 303
        assert reader.get("/").status_code == 303
        assert keeper.post("/accounts/end-session", data={"number": number}).status_code == 404


@pytest.mark.parametrize(
    "address", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/\tx", "/a\r\nB: c"]
)
def test_nobody_is_led_elsewhere(address):
    assert own_path(address) == "/"
