"""Off this machine the desk refuses to start without accounts and TLS."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import requests
import trustme

from crawler.errors import ConfigError
from crawler.review.passwords import hash_password
from crawler.review.server import Listening, address_of, entrance_of
from crawler.store.accounts import Accounts
from tests.review.serving import served

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


def test_with_a_certificate_it_speaks_tls_and_marks_its_cookies(desk, tmp_path):
    authority = trustme.CA()
    certificate, key, chain = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "ca.pem"
    issued = authority.issue_cert("meja.example", "127.0.0.1")
    key.write_bytes(issued.private_key_pem.bytes())
    certificate.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    authority.cert_pem.write_to_path(chain)
    secret = "kuda laut biru muda"
    desk.accounts.set_password("viewer", hash_password(secret))
    listening = Listening(host="127.0.0.1", port=0, tls_cert=certificate, tls_key=key, behind_proxy=True)
    listening = replace(listening, names=("meja.example",))
    with served(replace(desk, entrance=entrance_of(listening, desk.accounts)), listening) as port:
        address = f"https://127.0.0.1:{port}"
        answer = requests.post(
            f"{address}/log-in",
            data={"name": "viewer", "password": secret},
            headers={"Origin": address},
            allow_redirects=False,
            verify=str(chain),
            timeout=30,
        )
    assert answer.status_code == 303
    assert answer.headers["set-cookie"].startswith("__Host-pantau=")
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert "server" not in answer.headers
