"""The guard over WebSockets: pages, workers of every kind, text and bytes."""

# ruff: noqa: E501 - pages and scripts stand on one line each

from __future__ import annotations

import base64
import hashlib
import json
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from crawler.browse.guard.gate import Gate, named
from crawler.browse.guard.workers import message_call
from crawler.errors import CaptureError
from crawler.model.scenario import Stage
from tests.site import Reply, page

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.browser

JS = "text/javascript"
AT_ONCE = "(() => { const s = new WebSocket(location.origin.replace('http', 'ws') + '/live'); s.onopen = () => s.send(TEXT) })()"
WORKER = "const s = new WebSocket(location.origin.replace('http', 'ws') + '/live'); s.onopen = () => setTimeout(() => s.send(TEXT), 600)"


@pytest.fixture
def heard(shop) -> list[bytes]:
    """Return what the shop's WebSocket hears, message by message."""
    messages: list[bytes] = []

    def upgrade(handler: Any) -> None:
        key = handler.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        handler.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept.encode() + b"\r\n\r\n"
        )
        handler.wfile.flush()
        while len(head := handler.rfile.read(2)) == 2 and head[0] & 0xF != 8:
            size = head[1] & 0x7F
            if size == 126:
                (size,) = struct.unpack(">H", handler.rfile.read(2))
            mask = handler.rfile.read(4)
            messages.append(bytes(b ^ mask[i % 4] for i, b in enumerate(handler.rfile.read(size))))

    shop.site.routes["/live"] = upgrade
    for name, text in (
        ("w", WORKER),
        ("sw", f"onmessage = () => {{ {AT_ONCE} }}; {AT_ONCE}"),
    ):
        shop.site.routes[f"/{name}.js"] = Reply(text.replace("TEXT", '\'{"op": "go"}\''), content_type=JS)
    shop.site.routes["/nest.js"] = Reply("new Worker('/w.js')", content_type=JS)
    shop.guard.gate = Gate()
    return messages


OPEN = "() => new Promise(done => { globalThis.s = new WebSocket(location.origin.replace('http', 'ws') + '/live'); s.onopen = done })"
WAYS = {
    "page": f"({OPEN})().then(() => s.send('{{\"op\": \"go\"}}'))",
    "bytes": f"({OPEN})().then(() => s.send(new Uint8Array([8, 150, 1])))",
    "blob": f"({OPEN})().then(() => s.send(new Blob(['{{\"op\": \"go\"}}'])))",
    "frame": "const f = document.body.appendChild(document.createElement('iframe')); const s = new f.contentWindow.WebSocket(location.origin.replace('http', 'ws') + '/live'); s.onopen = () => s.send('{\"op\": \"go\"}')",
    "worker": "new Worker('/w.js')",
    "worker of a worker": "new Worker('/nest.js')",
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_no_unknown_message_leaves_from_the_checkout_on(shop, heard, way):
    shop.guard.enter(Stage.CHECKOUT)
    opened = shop.open("/")
    opened.evaluate(f"() => {{ {WAYS[way]} }}")
    for _ in range(60):
        if shop.refused("request"):
            break
        opened.wait_for_timeout(50)
    assert heard == []
    assert [refusal.method for refusal in shop.refused("request")] == ["WEBSOCKET"]


# What a worker of the blob or data address does in its first moment; ORIGIN and TEXT are put in.
FIRST = "const s = new WebSocket('ORIGIN/live'); s.onopen = () => s.send('{\"op\": \"go\"}')"
BLOB = "URL.createObjectURL(new Blob([FIRST], {type: 'text/javascript'}))"
STARTS = {
    "blob": f"new Worker({BLOB})",
    "module": f"new Worker({BLOB}, {{type: 'module'}})",
    "data": "new Worker('data:text/javascript,' + encodeURIComponent(FIRST))",
    "blob in a blob": "new Worker(URL.createObjectURL(new Blob(['new Worker(URL.createObjectURL(new Blob([' + JSON.stringify(FIRST) + '])))'])))",
    "frame elsewhere": "{ const f = document.createElement('iframe'); f.src = `http://other.test:${location.port}/starts`; document.body.append(f) }",
    "new tab": "open('/starts')",
    "own send": "new Worker(URL.createObjectURL(new Blob(['JSON.stringify = () => \"{}\"; Map.prototype.get = () => [1]; Reflect.apply = () => 1; ' + FIRST])))",
}  # fmt: skip


@pytest.fixture
def busy() -> Iterator[None]:
    """Keep two processors busy."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    yield
    for each in loops:
        each.kill()
        each.wait()


def starts_at_once(shop, way: str, heard: list[bytes]) -> None:
    """Start a worker that sends as soon as it can, and wait until its message was judged."""
    # Named by the way: a message of the test before, judged late, must not make this one known.
    first = FIRST.replace("ORIGIN", f"ws://127.0.0.1:{shop.site.port}").replace("go", f"go {way}")
    shop.site.routes["/starts"] = page(
        "s", f"<script>const FIRST = {json.dumps(first)}; {STARTS['blob']}</script>"
    )
    opened = shop.open("/")
    before = shop.guard.awaited  # every refusal counts; only the first of a kind are told
    opened.evaluate(f"FIRST => {{ {STARTS[way]} }}", first)
    for _ in range(200):
        if shop.guard.awaited > before or heard:
            return
        opened.wait_for_timeout(50)


@pytest.mark.parametrize("way", STARTS)
def test_a_worker_is_held_until_its_first_message_can_be_judged(shop, heard, busy, way):
    shop.guard.enter(Stage.CHECKOUT)
    for _ in range(3):
        starts_at_once(shop, way, heard)
    assert heard == []
    assert len(shop.refused("request")) >= 1


@pytest.mark.long
@pytest.mark.parametrize("way", STARTS)
def test_a_worker_is_held_every_time(shop, heard, busy, way):
    shop.guard.enter(Stage.CHECKOUT)
    for started in range(50):
        starts_at_once(shop, way, heard)
        assert shop.guard.awaited > started
        for extra in shop.context.pages[1:]:
            extra.close()
    assert heard == []


def test_a_worker_without_the_script_is_never_let_go(shop, heard, monkeypatch):
    monkeypatch.setattr("crawler.browse.guard.workers.worker_script", lambda: "absent()")
    opened = shop.open("/")
    opened.evaluate("new Worker('/w.js')")
    opened.wait_for_timeout(1_500)
    assert heard == []
    with pytest.raises(CaptureError, match="a worker cannot be reached"):
        shop.guard.enter(Stage.CHECKOUT)
    shop.guard._deaf = shop.guard._fallen = ""


def test_a_service_worker_opens_no_socket_and_goes_on_otherwise(shop, heard):
    shop.site.routes["/sw.js"] = Reply(
        f"{AT_ONCE.replace('TEXT', '1')}; onmessage = event => event.waitUntil(fetch('/told'))",
        content_type=JS,
    )
    opened = shop.open("/")
    opened.evaluate(
        "navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready).then(r => r.active.postMessage(1))"
    )
    for _ in range(100):
        if "GET /told" in shop.site.asked:
            break
        opened.wait_for_timeout(50)
    assert "GET /told" in shop.site.asked
    assert "GET /live" not in shop.site.asked
    assert heard == []
    opened.evaluate(
        "navigator.serviceWorker.getRegistrations().then(all => all.map(each => each.unregister()))"
    )


@pytest.mark.parametrize("address", ["/s.js", "/moved.js", "/s.js#part"])
def test_a_shared_worker_opens_no_socket_and_goes_on_otherwise(shop, heard, address):
    shop.site.routes["/moved.js"] = Reply(status=302, headers={"Location": "/s.js"})
    shop.site.routes["/s.js"] = Reply(
        f"onconnect = e => e.ports[0].postMessage(name); {AT_ONCE.replace('TEXT', '1')}; fetch('/told')",
        content_type=JS,
    )
    opened = shop.open("/")
    said = "address => new Promise(done => { const w = new SharedWorker(address, 'nama'); w.port.onmessage = e => done(e.data) })"
    assert opened.evaluate(said, address) == "nama"
    for _ in range(100):
        if "GET /told" in shop.site.asked:
            break
        opened.wait_for_timeout(50)
    assert "GET /told" in shop.site.asked
    assert "GET /live" not in shop.site.asked
    assert opened.evaluate("new SharedWorker('/s.js') instanceof SharedWorker")


@pytest.mark.parametrize("address", ["URL.createObjectURL(new Blob(['1']))", "'data:text/javascript,1'"])
@pytest.mark.parametrize("maker", ["SharedWorker", "SharedWorker.prototype.constructor"])
def test_a_shared_worker_without_an_address_of_the_network_is_refused(shop, address, maker):
    tried = f"() => {{ try {{ new {maker}({address}); return '' }} catch (e) {{ return e.name }} }}"
    assert shop.open("/").evaluate(tried) == "SecurityError"


@pytest.mark.parametrize("way", ["page", "worker"])
def test_before_the_phase_messages_go_and_are_noted(shop, heard, way):
    opened = shop.open("/")
    opened.evaluate(f"() => {{ {WAYS[way]} }}")
    for _ in range(60):
        if heard:
            break
        opened.wait_for_timeout(50)
    assert heard == [b'{"op": "go"}']
    assert [(change.method, change.operation, change.why) for change in shop.changes] == [
        ("WEBSOCKET", "op=go", "before")
    ]


def test_an_order_over_a_socket_is_refused_from_the_start(shop, heard):
    opened = shop.open("/")
    opened.evaluate(OPEN)
    for message in (
        '{"action": "placeOrder"}',
        '42["createOrder",{"id":1}]',
        "SEND\ndestination:/app/order/create\n\n{}",
    ):
        opened.evaluate("message => s.send(message)", message)
    opened.wait_for_timeout(400)
    assert heard == []
    assert [refusal.intended for refusal in shop.refused("request")] == [True] * 3


def test_a_socket_from_before_stays_alive_and_says_what_is_allowed(shop, heard):
    opened = shop.open("/")
    opened.evaluate(OPEN)
    shop.guard.enter(Stage.CHECKOUT)
    shop.guard.allow(named("WEBSOCKET", "127.0.0.1", "/live", "op=chat", "a message to the shop's chat"))
    for message in ("ping", '{"op": "chat", "text": "halo"}', '{"op": "last"}'):
        opened.evaluate("message => s.send(message)", message)
    opened.wait_for_timeout(400)
    assert heard == [b"ping", b'{"op": "chat", "text": "halo"}']
    assert [refusal.operation for refusal in shop.refused("request")] == ["op=last"]


def test_a_message_of_socket_io_is_read_behind_its_numbers():
    assert message_call("wss://shop.example/x", b'42["go",{"op":"now"}]').operation == "op=now"
    assert message_call("wss://shop.example/x", b"\x00\x01").payload.unreadable
    assert message_call("wss://shop.example/x", None).payload.unreadable
