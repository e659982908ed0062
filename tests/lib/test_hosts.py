"""Host names in one spelling, cut at the dots."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lib.hosts import host_of, is_address, normalise, registrable, under

LABEL = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HOST = st.lists(LABEL, min_size=1, max_size=5).map(".".join)


@pytest.mark.parametrize(
    ("given_host", "expected"),
    [
        ("WWW.Tokopedia.COM.", "www.tokopedia.com"),
        (" tokopedia.com:443 ", "tokopedia.com"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("☕.us", "xn--53h.us"),
        ("tokopedia。com", "tokopedia.com"),
        ("\uff54okopedia.com", "tokopedia.com"),
        ("_dmarc.tokopedia.com", "_dmarc.tokopedia.com"),
        ("[2001:DB8::1]:8443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("localhost", "localhost"),
        ("", ""),
        ("a b", ""),
        ("a..b", ""),
        ("a/b", ""),
        ("[::1", ""),
        ("1.2.3.999", ""),
        ("x" * 64 + ".test", ""),
        ("a." * 130 + "test", ""),
    ],
)
def test_one_spelling(given_host, expected):
    assert normalise(given_host) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.tokopedia.com/p?x=1#y", "www.tokopedia.com"),
        ("HTTPS://user:secret@WWW.Tokopedia.com:8443/", "www.tokopedia.com"),
        ("https://tokopedia.com@evil.test/", "evil.test"),
        ("https://evil.test\\@tokopedia.com/", "evil.test"),
        ("https:\\\\evil.test/tokopedia.com", "evil.test"),
        ("https:/\t/evil.test/", "evil.test"),
        ("https://evil.test?@tokopedia.com", "evil.test"),
        ("wss://chat.tokopedia.com/ws", "chat.tokopedia.com"),
        ("http://[::1]:8080/", "::1"),
        ("data:text/html,https://tokopedia.com/", ""),
        ("blob:https://tokopedia.com/1", ""),
        ("gojek://gopay/pay", ""),
        ("/relative", ""),
        ("", ""),
    ],
)
def test_host_a_browser_would_contact(url, expected):
    assert host_of(url) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("a.b.tokopedia.com", "tokopedia.com"),
        ("www.bca.co.id", "bca.co.id"),
        ("tiktokv.com.edgesuite.net", "edgesuite.net"),
        ("shop.github.io", "github.io"),  # private section of the list: not used
        ("co.id", "co.id"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("", ""),
    ],
)
def test_registered_domain(host, expected):
    assert registrable(host) == expected


def test_the_list_is_not_fetched(monkeypatch):
    from crawler.lib import hosts

    def refuse(*_args, **_kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    hosts._suffixes.cache_clear()
    assert registrable("x.bca.co.id") == "bca.co.id"


@pytest.mark.parametrize(
    ("host", "suffix", "expected"),
    [
        ("tokopedia.com", "tokopedia.com", True),
        ("pay.tokopedia.com.", "Tokopedia.com", True),
        ("tokopedia.com.evil.test", "tokopedia.com", False),
        ("eviltokopedia.com", "tokopedia.com", False),
        ("pay.tokopediax.com", "tokopedia.com", False),
        ("com", "tokopedia.com", False),
        ("", "tokopedia.com", False),
        ("tokopedia.com", "", False),
        ("10.0.0.1", "0.1", False),
    ],
)
def test_under(host, suffix, expected):
    assert under(host, suffix) is expected


@given(st.text())
def test_any_text_is_taken(text):
    assert normalise(normalise(text)) == normalise(text)
    assert registrable(registrable(text)) == registrable(text)
    assert normalise(host_of(text)) == host_of(text)
    assert isinstance(under(text, text), bool)


@given(st.text(alphabet="htps:/\\@.[]%aA1#?-xn é。\t", max_size=40))
def test_any_url_is_taken(text):
    assert host_of("https://" + text) in ("", normalise(host_of("https://" + text)))


@given(HOST, HOST)
def test_below_and_beside(host, parent):
    if not normalise(parent) or is_address(parent):
        return
    assert under(f"{host}.{parent}", parent) or not normalise(f"{host}.{parent}")
    assert not under(f"{parent}.{host}.evil.test", parent) or parent.endswith("evil.test")


@given(HOST)
def test_registered_domain_is_an_end_of_the_host(host):
    if normalise(host):
        assert under(host, registrable(host))
