"""Requests and responses as they are streamed, refused ones included."""

import base64
import hashlib
import re
import socket
import threading

import pytest

from tests.site import Reply, page

pytestmark = pytest.mark.browser

SECRET = "s3cr3t-kuki-99812"


def test_a_post_with_its_body_fields_and_answer(lab, site):
    site.routes["/api"] = Reply('{"ok":true}', content_type="application/json")
    body = '{"access_token":"tok-8812731","jumlah":2}'
    site.routes["/"] = page("T", f"<script>fetch('/api?kode=1',{{method:'POST',body:'{body}'}})</script>")
    lab.open(site.url(host="a.test"))
    answer = lab.response("/api")
    request = lab.request("/api")
    assert (request["method"], request["type"], request["state"]) == ("POST", "fetch", "sent")
    assert request["frame"] == site.url(host="a.test")
    assert request["fields"] == ["kode", "access_token", "jumlah"]
    assert request["body"]["sha256_wire"] is None  # it held a secret
    stored = (lab.root / "data/blobs" / request["body"]["sha256_stored"]).read_text()
    assert "tok-8812731" not in stored
    assert '"jumlah":2' in stored
    assert (answer["status"], answer["contacted"], answer["from_cache"]) == (200, True, False)
    assert answer["address"] == {"ip": "127.0.0.1", "port": site.port}
    assert (lab.root / "data/blobs" / answer["body"]["sha256_stored"]).read_bytes() == b'{"ok":true}'


def test_cookies_are_hashed_alike_wherever_they_go(lab, site):
    site.routes["/"] = page("T", "<img src=/i>")
    site.routes["/"].headers["Set-Cookie"] = f"sid={SECRET}"
    site.routes["/i"] = Reply("x", content_type="image/png")
    lab.open(site.url())
    hashed = lab.response("/i")["sent_headers"]["cookie"]
    (first,) = [line for line in lab.lines("responses") if "set-cookie" in line["headers"]]
    assert first["headers"]["set-cookie"] == hashed
    assert hashed.startswith("sid=h:")


def test_a_cookie_is_known_before_its_document_has_ended(lab, site):
    sent = threading.Event()

    def slowly(handler):
        script = "<script>new Image().src='/pixel?uid='+document.cookie.split('=')[1]</script>"
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Set-Cookie", f"toko={SECRET}")
        handler.end_headers()
        handler.wfile.write(f"<!doctype html><title>T</title>{script}".encode())
        handler.wfile.flush()
        sent.wait(10)

    def pixel(_):
        sent.set()
        return Reply("x", content_type="image/png")

    site.routes["/"], site.routes["/pixel"] = slowly, pixel
    lab.open(site.url())
    cookie = lab.response("/pixel")["sent_headers"]["cookie"].removeprefix("toko=")
    assert cookie.startswith("h:")
    assert lab.request("/pixel")["url"].endswith(f"uid={cookie}")


def test_redirects_are_chained(lab, site):
    site.routes["/a"] = Reply(status=302, headers={"Location": "/b?token=abcdef123"})
    site.routes["/b"] = page("B")
    lab.open(site.url("/a"))
    first, last = lab.request("/a"), lab.request("/b")
    assert last["redirected_from"] == first["id"]
    assert last["initiator"]["type"] == "redirect"
    assert "abcdef123" not in last["url"]
    assert lab.response("/a")["status"] == 302


def test_what_csp_blocks_and_what_does_not_resolve_was_not_contacted(lab, site):
    head = "<meta http-equiv=Content-Security-Policy content=\"img-src 'self'\">"
    site.routes["/"] = page(
        "T", "<img src=http://c.test/x.png><script src=http://gone.example/x.js></script>", head
    )
    lab.open(site.url())
    assert lab.response("c.test")["contacted"] is False
    assert lab.request("c.test")["state"] == "blocked"
    gone = lab.response("gone.example")
    assert (gone["contacted"], gone["failure"]) == (False, "net::ERR_NAME_NOT_RESOLVED")
    assert lab.request("gone.example")["state"] == "sent"


def test_an_answer_that_breaks_off_was_contacted(lab, site):
    def hang_up(handler):
        handler.connection.shutdown(socket.SHUT_RDWR)

    site.routes["/cut"] = hang_up
    site.routes["/"] = page("T", "<script>fetch('/cut').catch(()=>0)</script>")
    lab.open(site.url())
    answer = lab.response("/cut")
    assert answer["status"] is None
    assert answer["contacted"] is True
    assert answer["failure"] == "net::ERR_EMPTY_RESPONSE"


def test_large_bodies_are_cut_and_pictures_are_not_kept(lab, site):
    site.routes["/big.js"] = Reply("/*" + "x" * 3 * 2**20 + "*/", content_type="text/javascript")
    site.routes["/p.png"] = Reply("png", content_type="image/png")
    site.routes["/"] = page("T", "<script src=/big.js></script><img src=/p.png>")
    lab.open(site.url())
    body = lab.response("/big.js")["body"]
    assert (body["state"], body["bytes"]) == ("truncated", 3 * 2**20 + 4)
    blob = lab.root / "data/blobs" / body["sha256_stored"]
    assert blob.stat().st_size == lab.settings.max_body_bytes
    picture = lab.response("/p.png")["body"]
    assert (picture["state"], picture["bytes"]) == ("not kept", 3)


def test_an_answer_declared_larger_than_can_be_redacted_is_not_read(lab, site):
    size = 8 * lab.settings.max_body_bytes + 1
    site.routes["/besar"] = Reply(bytes(size), content_type="application/json")
    site.routes["/"] = page("T", "<script>fetch('/besar').then(a=>a.arrayBuffer())</script>")
    lab.open(site.url())
    body = lab.response("/besar")["body"]
    assert (body["state"], body["bytes"], body["why"]) == ("not kept", size, "too large to be redacted")


def test_the_second_time_comes_from_the_cache(lab, site):
    site.routes["/i.svg"] = Reply(
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
        content_type="image/svg+xml",
        headers={"Cache-Control": "max-age=600"},
    )
    site.routes["/"] = page("T", "<img src=/i.svg>")
    lab.open(site.url())
    lab.open(site.url("/?again"))
    lab.until(lambda: lab.recorder.in_flight() == 0)
    ids = [line["id"] for line in lab.lines("requests") if "/i.svg" in line["url"]]
    cached = {line["id"]: line["from_cache"] for line in lab.lines("responses")}
    assert [cached[ident] for ident in ids] == [False, True]
    assert site.count("GET /i.svg") == 1


def test_service_workers_and_workers_are_seen(lab, site):
    site.routes["/w.js"] = Reply("fetch('/from-worker')", content_type="text/javascript")
    site.routes["/from-worker"] = Reply("ok", content_type="text/plain")
    site.routes["/"] = page("T", "<script>new Worker('/w.js')</script>")
    lab.open(site.url())
    lab.until(lambda: site.count("GET /from-worker"))
    assert lab.response("/from-worker")["contacted"] is True


def test_websockets_are_counted(lab, site):
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=echo_once, args=(server,), daemon=True).start()
    port = server.getsockname()[1]
    script = (
        f"const s=new WebSocket('ws://127.0.0.1:{port}/kanal?token=abc12345');"
        "s.onopen=()=>s.send('halo');s.onmessage=()=>s.close()"
    )
    site.routes["/"] = page("T", f"<script>{script}</script>")
    lab.open(site.url())
    lab.until(lambda: any(line["body"]["why"].endswith("received") for line in lab.lines("responses")))
    request, answer = lab.request("/kanal"), lab.response("/kanal")
    assert (request["type"], request["fields"]) == ("websocket", ["token"])
    assert "abc12345" not in request["url"]
    assert (answer["contacted"], answer["status"], answer["body"]["bytes"]) == (True, 101, 9)
    assert answer["body"]["why"] == "1 frames of 4 bytes sent, 1 of 5 bytes received"


def echo_once(server):
    """One websocket connection: shake hands, read a frame, answer `dunia`."""
    connection, _ = server.accept()
    with connection:
        head = connection.recv(4096).decode()
        key = re.search(r"(?i)sec-websocket-key: (\S+)", head)[1] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest())
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        connection.recv(100)
        connection.sendall(b"\x81\x05dunia")
        connection.recv(100)
        connection.sendall(b"\x88\x00")


def guarded(lab, refuse):
    """Refuse requests as the guard does: paused at the browser, recorded, failed."""
    session = lab.context.browser.new_browser_cdp_session()
    refused = []

    def decide(event):
        if refuse(event):
            refused.append(lab.recorder.refused(event, "buat-pesanan"))
            reply = ("Fetch.failRequest", {"errorReason": "BlockedByClient"})
        else:
            reply = ("Fetch.continueRequest", {})
        session.send(reply[0], {"requestId": event["requestId"], **reply[1]})

    session.on("Fetch.requestPaused", decide)
    session.send("Fetch.enable", {"patterns": [{"urlPattern": "*/order*"}]})
    return refused


DONE = "document.title='done'"
WAYS = {
    "fetch": "fetch('/order',{method:'POST',body:'{\"card\":\"4111111111111111\"}'})",
    "preflight": "fetch('http://b.test/order',{method:'POST',headers:{'X-A':'1'},body:'{}'})",
    "get": "fetch('/order?id=1')",
    "beacon": "new Promise((_,no)=>no(navigator.sendBeacon('/order','card=1')))",
    "worker": "new Promise((_,no)=>{new Worker('/w.js').onmessage=no})",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_refused_request_leaves_exactly_one_record(lab, site, way):
    site.routes["/w.js"] = Reply(
        "fetch('/order',{method:'POST',body:'a=1'}).catch(()=>postMessage(1))", content_type="text/javascript"
    )
    cors = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
    site.routes["/order"] = Reply("placed", headers=cors)
    site.routes["/"] = page("T", f"<script>{WAYS[way]}.catch(()=>{DONE})</script>")
    ids = guarded(lab, lambda event: event["request"]["method"] != "OPTIONS")
    lab.open(site.url(host="a.test"))
    lab.until(lambda: ids and lab.page.title() == "done")
    lab.page.wait_for_timeout(200)
    lab.recorder.flush()
    assert site.count("POST /order") + site.count("GET /order") == 0
    orders = [
        line for line in lab.lines("requests") if "/order" in line["url"] and line["method"] != "OPTIONS"
    ]
    assert [(line["id"], line["state"]) for line in orders] == [(ids[0], "refused")]
    assert "guard" in orders[0]["seen_by"]
    (answer,) = [line for line in lab.lines("responses") if line["id"] == ids[0]]
    assert (answer["contacted"], answer["failure"]) == (False, "refused: buat-pesanan")
    assert lab.failures() == []


def test_three_orders_alike_leave_three_records(lab, site):
    order = "fetch('/order',{method:'POST',body:'x'})"
    script = f"Promise.allSettled([1,2,3].map(()=>{order})).then(()=>{DONE})"
    site.routes["/"] = page("T", f"<script>{script}</script>")
    ids = guarded(lab, lambda _: True)
    lab.open(site.url())
    lab.until(lambda: lab.page.title() == "done")
    lab.until(lambda: lab.recorder.in_flight() == 0)
    lab.recorder.flush()
    orders = [line for line in lab.lines("requests") if "/order" in line["url"]]
    assert sorted(line["id"] for line in orders) == sorted(ids)
    assert {line["state"] for line in orders} == {"refused"}
    assert len(orders) == 3


def test_what_has_not_ended_has_no_answer(lab, site):
    site.routes["/slow"] = lambda handler: handler.site.stopping.wait(60) and None
    site.routes["/"] = page("T", "<script>fetch('/slow')</script>")
    lab.open(site.url())
    lab.until(lambda: site.count("GET /slow"))
    lab.page.wait_for_timeout(700)
    assert lab.recorder.in_flight() == 1
    ident = lab.request("/slow")["id"]
    lab.recorder.close()
    assert ident not in [line["id"] for line in lab.lines("responses")]


def test_a_handler_that_fails_is_recorded_and_the_others_go_on(lab, site, monkeypatch):
    site.routes["/"] = page("T", "<script src=/a.js></script><img src=/b.png>")
    real = lab.redactor.url
    monkeypatch.setattr(lab.redactor, "url", lambda url: 1 / 0 if url.endswith("/a.js") else real(url))
    lab.open(site.url())
    lab.response("/b.png")
    assert [(failure.collector, failure.error) for failure in lab.failures()] == [
        ("requests", "ZeroDivisionError")
    ]
    assert [line["url"] for line in lab.lines("requests") if line["url"].endswith("a.js")] == []


def test_lone_surrogates_and_secrets_in_urls(lab, site):
    site.routes["/"] = page("T", "<script>fetch('/q?api_key=abc99887766&q=%ED%A0%80')</script>")
    lab.open(site.url())
    lab.response("/q?")
    assert "abc99887766" not in str(lab.lines("requests"))
    assert lab.failures() == []
