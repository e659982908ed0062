"""`pantau review` opens on this machine with a token, and refuses to open to others unguarded."""

from __future__ import annotations

import re
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from urllib.parse import urljoin

import pytest
import requests


@contextmanager
def desk_process(snapshots, *arguments):
    """Start the command and yield the process and the address that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "crawler.cli", "review", "--port", "0", "--snapshots", snapshots, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        yield process, re.search(r"https?://\S+", line)[0]
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_the_address_it_prints_opens_it_and_a_signal_ends_it(tmp_path, ended_by):
    with desk_process(tmp_path) as (process, address):
        with requests.Session() as browser:
            page = browser.get(address, timeout=30)
            assert page.status_code == 200
            assert "token" not in page.url
            assert 'lang="id"' in page.text
        assert requests.get(page.url, timeout=30).status_code == 401
        process.send_signal(ended_by)
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == ""


def test_an_index_of_another_version_is_made_anew_before_it_opens(tmp_path):
    with sqlite3.connect(tmp_path / "index.db") as old:
        old.execute("create table runs (bundle text)")
        old.execute("pragma user_version = 1")
    old.close()
    with desk_process(tmp_path) as (_, address), requests.Session() as browser:
        browser.get(address, timeout=30)
        queue = browser.get(urljoin(address, "/queue"), timeout=30)
    assert queue.status_code == 200


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "snapshots").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "nobody has an account"),
        (["--behind-proxy"], "pantau user add"),
        (["--oidc-issuer", "https://login.example"], "belong together"),
        (["--user-header", "X-Remote-User"], "no --proxy"),
        (["--proxy", "nowhere"], "--proxy nowhere"),
        (["--host", "192.0.2.1"], "nobody has an account"),
    ],
)
def test_what_would_be_open_is_refused_with_what_to_do(pantau, here, arguments, said):
    code, _, err = pantau("review", "--port", "0", *arguments)
    assert code == 2
    assert said in err


def test_without_tls_others_are_not_let_in(pantau, here):
    pantau("user", "add", "ani", "--role", "administrator", "--no-password")
    code, _, err = pantau("review", "--host", "0.0.0.0", "--port", "0")
    assert code == 2
    assert "without TLS" in err
    assert "--tls-cert" in err


def test_a_port_that_is_taken_is_told(pantau, here):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        code, _, err = pantau("review", "--port", taken.getsockname()[1])
    assert code == 2
    assert "cannot listen" in err


def test_a_certificate_that_is_none_is_told(pantau, here):
    (here / "x.pem").write_text("no certificate")
    code, _, err = pantau("review", "--port", "0", "--tls-cert", "x.pem", "--tls-key", "x.pem")
    assert code == 2
    assert "cannot be used" in err
