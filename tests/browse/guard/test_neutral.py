"""An order at an address that says nothing: from the checkout on no change of an unknown kind leaves."""

# ruff: noqa: E501 - pages and scripts stand on one line each

from __future__ import annotations

import pytest

from crawler.browse.guard.gate import Gate, named
from crawler.errors import ScenarioError
from crawler.model.scenario import Stage
from tests.site import Reply, page

pytestmark = pytest.mark.browser

AT = "/v2/basket/42"
JS = "text/javascript"
ROUTES = {
    AT: Reply("done", headers={"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}),
    "/go": Reply("done"),
    "/hop": Reply(status=307, headers={"Location": AT}),
    "/hop8": Reply(status=308, headers={"Location": AT}),
    "/worker-put.js": Reply(f"fetch('{AT}', {{method: 'PUT', body: '{{}}'}}).catch(() => 0)", content_type=JS),
    "/shared-put.js": Reply(
        f"onconnect = () => fetch('{AT}', {{method: 'PUT', body: '{{}}'}}).catch(() => 0)", content_type=JS
    ),
    "/leave-post": page(
        "l",
        f"<script>addEventListener('pagehide', () => {{ navigator.sendBeacon('{AT}', '1'); fetch('{AT}', {{method: 'POST', keepalive: true}}); new Image().src = '/go?step=finish' }})</script>",
    ),
    "/sync": page(
        "s", f"<script>try {{ const x = new XMLHttpRequest(); x.open('PATCH', '{AT}', false); x.send('{{}}') }} catch {{}}</script>"
    ),
    "/worker-late.js": Reply(
        f"onmessage = () => fetch('{AT}', {{method: 'PUT', body: '{{}}'}}).catch(() => 0)", content_type=JS
    ),
}  # fmt: skip
FORM = f"<form action={AT} method=post><input name=a value=1></form>"
WAYS = {
    "fetch": f"fetch('{AT}', {{method: 'POST', body: '{{}}'}}).catch(() => 0)",
    "put": f"fetch('{AT}', {{method: 'PUT'}}).catch(() => 0)",
    "patch": f"fetch('{AT}', {{method: 'PATCH', body: 'a=1'}}).catch(() => 0)",
    "delete": f"fetch('{AT}', {{method: 'DELETE'}}).catch(() => 0)",
    "own method": f"fetch('{AT}', {{method: 'COMMIT'}}).catch(() => 0)",
    "method override": f"fetch('{AT}', {{headers: {{'X-HTTP-Method-Override': 'POST'}}}}).catch(() => 0)",
    "xhr": f"const x = new XMLHttpRequest(); x.open('POST', '{AT}'); x.send('{{}}')",
    "sync xhr": "document.body.innerHTML = '<iframe src=/sync></iframe>'",
    "beacon": f"navigator.sendBeacon('{AT}', '1')",
    "beacon of bytes": f"navigator.sendBeacon('{AT}', new Uint8Array([8, 150, 1]))",
    "keepalive": f"fetch('{AT}', {{method: 'POST', keepalive: true}}).catch(() => 0)",
    "later": f"fetchLater('{AT}', {{method: 'POST', activateAfter: 0}})",
    "stream": f"fetch('{AT}', {{method: 'POST', duplex: 'half', body: new Blob(['x']).stream()}}).catch(() => 0)",
    "compressed": f"fetch('{AT}', {{method: 'POST', body: 'x', headers: {{'Content-Encoding': 'gzip'}}}}).catch(() => 0)",
    "no-cors": f"fetch('http://other.test{AT}', {{method: 'POST', mode: 'no-cors', body: 'a=1'}}).catch(() => 0)",
    "307": "fetch('/hop', {method: 'POST'}).catch(() => 0)",
    "308 of a form": "document.body.innerHTML = '<form action=/hop8 method=post></form>'; document.forms[0].submit()",
    "worker": "new Worker('/worker-put.js')",
    "blob worker": f"new Worker(URL.createObjectURL(new Blob([\"fetch('\" + location.origin + \"{AT}', {{method: 'PUT'}}).catch(() => 0)\"])))",
    "shared worker": "new SharedWorker('/shared-put.js')",
    "form": f"document.body.innerHTML = '{FORM}'; document.forms[0].submit()",
    "form in a frame": f"document.body.innerHTML = '<iframe name=f></iframe>' + '{FORM}'; document.forms[0].target = 'f'; document.forms[0].submit()",
    "form in a new window": f"document.body.innerHTML = '{FORM}'; document.forms[0].target = '_blank'; document.forms[0].submit()",
    "blank frame": f"const f = document.body.appendChild(document.createElement('iframe')); f.contentWindow.fetch('{AT}', {{method: 'POST'}}).catch(() => 0)",
    "srcdoc": f"document.body.appendChild(Object.assign(document.createElement('iframe'), {{srcdoc: \"<script>fetch('{AT}', {{method: 'POST'}})</\" + 'script>'}}))",
    "data frame": f"document.body.appendChild(Object.assign(document.createElement('iframe'), {{src: \"data:text/html,<form method=post action='\" + location.origin + \"{AT}'></form><script>document.forms[0].submit()</\" + 'script>'}}))",
    "written popup": f"const w = open('about:blank'); w.document.write(\"<form method=post action='\" + location.origin + \"{AT}'></form>\"); w.document.forms[0].submit()",
    "ping": f"document.body.innerHTML = '<a href=#x ping={AT}>x</a>'; document.links[0].click()",
    "image that finishes": "new Image().src = '/go?step=finish'",
    "link that finishes": "location.href = '/go?step=finish'",
    "style that finishes": "document.body.style.backgroundImage = 'url(/go?action=place)'",
    "event source that finishes": "new EventSource('/go?do=commit')",
    "preload that finishes": "document.head.append(Object.assign(document.createElement('link'), {rel: 'preload', as: 'fetch', href: '/go?step=finish'}))",
    "csp report": "document.body.appendChild(Object.assign(document.createElement('iframe'), {src: '/reporting'}))",
    "graphql": "fetch('/graphql', {method: 'POST', body: JSON.stringify({query: 'mutation { go(id: 1) { id } }'})}).catch(() => 0)",
    "graphql by reading": "fetch('/graphql?query=mutation%7Bgo%7Bid%7D%7D').catch(() => 0)",
    "graphql in a query's clothes": f"fetch('{AT}', {{method: 'POST', body: JSON.stringify({{query: '{{ cart {{ id }} }}'}})}}).catch(() => 0)",
    "dialog": f"document.body.innerHTML = '<dialog open><form method=dialog><button formmethod=post formaction={AT}>x</button></form></dialog>'; document.querySelector('button').click()",
}  # fmt: skip


@pytest.fixture
def near(shop):
    shop.site.routes.update(ROUTES)
    shop.site.routes["/reporting"] = Reply(
        "<img src='http://third.test/x.png'>",
        headers={"Content-Security-Policy": f"img-src 'none'; report-uri {AT}"},
    )
    shop.guard.gate = Gate()
    shop.guard.enter(Stage.CHECKOUT)
    return shop


def changed(shop, pump) -> list[str]:
    """Return what of the neutral endpoints arrived, once what was under way had time to."""
    pump.wait_for_timeout(400)
    return [
        entry
        for entry in shop.site.asked
        if not entry.startswith("OPTIONS")
        and (entry.endswith(AT) or "/graphql" in entry or entry.startswith("GET /go?"))
    ]


@pytest.mark.parametrize("way", WAYS)
def test_no_change_of_an_unknown_kind_leaves(near, way):
    opened = near.open("/")
    opened.evaluate(f"() => {{ {WAYS[way]} }}")
    assert changed(near, opened) == []
    assert near.refused("request")
    assert not any(refusal.intended for refusal in near.refused("request"))


def test_without_the_phase_the_same_ways_do_change(shop):
    shop.site.routes.update(ROUTES)
    opened = shop.open("/")
    for way in ("fetch", "put", "beacon", "form in a frame", "307", "graphql", "image that finishes"):
        opened.evaluate(f"() => {{ {WAYS[way]} }}")
    assert len(changed(shop, opened)) == 7


def test_what_a_page_sends_as_it_goes_away(near):
    opened = near.open("/leave-post")
    opened.goto(near.site.url("/"))
    assert changed(near, opened) == []


def test_a_worker_from_before_the_phase(shop):
    shop.site.routes.update(ROUTES)
    opened = shop.open("/")
    opened.evaluate("() => { globalThis.late = new Worker('/worker-late.js') }")
    shop.guard.enter(Stage.CART)
    opened.evaluate("() => { late.postMessage(1) }")
    assert changed(shop, opened) == []


def test_a_refused_form_leaves_its_page_as_it_was(near):
    opened = near.open("/")
    opened.evaluate(f"() => {{ document.body.innerHTML = '{FORM}'; document.forms[0].submit() }}")
    assert changed(near, opened) == []
    assert opened.url == near.site.url("/")
    assert opened.locator("form").count() == 1


# --- what may go on ------------------------------------------------------------------------------------


def test_the_printed_line_lets_it_through_and_nothing_beside_it(near):
    opened = near.open("/")
    send = "([method, path, body]) => fetch(path, {method, body}).then(() => 'went', () => 'refused')"
    assert opened.evaluate(send, ["PUT", AT, '{"step": "next"}']) == "refused"
    (refusal,) = near.refused("request")
    assert refusal.allow == "journey.allow('PUT', '127.0.0.1', '/v2/basket/{id}', 'step=next', why='…')"
    near.guard.allow(named("PUT", "127.0.0.1", "/v2/basket/{id}", "step=next", "the next step of the form"))
    assert opened.evaluate(send, ["PUT", AT, '{"step": "next"}']) == "went"
    assert opened.evaluate(send, ["PUT", AT, '{"step": "last"}']) == "refused"
    assert opened.evaluate(send, ["POST", AT, '{"step": "next"}']) == "refused"
    assert opened.evaluate(send, ["PUT", "/v2/basket/orders", '{"step": "next"}']) == "refused"
    assert [(change.why, change.said) for change in near.changes] == [
        ("allowed", "the next step of the form")
    ]


def test_a_rule_for_orders_wins_over_what_is_allowed(near):
    opened = near.open("/")
    near.guard.allow(named("POST", "127.0.0.1", "/api/order/create", "", "it is said to be harmless"))
    opened.evaluate("fetch('/api/order/create', {method: 'POST', body: '{}'}).catch(() => 0)")
    assert near.orders(opened) == 0


@pytest.mark.parametrize(
    "parts",
    [
        ("POST", "*.shop.example", "/a", "", "why"),
        ("POST", "shop.example", "/a/*", "", "why"),
        ("POST", "shop.example", "a", "", "why"),
        ("POST", "shop.example", "/a", "", " "),
        ("CONNECT", "shop.example", "/a", "", "why"),
    ],
)
def test_no_wildcard_and_no_reason_left_out(parts):
    with pytest.raises(ScenarioError):
        named(*parts)


def test_the_same_may_leave_again_and_what_only_looks_like_it_may_not(shop):
    shop.site.routes.update(ROUTES)
    opened = shop.open("/")
    send = "body => fetch('/v2/basket/42', {method: 'POST', body}).then(() => 'went', () => 'refused')"
    assert opened.evaluate(send, '{"sku": 17, "count": 1, "state": "open"}') == "went"
    shop.guard.enter(Stage.CART)
    assert opened.evaluate(send, '{"sku": 18, "count": 2, "state": "open"}') == "went"
    for other in (
        '{"sku": 18, "count": 2, "state": "ordered"}',
        '{"sku": 18, "count": 2, "state": "open", "done": true}',
        '{"sku": 18, "count": "all", "state": "open"}',
    ):
        assert opened.evaluate(send, other) == "refused"
    assert [change.why for change in shop.changes] == ["before", "same"]


# --- when it begins --------------------------------------------------------------------------------------


def test_a_page_that_bears_the_marks_begins_it_in_any_tab(shop):
    shop.site.routes.update(ROUTES)
    opened = shop.open("/")
    assert not shop.guard.gate.begun
    opened.evaluate("open('/x/kasir')")
    opened.wait_for_timeout(100)
    assert shop.guard.gate.begun == "address: /x/kasir"


def test_a_page_that_turns_into_a_checkout_by_script_begins_it(shop):
    opened = shop.open("/")
    opened.evaluate(
        """() => { document.title = 'Pembayaran'; document.body.innerHTML =
            '<h1>Pembayaran</h1><h2>Metode pembayaran</h2><p>Virtual account BCA</p><p>GoPay</p><p>QRIS</p>'
            + '<p>Ringkasan pembayaran</p><p>Total tagihan Rp120.000</p><button>Bayar Sekarang</button>' }"""
    )
    for _ in range(100):
        if shop.guard.gate.begun:
            break
        opened.wait_for_timeout(50)
    assert shop.guard.gate.begun == "marks: payment"


def test_an_express_button_begins_it_before_its_request_leaves(shop):
    shop.site.routes.update(ROUTES)
    shop.site.routes["/item"] = page(
        "i",
        f"<button onclick=\"fetch('{AT}', {{method: 'POST', body: '{{}}'}}).catch(() => 0)\">Beli Sekarang</button>",
    )
    shop.guard.enter(Stage.PRODUCT)
    opened = shop.open("/item")
    opened.click("button")
    assert changed(shop, opened) == []
    assert shop.guard.gate.begun == "press: Beli Sekarang"
