"""The server answers for many names, keeps connections, forgives bad clients and closes at once."""

import socket
import ssl
import time

import psutil
import pytest

from crawler.demo import hosts
from tests.demo.conftest import CLEAN, Client, running


def test_the_certificate_names_every_host(client):
    for host in hosts.names():
        client.connect(host).close()


def test_it_listens_on_loopback_only(shop, client):
    listening = [c for c in psutil.Process().net_connections("inet") if c.status == psutil.CONN_LISTEN]
    mine = {c.laddr.ip for c in listening if c.laddr.port == client.port}
    assert mine == {"127.0.0.1"}
    assert len(shop.resolve) == len(hosts.names())


def test_one_connection_serves_several_requests(client):
    connection = client.connect()
    for path in ("/", "/help", "/nothing-here"):
        connection.request("GET", path, headers={"Host": "www.tokopedia.com"})
        response = connection.getresponse()
        assert len(response.read()) == int(response.headers["Content-Length"])
    connection.close()


@pytest.mark.parametrize(
    "url",
    [
        "https://www.tokopedia.com/nothing-here",
        "https://www.tokopedia.com/kedai/kopi-999",
        "https://www.tokopedia.com/invoice?id=INV/1",
        "https://assets.tokopedia.net/../shop.py",
        "https://images.tokopedia.net/img/cache/300/999-0.jpg",
        "https://gql.tokopedia.com/other",
    ],
)
def test_an_unknown_path_is_not_found(client, url):
    assert client.ask(url).status == 404


def test_an_unknown_host_is_not_found(client):
    assert client.ask("https://www.tokopedia.com/", host="evil.example").status == 404


def test_pictures_may_be_kept_and_pages_may_not(client):
    picture = client.ask("https://images.tokopedia.net/img/cache/300/101-0.jpg")
    assert picture.headers["Cache-Control"].startswith("public")
    assert client.ask("https://www.tokopedia.com/").headers["Cache-Control"] == "private, no-cache"


def test_head_says_what_get_would_and_sends_no_body(client):
    answer = client.ask("https://www.tokopedia.com/help", "HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 1000


def test_a_body_too_large_or_a_length_that_is_none_is_refused(client):
    for length in ("99999999", "many"):
        headers = {"Content-Length": length}
        assert client.ask("https://gql.tokopedia.com/graphql", "POST", headers=headers).status == 413


def test_bad_clients_leave_it_standing(shop, client, capfd):
    plain = socket.create_connection(("127.0.0.1", client.port))
    plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
    plain.close()
    gone = client.connect()
    gone.request("GET", "/", headers={"Host": "www.tokopedia.com"})
    gone.sock.close()
    odd = client.connect()
    odd.sock.sendall(b"\x00\xff nonsense\r\n\r\n")
    odd.sock.close()
    assert client.ask("https://www.tokopedia.com/").status == 200
    assert capfd.readouterr().err == ""
    assert shop.failures == ()


def test_a_fault_of_the_shop_is_kept(shop, client):
    shop._server.site = lambda request: 1 / 0
    with pytest.raises((OSError, ssl.SSLError)):
        client.ask("https://www.tokopedia.com/")
    kinds = [type(error) for error in shop.failures]
    shop._server.failures.clear()
    assert kinds == [ZeroDivisionError]


def test_it_closes_at_once_with_a_connection_open(tmp_path):
    with running(CLEAN, tmp_path) as shop:
        idle = Client(shop).connect()
        began = time.monotonic()
    assert time.monotonic() - began < 2
    idle.close()
    with pytest.raises(OSError):
        Client(shop).connect()
