"""`pantau user` keeps the accounts; no password is ever on the command line."""

from __future__ import annotations

import io
import json

import pytest

from crawler.review.passwords import is_password
from crawler.store.accounts import Accounts
from crawler.store.custody import Custody

PASSWORD = "kuda laut biru muda"


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "snapshots").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path / "snapshots" / ".desk"


@pytest.fixture
def says(monkeypatch):
    """Let standard input say something."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_an_account_is_added_with_the_password_of_standard_input(pantau, here, says):
    says(f"{PASSWORD}\n")
    code, out, _ = pantau("user", "add", "Ani", "--role", "reviewer", "--role", "inspector")
    assert (code, out) == (0, "The account ani was made.\n")
    (account,) = Accounts(here / "accounts.db").all()
    assert [role.value for role in account.roles] == ["inspector", "reviewer"]
    assert is_password(PASSWORD, account.password_hash)
    assert PASSWORD.encode() not in (here / "accounts.db").read_bytes()
    (entry,) = Custody(here).entries()
    assert (entry["action"], entry["about"]) == ("account.added", "ani")


def test_a_short_password_is_refused(pantau, here, says):
    says("short\n")
    code, _, err = pantau("user", "add", "ani", "--role", "viewer")
    assert code == 2
    assert "from 12 to" in err
    assert Accounts(here / "accounts.db").all() == ()


@pytest.mark.parametrize("name", ["<script>", "a b", "../x", "-x", "a" * 65, "ani\u202e"])
def test_a_name_is_plain(pantau, here, name):
    code, _, err = pantau("user", "add", "--role", "viewer", "--no-password", "--", name)
    assert code == 2
    assert "no name for an account" in err


def test_the_list_tells_who_is_disabled_and_no_hash(pantau, here):
    pantau("user", "add", "ani", "--role", "viewer", "--no-password")
    assert pantau("user", "disable", "ani")[0] == 0
    assert "ani · viewer · disabled" in pantau("user", "list")[1]
    (listed,) = json.loads(pantau("user", "list", "--json")[1])
    assert "password_hash" not in listed


def test_a_new_password_enables_the_account(pantau, here, says):
    pantau("user", "add", "ani", "--role", "viewer", "--no-password")
    pantau("user", "disable", "ani")
    says(f"{PASSWORD}\n")
    assert pantau("user", "password", "ani")[0] == 0
    assert Accounts(here / "accounts.db").find("ani").disabled is None
    assert pantau("user", "password", "budi")[0] == 2
