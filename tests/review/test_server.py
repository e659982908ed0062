"""Off this machine the desk refuses to start without accounts and TLS."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import ConfigError
from crawler.review.server import Listening, address_of, entrance_of
from crawler.store.accounts import Accounts

PEM = Path("cert.pem")


@pytest.fixture
def nobody(tmp_path):
    return Accounts(tmp_path / "none" / "accounts.db")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_this_machine_a_token_opens_it(host, nobody):
    listening = Listening(host=host, port=8731)
    entrance = entrance_of(listening, nobody)
    assert len(entrance.token) > 40
    assert address_of(listening, entrance).endswith(f":8731/enter?token={entrance.token}")
    assert entrance_of(listening, nobody).token != entrance.token


@pytest.mark.parametrize("off", [{"host": "0.0.0.0"}, {"host": "10.0.0.5"}, {"behind_proxy": True}])
def test_for_others_it_wants_accounts_first(off, nobody):
    with pytest.raises(ConfigError, match="nobody has an account") as told:
        entrance_of(Listening(tls_cert=PEM, tls_key=PEM, **off), nobody)
    assert "pantau user add" in told.value.hint


def test_a_disabled_account_is_none(desk):
    for account in desk.accounts.all():
        desk.accounts.disable(account.name)
    with pytest.raises(ConfigError, match="nobody has an account"):
        entrance_of(Listening(host="10.0.0.5", tls_cert=PEM, tls_key=PEM), desk.accounts)


def test_for_others_it_wants_tls(desk):
    with pytest.raises(ConfigError, match="without TLS") as told:
        entrance_of(Listening(host="10.0.0.5"), desk.accounts)
    assert "--tls-cert" in told.value.hint
    assert "--behind-proxy" in told.value.hint


@pytest.mark.parametrize("how", [{"tls_cert": PEM, "tls_key": PEM}, {"behind_proxy": True}])
def test_for_others_there_is_no_token_and_the_cookie_is_for_tls(desk, how):
    entrance = entrance_of(Listening(host="10.0.0.5", names=("Meja.example",), **how), desk.accounts)
    assert entrance.token is None
    assert entrance.hosts == {"10.0.0.5", "meja.example"}
    assert entrance.cookie_name.startswith("__Host-")


def test_half_of_a_certificate_is_told(desk):
    with pytest.raises(ConfigError, match="belong together"):
        entrance_of(Listening(tls_cert=PEM), desk.accounts)


def test_a_header_is_believed_from_named_addresses_alone(desk):
    with pytest.raises(ConfigError, match="no --proxy"):
        entrance_of(Listening(behind_proxy=True, user_header="X-Remote-User"), desk.accounts)
    with pytest.raises(ConfigError, match="--proxy everywhere"):
        entrance_of(Listening(behind_proxy=True, proxies=("everywhere",)), desk.accounts)
