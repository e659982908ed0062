"""Coming in by a provider that is really there: oidc-provider-mock, on loopback."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from crawler.errors import ConfigError
from crawler.model.account import Account, Role
from crawler.review.app import create_app
from crawler.review.desk import OidcProvider
from crawler.review.oidc import OidcLogIn

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it still imports what Authlib calls old
    from oidc_provider_mock import User, run_server_in_thread

EMAIL = "ani@kemendag.example"
USERS = [
    User(sub="ani", claims={"email": EMAIL, "email_verified": True, "preferred_username": "ani"}),
    User(sub="eve", claims={"email": EMAIL, "email_verified": False}),
    User(sub="budi", claims={"email": "budi@kemendag.example", "email_verified": True}),
]


@pytest.fixture(scope="module")
def provider():
    with run_server_in_thread(user_claims=USERS) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def desk(desk, provider):
    desk.accounts.add(Account(name=EMAIL, roles=(Role.REVIEWER,), created=datetime.now(UTC)))
    return replace(
        desk, entrance=replace(desk.entrance, oidc=OidcProvider(provider, "the-desk", "the-secret"))
    )


def asked(client):
    """Go to the provider and return the address that the browser is sent to."""
    answer = client.get("/oidc?next=/accounts")
    assert answer.status_code == 303
    return answer.headers["location"]


def agree(address, sub):
    """Log in at the provider as somebody and return the path that leads back."""
    answer = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=30)
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


def test_who_is_vouched_for_comes_in(visit, desk):
    client = visit()
    assert "/oidc?next=" in client.get("/log-in").text
    answer = client.get(agree(asked(client), "ani"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/accounts")
    assert client.get("/api/me").json() == {"name": EMAIL, "roles": ["reviewer"], "origin": "oidc"}
    (entry,) = desk.custody.entries()
    assert (entry["who"], entry["origin"]) == (EMAIL, "oidc")


def test_what_is_asked_is_bound_by_state_nonce_and_pkce(visit):
    query = parse_qs(urlsplit(asked(visit())).query)
    assert query["code_challenge_method"] == ["S256"]
    assert all(len(query[name][0]) > 20 for name in ("state", "nonce", "code_challenge"))
    assert query["redirect_uri"] == ["http://127.0.0.1:8731/oidc/return"]


@pytest.mark.parametrize(("sub", "message"), [("eve", "verified"), ("budi", "no enabled account")])
def test_who_is_not_vouched_for_or_has_no_account_does_not(visit, sub, message):
    client = visit()
    answer = client.get(agree(asked(client), sub))
    assert answer.status_code == 403
    assert message in answer.text
    assert client.get("/").status_code == 303


def test_a_log_in_of_another_browser_does_not(visit):
    theirs, ours = visit(), visit()
    back = agree(asked(theirs), "ani")
    assert ours.get(back).status_code == 403
    assert theirs.get(back).status_code == 403  # once, whoever tried


def test_what_was_used_is_used_up(visit):
    client = visit()
    back = agree(asked(client), "ani")
    assert client.get(back).status_code == 303
    assert client.get(back).status_code == 403


def test_a_token_for_another_nonce_does_not(visit, app, monkeypatch):
    client = visit()
    back = agree(asked(client), "ani")
    waiting = app.state.oidc._waiting
    (state,) = waiting
    waiting[state] = replace(waiting[state], nonce="another")
    assert client.get(back).status_code == 403


def test_a_provider_that_is_not_there_is_told(visit, desk):
    gone = OidcProvider("http://127.0.0.1:9", "the-desk", "the-secret")
    client = visit(to=create_app(replace(desk, entrance=replace(desk.entrance, oidc=gone))))
    answer = client.get("/oidc")
    assert answer.status_code == 502
    assert "provider" in answer.text


def test_a_provider_that_calls_itself_otherwise_is_refused(visit, desk, provider):
    lying = OidcProvider(f"{provider}/.", "the-desk", "the-secret")
    client = visit(to=create_app(replace(desk, entrance=replace(desk.entrance, oidc=lying))))
    assert client.get("/oidc").status_code == 502


def test_a_provider_without_tls_is_refused():
    with pytest.raises(ConfigError, match="TLS"):
        OidcLogIn(OidcProvider("http://login.example", "a", "b"))


def test_without_a_provider_there_is_no_such_page(visit, desk):
    client = visit(to=create_app(replace(desk, entrance=replace(desk.entrance, oidc=None))))
    assert client.get("/oidc").status_code == 404
    assert client.get("/oidc/return").status_code == 404
