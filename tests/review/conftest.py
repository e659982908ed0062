"""A desk with its accounts, and browsers without a screen that know how browsers speak."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient

from crawler.model.account import Account, Role
from crawler.review import passwords
from crawler.review.app import create_app
from crawler.review.desk import Desk, Entrance
from crawler.store.accounts import Accounts
from crawler.store.custody import Custody

ORIGIN = "http://127.0.0.1:8731"
TOKEN = "start-up-token-of-the-tests"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch):
    """Hash passwords with the least that Argon2 takes: what the real cost is, is not what these tests ask."""
    quick = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)


@pytest.fixture
def desk(tmp_path):
    """A desk on an empty folder of bundles."""
    snapshots = tmp_path / "snapshots"
    snapshots.mkdir(exist_ok=True)
    return make_desk(snapshots)


def make_desk(snapshots):
    """Return a desk on a folder of bundles, with one account for each role, named like it."""
    accounts = Accounts(snapshots / ".desk" / "accounts.db")
    for role in Role:
        accounts.add(Account(name=role.value, roles=(role,), created=datetime.now(UTC)))
    return Desk(
        snapshots=snapshots,
        accounts=accounts,
        custody=Custody(snapshots / ".desk"),
        entrance=Entrance(token=TOKEN, port=8731),
    )


@pytest.fixture
def app(desk):
    return create_app(desk)


@pytest.fixture
def visit(app, desk):
    """Return a client that speaks as a browser on the desk's own pages.

    `role` is who is logged in, `peer` the address it comes from; a header that is None is not sent.
    """

    def client(role=None, *, to=app, lang="en", peer="127.0.0.1", **headers):
        sent = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN, "Accept": "text/html"} | headers
        sent = {name: value for name, value in sent.items() if value is not None}
        made = TestClient(
            to,
            base_url=ORIGIN,
            headers=sent,
            follow_redirects=False,
            client=(peer, 50_000),
            raise_server_exceptions=False,
        )
        made.cookies.set("pantau-lang", lang)
        if role is not None:
            key = desk.accounts.start_session(Role(role).value, "password")
            made.cookies.set(desk.entrance.cookie_name, key, domain="127.0.0.1")
        return made

    return client


@pytest.fixture
def with_desk(desk):
    """Return an app on the same desk with other settings."""
    return lambda **changes: create_app(replace(desk, **changes))
