"""Accounts and sessions are rows: each can be revoked, each expires, and the file opens nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import AccountError
from crawler.model.account import Account, Role
from crawler.store.accounts import SESSION_IDLE, SESSION_LIFE, Accounts


@pytest.fixture
def accounts(tmp_path):
    made = Accounts(tmp_path / ".desk" / "accounts.db")
    made.add(Account(name="ani", roles=(Role.REVIEWER, Role.INSPECTOR), created=datetime.now(UTC)))
    return made


def test_an_account_comes_back_as_it_was_added(accounts):
    (account,) = accounts.all()
    assert (account.name, account.roles, account.disabled) == ("ani", (Role.REVIEWER, Role.INSPECTOR), None)
    assert accounts.find("budi") is None


def test_a_name_is_taken_for_ever(accounts):
    accounts.disable("ani")
    with pytest.raises(AccountError, match="already"):
        accounts.add(Account(name="ani", roles=(), created=datetime.now(UTC)))
    with pytest.raises(AccountError, match="no account budi"):
        accounts.disable("budi")


def test_the_files_are_their_owners_alone(accounts):
    assert accounts.path.stat().st_mode & 0o077 == 0
    assert accounts.path.parent.stat().st_mode & 0o077 == 0


def test_no_key_of_a_session_is_in_the_file(accounts):
    key = accounts.start_session("ani", "password")
    assert accounts.whose_session(key).roles == {Role.REVIEWER, Role.INSPECTOR}
    assert all(key.encode() not in path.read_bytes() for path in accounts.path.parent.iterdir())


def test_a_session_expires_by_its_age_and_when_it_is_not_used(accounts):
    key, now = accounts.start_session("ani", "password"), datetime.now(UTC)
    assert accounts.whose_session(key, now=now + SESSION_IDLE + timedelta(minutes=1)) is None
    used, step = now, SESSION_IDLE - timedelta(minutes=1)
    while used + step < now + SESSION_LIFE:
        used += step
        assert accounts.whose_session(key, now=used) is not None
    assert accounts.whose_session(key, now=now + SESSION_LIFE + timedelta(minutes=1)) is None


def test_disabling_and_a_new_password_end_sessions(accounts):
    first = accounts.start_session("ani", "password")
    accounts.set_password("ani", "hash")
    assert accounts.whose_session(first) is None
    second = accounts.start_session("ani", "password")
    accounts.disable("ani")
    assert accounts.whose_session(second) is None
    assert accounts.open_sessions() == ()


def test_a_session_of_nobody_opens_nothing(accounts):
    key = accounts.start_session("budi", "password")
    assert accounts.whose_session(key) is None
    assert accounts.whose_session("made-up") is None


def test_another_file_is_told(tmp_path):
    (tmp_path / "accounts.db").write_bytes(b"something else" * 200)
    with pytest.raises(AccountError, match="cannot be used"):
        Accounts(tmp_path / "accounts.db")
