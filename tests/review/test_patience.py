"""Whoever speaks too slowly, or not at all, is not waited for."""

from __future__ import annotations

import http.client
import socket
import time
from contextlib import closing
from dataclasses import replace

import pytest

from crawler.review import patience
from crawler.review.desk import BodyBound, Limits
from tests.review.serving import served

SOON_S = 0.5
HEAD = (
    "POST /log-in HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\nAccept: text/html\r\n\r\n"
)


@pytest.fixture
def port(desk, monkeypatch):
    monkeypatch.setattr(patience, "HEAD_WITHIN_S", SOON_S)
    with served(replace(desk, limits=Limits(body=BodyBound(2**20, SOON_S)))) as port:
        yield port


def heard(port, *, first=b"", drip=b""):
    """Say something, then drip a byte now and then; return what is answered until the desk hangs up."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as line:
        line.sendall(first)
        line.settimeout(SOON_S / 5)
        answer, until = b"", time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if drip:
                    line.sendall(drip)
                said = line.recv(65_536)
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                return answer
            if not said:
                return answer
            answer += said
    pytest.fail("the desk still waits")


@pytest.mark.parametrize(
    ("first", "drip"), [(b"", b""), (b"", b"G"), (b"GET / HTTP/1.1\r\n", b"X: y\r\n"), (b"GET /", b"")]
)
def test_a_head_that_does_not_come_is_hung_up_on(port, first, drip):
    assert b"200" not in heard(port, first=first, drip=drip)


def test_a_body_that_drips_is_answered_and_hung_up_on(port):
    answer = heard(port, first=HEAD.encode(), drip=b"x")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"lama sampai" in answer
    assert b"content-security-policy" in answer


def test_one_that_asks_twice_in_time_is_answered_twice(port):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        line.connect()
        came_by = line.sock
        for _ in range(2):
            line.request("GET", "/api/me")
            answer = line.getresponse()
            assert (answer.status, answer.read() != b"") == (401, True)
        assert line.sock is came_by


def test_a_slow_crowd_keeps_nobody_out(port):
    crowd = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(150)]
    try:
        ask = b"GET /log-in HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        assert heard(port, first=ask).startswith(b"HTTP/1.1 200")
    finally:
        for each in crowd:
            each.close()


def test_a_head_that_never_ends_is_cut(port):
    answer = heard(port, first=b"GET / HTTP/1.1\r\nX: " + b"y" * 200_000)
    assert b"HTTP/1.1 400" in answer or answer == b""
