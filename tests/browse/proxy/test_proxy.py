"""What the checking proxy connects to, over real sockets, with a name server that says what it likes."""

import json
import socket
import struct
from contextlib import contextmanager, suppress

import pytest

from crawler.browse.proxy import log as proxy_log
from crawler.browse.proxy.log import LogReader
from crawler.browse.proxy.proxy import CheckingProxy
from crawler.browse.proxy.ranges import Ranges, ranges_here
from crawler.browse.proxy.resolver import Resolver
from crawler.errors import CaptureError
from crawler.settings import HostMapping
from tests.names import serve_names
from tests.site import page, serve

REFUSED, UNREACHABLE = 2, 4


@contextmanager
def proxy(tmp_path, *, allowed=(), names=None, mappings=()):
    resolver = Resolver(names.resolver()) if names else None
    with CheckingProxy(ranges_here(allowed), tmp_path / "proxy.jsonl", mappings, resolver) as running:
        yield running


def decisions(tmp_path):
    return [json.loads(line) for line in (tmp_path / "proxy.jsonl").read_text().splitlines()]


def ask(running, host, port, kind=3):
    """Ask for a connection as a browser does, and return the socket and the answer's code."""
    client = socket.create_connection(("127.0.0.1", running.port), timeout=20)
    client.sendall(b"\x05\x01\x00")
    assert client.recv(2) == b"\x05\x00"
    address = {
        3: lambda: bytes((len(host),)) + host.encode(),
        1: lambda: socket.inet_aton(host),
        4: lambda: socket.inet_pton(socket.AF_INET6, host),
    }[kind]()
    client.sendall(b"\x05\x01\x00" + bytes((kind,)) + address + struct.pack("!H", port))
    return client, client.recv(10)[1]


def code(running, host, port=80, kind=3):
    client, answered = ask(running, host, port, kind)
    client.close()
    return answered


def get(client, path="/"):
    client.sendall(f"GET {path} HTTP/1.0\r\nHost: shop.test\r\n\r\n".encode())
    got = b""
    while block := client.recv(1 << 16):
        got += block
    return got


@pytest.fixture
def site():
    with serve({"/": page("shop", "<p>hello</p>")}) as running:
        yield running


def test_what_is_allowed_is_passed_on_as_it_is(tmp_path, site):
    with proxy(tmp_path, allowed=["127.0.0.0/8"]) as running:
        client, answered = ask(running, "127.0.0.1", site.port)
        ours = client.getsockname()[1]
        assert answered == 0
        assert b"hello" in get(client)
    (line,) = decisions(tmp_path)
    assert line["decision"] == "connected"
    assert line["address"] == {"ip": "127.0.0.1", "port": site.port}
    assert line["client_port"] == ours


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("127.0.0.1", 3), ("localhost", 3), ("a.localhost.", 3), ("::1", 3), ("[::1]", 3), ("0x7f.1", 3),
        ("2130706433", 3), ("0177.0.0.1", 3), ("127.0.0.1", 1), ("::1", 4), ("::ffff:127.0.0.1", 4),
        ("64:ff9b::7f00:1", 4), ("169.254.169.254", 1), ("0.0.0.0", 1), ("fe80::1%lo", 3),
    ],
)  # fmt: skip
def test_no_spelling_of_this_machine_is_reached(tmp_path, site, host, kind):
    with proxy(tmp_path) as running:
        assert code(running, host, site.port, kind) == REFUSED
    (line,) = decisions(tmp_path)
    assert line["decision"] == "refused"
    assert line["range"]
    assert site.asked == []


@pytest.mark.parametrize(
    "answer",
    [["127.0.0.1"], ["::1"], ["::ffff:7f00:1"], ["10.0.0.7"], ["169.254.169.254"], ["127.0.0.1", "::1"]],
)
def test_a_name_that_leads_inside_is_refused(tmp_path, site, answer):
    with serve_names({"evil.test": [answer]}) as names, proxy(tmp_path, names=names) as running:
        assert code(running, "evil.test", site.port) == REFUSED
    assert decisions(tmp_path)[0]["address"]["ip"] in answer
    assert site.asked == []


def test_a_name_that_changes_between_check_and_connection_changes_nothing(tmp_path, site):
    """The name is asked for once a connection: what it says next is not heard before the next check."""
    turns = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.1"]]
    with (
        serve_names({"shop.test": turns}) as names,
        proxy(tmp_path, allowed=["127.0.0.1/32"], names=names) as running,
    ):
        first, answered = ask(running, "shop.test", site.port)
        assert answered == 0
        assert b"hello" in get(first)
        assert names.asked == ["shop.test"]
        assert code(running, "shop.test", site.port) == REFUSED
        assert names.asked == ["shop.test"] * 2
    connected, refused = decisions(tmp_path)
    assert (connected["address"]["ip"], refused["address"]["ip"]) == ("127.0.0.1", "127.0.0.2")


def test_of_a_mixed_answer_only_what_is_allowed_is_used(tmp_path, site):
    with (
        serve_names({"mixed.test": [["127.0.0.2", "127.0.0.1"]]}) as names,
        proxy(tmp_path, allowed=["127.0.0.1/32"], names=names) as running,
    ):
        client, answered = ask(running, "mixed.test", site.port)
        assert answered == 0
        assert b"hello" in get(client)
    assert decisions(tmp_path)[0]["passed_over"] == ["127.0.0.2"]


def test_a_mapped_host_is_checked_where_it_leads(tmp_path, site):
    mappings = (
        HostMapping(host="*", target="~NOTFOUND"),
        HostMapping(host="shop.test", target=f"127.0.0.1:{site.port}"),
    )
    with proxy(tmp_path, mappings=mappings) as running:
        assert code(running, "shop.test", 443) == REFUSED
        assert code(running, "other.test", 443) == UNREACHABLE
    assert [line["range"] or line["error"] for line in decisions(tmp_path)] == ["loopback", "NXDOMAIN"]


def test_a_name_that_is_not_known_and_a_port_that_is_closed_are_no_refusals(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serve_names({}) as names, proxy(tmp_path, allowed=["127.0.0.0/8"], names=names) as running:
        assert code(running, "nobody.test") == UNREACHABLE
        assert code(running, "127.0.0.1", port) == 5
    assert [line["decision"] for line in decisions(tmp_path)] == ["failed", "failed"]
    assert decisions(tmp_path)[1]["error"] == "ConnectionRefusedError"


@pytest.mark.parametrize(
    "said",
    [
        b"GET http://127.0.0.1/ HTTP/1.1\r\n\r\n",
        b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00",
        b"\x05\x01\x02",
        b"\x05\x01\x00\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50",
        b"\x05\x01\x00\x05\x03\x00\x01\x7f\x00\x00\x01\x00\x50",
        b"\x05\x01\x00\x05\x01\x00\x09abc",
        b"",
    ],
)
def test_what_is_no_request_for_a_tcp_connection_gets_none(tmp_path, said):
    with proxy(tmp_path, allowed=["127.0.0.0/8"]) as running:
        client = socket.create_connection(("127.0.0.1", running.port), timeout=20)
        client.sendall(said)
        client.shutdown(socket.SHUT_WR)
        got = b""
        with suppress(ConnectionResetError):
            while block := client.recv(100):
                got += block
        assert b"\x05\x00\x00\x01" not in got
    assert decisions(tmp_path) == []


def test_where_the_log_is_full_nothing_more_is_reached(tmp_path, site, monkeypatch):
    monkeypatch.setattr(proxy_log, "MAX_CONNECTIONS", 2)
    with proxy(tmp_path, allowed=["127.0.0.0/8"]) as running:
        codes = [code(running, "127.0.0.1", site.port) for _ in range(4)]
    assert codes == [0, 0, REFUSED, REFUSED]
    assert [line["range"] for line in decisions(tmp_path)] == ["", "", "too many"]


def test_the_log_is_read_while_it_is_written(tmp_path, site):
    reader = LogReader(tmp_path / "proxy.jsonl")
    assert reader.server("127.0.0.1", site.port) is None
    with proxy(tmp_path, allowed=["127.0.0.1/32"]) as running:
        code(running, "127.0.0.1", site.port)
        address = reader.server("127.0.0.1", site.port)
        code(running, "127.0.0.2", site.port)
        assert "loopback (127.0.0.2)" in reader.why_refused(f"http://127.0.0.2:{site.port}/x")
        assert reader.why_refused(f"http://127.0.0.1:{site.port}/") == ""
    assert address is not None
    assert (address.ip, address.port) == ("127.0.0.1", site.port)


def test_a_proxy_that_cannot_write_its_log_does_not_start(tmp_path):
    with (
        pytest.raises(CaptureError, match="does not start"),
        CheckingProxy(Ranges(), tmp_path / "none" / "proxy.jsonl"),
    ):
        pass
