"""The guard at the browser: no order leaves, whoever sends it; everything else does as without it."""

# ruff: noqa: E501 - pages and scripts stand on one line each

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from crawler.model.scenario import Stage
from tests.browse.guard.guarded import ORDER, POST, ROUTES
from tests.site import page, serve

pytestmark = pytest.mark.browser

# --- requests --------------------------------------------------------------------------------------------

SENDERS = {
    "fetch": POST,
    "xhr": f"const x = new XMLHttpRequest(); x.open('POST', '{ORDER}'); x.send('{{}}')",
    "beacon": f"navigator.sendBeacon('{ORDER}', new Blob(['{{}}'], {{type: 'application/json'}}))",
    "image": f"new Image().src = '{ORDER}?item=1'",
    "script": f"document.head.append(Object.assign(document.createElement('script'), {{src: '{ORDER}?item=1'}}))",
    "head": f"fetch('{ORDER}?item=1', {{method: 'HEAD'}}).catch(() => 0)",
    "options": f"fetch('{ORDER}?item=1', {{method: 'OPTIONS'}}).catch(() => 0)",
    "worker": "new Worker('/worker.js')",
    "shared worker": "new SharedWorker('/shared.js')",
    "stream": (
        f"fetch('{ORDER}', {{method: 'POST', duplex: 'half', body: new Blob(['x']).stream()}}).catch(() => 0)"
    ),
    "redirect": "fetch('/elsewhere', {method: 'POST', body: '{}'}).catch(() => 0)",
    "later": f"fetchLater('{ORDER}', {{method: 'POST', activateAfter: 0}})",
    "other origin": f"fetch('http://other.test{ORDER}', {{method: 'POST', headers: {{'X-A': '1'}}}}).catch(() => 0)",
    "frame form": (
        f"document.body.innerHTML = '<iframe name=f></iframe><form action={ORDER} method=post target=f></form>';"
        "document.forms[0].submit()"
    ),
    "capital path": "fetch('/Checkout/PlaceOrder', {method: 'POST'}).catch(() => 0)",
    "fields": "fetch('/checkout/preview/', {method: 'POST', body: new URLSearchParams('action=place_order')}).catch(() => 0)",
    "multipart": (
        "const d = new FormData(); d.append('action', 'place_order'); d.append('f', new Blob(['x']), 'x.txt');"
        "fetch('/checkout/preview/', {method: 'POST', body: d}).catch(() => 0)"
    ),
}  # fmt: skip


@pytest.mark.parametrize("sender", SENDERS)
def test_an_order_request_is_refused_whoever_sends_it(shop, sender):
    opened = shop.open("/")
    before = len(shop.site.asked)
    opened.evaluate(f"() => {{ {SENDERS[sender]} }}")
    for _ in range(100):
        if shop.refused("request"):
            break
        opened.wait_for_timeout(50)
    assert shop.orders(opened) == 0
    assert len(shop.events) == len(shop.refused("request")) == 1
    refusal = shop.refused("request")[0]
    assert refusal.request == "r1"
    assert refusal.visit == 3
    assert "?" not in refusal.url
    arrived = [
        entry
        for entry in shop.site.asked[before:]
        if not entry.startswith(("OPTIONS", "GET /shared", "GET /worker", "GET /favicon"))
    ]
    assert arrived == (["POST /elsewhere"] if sender == "redirect" else [])


def test_form_submit_by_script_has_no_event_and_is_refused_as_a_request(shop):
    opened = shop.open("/form-plain")
    opened.evaluate("document.forms[0].submit()")
    assert shop.orders(opened) == 0
    (refusal,) = shop.refusals
    assert (refusal.what, refusal.rule, refusal.method) == ("request", "order-path", "POST")
    assert (refusal.page_url, refusal.fields) == (shop.site.url("/form-plain"), ("note",))


def test_enter_in_a_form_without_a_button(shop):
    opened = shop.open("/form-plain")
    opened.press("input", "Enter")
    assert shop.orders(opened) == 0
    assert [refusal.what for refusal in shop.refusals] == ["request"]


def test_a_form_that_opens_a_popup(shop):
    opened = shop.open("/form-blank")
    with opened.expect_popup() as waited:
        opened.get_by_role("button").click()
    assert shop.orders(waited.value) == 0
    assert [refusal.what for refusal in shop.refusals] == ["request"]


def test_a_popup_that_orders_by_itself(shop):
    shop.site.routes["/self"] = page("s", f"<script>{POST}</script>")
    opened = shop.open("/")
    with opened.expect_popup() as waited:
        opened.evaluate("window.open('/self')")
    assert shop.orders(waited.value) == 0
    assert [refusal.what for refusal in shop.refusals] == ["request"]


def test_a_service_worker(shop):
    opened = shop.open("/")
    opened.evaluate(
        """async () => { await navigator.serviceWorker.register('/sw.js');
            const ready = await navigator.serviceWorker.ready; ready.active.postMessage('order') }"""
    )
    assert shop.orders(opened) == 0
    assert [refusal.what for refusal in shop.refusals] == ["request"]
    opened.evaluate("navigator.serviceWorker.ready.then(ready => ready.unregister())")


@pytest.mark.parametrize("how", ["navigate", "close"])
def test_what_a_page_sends_as_it_goes_away(shop, how):
    opened = shop.open("/leave")
    if how == "navigate":
        opened.goto(shop.site.url("/"))
    else:
        opened.close(run_before_unload=True)
    assert shop.orders(shop.context.pages[0]) == 0
    assert len(shop.refused("request")) == 2


def test_a_graphql_order_is_refused_and_reading_goes_through(shop):
    opened = shop.open("/")
    answers = opened.evaluate(
        """async () => {
            const send = body => fetch('/graphql', {method: 'POST', body: JSON.stringify(body)}).then(r => r.text(), () => 'refused');
            return [
                await send({operationName: 'Cart', query: 'query Cart { cart { placeOrder } }'}),
                await send({operationName: 'AddToCart', query: 'mutation AddToCart { addToCart(id: 1) { id } }'}),
                await send({query: 'mutation { go: placeOrder(input: {}) { order { id } } }'}),
                await send([{query: '{ cart { id } }'}, {operationName: 'CreateOrderMutation', extensions: {}}]),
                await send({variables: {}, query: 'mutation X { checkout_general_v2 { data } }'}),
            ] }"""
    )
    assert answers == ['{"data": {}}', '{"data": {}}', "refused", "refused", "refused"]
    assert shop.site.count("POST /graphql") == 2
    assert [refusal.word for refusal in shop.refusals] == [
        "placeOrder",
        "CreateOrderMutation",
        "checkout_general_v2",
    ]


def test_a_nameless_operation_is_refused_near_the_order_only(shop):
    send = "fetch('/graphql', {method: 'POST', body: '{\"id\": \"9f\"}'}).then(() => 'went', () => 'refused')"
    opened = shop.open("/")
    assert opened.evaluate(send) == "went"
    shop.guard.enter(Stage.PAYMENT)
    assert opened.evaluate(send) == "refused"


def test_cache_and_preflights_are_as_without_a_guard(shop, tmp_path):
    """The addresses are watched ones, so that each of these requests was held and let go."""

    def traffic(opened, site):
        begin = len(site.asked)
        for _ in range(3):
            opened.goto(site.url("/"))
            opened.add_script_tag(url="/payment/logo.js")
            opened.evaluate(
                "fetch('http://other.test/payment/methods', {method: 'POST', headers: {'X-A': '1'}}).then(r => r.text())"
            )
        return site.asked[begin:]

    guarded = traffic(shop.open("/"), shop.site)
    with serve(ROUTES) as site:
        script = textwrap.dedent(TRAFFIC_ALONE)
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path), str(site.port)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        alone = [entry for entry in site.asked if entry != "GET /favicon.ico"]
    assert [entry for entry in guarded if entry != "GET /favicon.ico"] == alone
    assert alone.count("GET /payment/logo.js") == 1
    assert alone.count("OPTIONS /payment/methods") >= 1


TRAFFIC_ALONE = """
    import sys
    from pathlib import Path
    from tests.browse.guard.guarded import browser
    with browser(Path(sys.argv[1]), int(sys.argv[2])) as context:
        page = context.pages[0]
        for _ in range(3):
            page.goto(f"http://127.0.0.1:{sys.argv[2]}/")
            page.add_script_tag(url="/payment/logo.js")
            page.evaluate("fetch('http://other.test/payment/methods', {method: 'POST', headers: {'X-A': '1'}}).then(r => r.text())")
"""


def test_limit_a_label_in_a_closed_shadow_root_is_stopped_as_a_request_only(shop):
    opened = shop.open("/")
    opened.evaluate(
        f"""() => {{ const root = document.body.appendChild(document.createElement('div')).attachShadow({{mode: 'closed'}});
            root.innerHTML = '<button>Bayar</button>'; root.firstChild.onclick = () => {{ {POST} }};
            globalThis.order = root.firstChild }}"""
    )
    opened.evaluate("order.click()")
    assert shop.orders(opened) == 0
    assert [refusal.what for refusal in shop.refusals] == ["request"]
