"""A run that may reach public addresses only: a hostile shop tries every way to this machine."""

import socket
import threading
from contextlib import contextmanager

import pytest

from crawler.browse.chromium.switches import proxy_args
from crawler.browse.run.supervisor import supervise
from crawler.derive.network import ledger
from crawler.report.proxied import proxied_view
from crawler.settings import RunSettings
from crawler.store.bundle import Bundle
from crawler.store.verify import verify
from tests.browse.conftest import scenario_text
from tests.site import Reply, page, serve

pytestmark = pytest.mark.browser

SHOP = "127.0.0.2"  # stands for a public address: its range is allowed, that of the victim is not
BODY = """
with journey.stage(Stage.STOREFRONT):
    page.goto(journey.start_url)
    page.get_by_text("done").wait_for()
with journey.stage(Stage.PRODUCT):
    page.goto(journey.start_url + "redirect")
with journey.stage(Stage.CART):
    page.goto(journey.start_url + "link")
    page.get_by_role("link", name="Bayar nanti").click()
    page.get_by_text("never there").wait_for()
"""
ATTACKS = """<p id=state>busy</p><link rel=dns-prefetch href=//prefetched.test><link rel=preconnect href=http://VICTIM>
<img src=http://VICTIM/image><iframe src=http://inside.test:80/frame></iframe><script src=http://localhost:PORT/script></script>
<script>
(async () => {
  const tries = ["http://VICTIM/fetch", "http://[::ffff:127.0.0.1]:PORT/mapped", "http://0x7f000001:PORT/hex",
    "http://2130706433:PORT/number", "http://169.254.169.254/latest/meta-data/", "/redirect", "http://[::1]:PORT/six"];
  await Promise.all(tries.map(each => fetch(each, {mode: "no-cors"}).catch(() => 0)));
  await new Promise(done => { const s = new WebSocket("ws://VICTIM/socket"); s.onclose = s.onerror = done; });
  const peer = new RTCPeerConnection({iceServers: [{urls: "stun:127.0.0.1:UDP"}, {urls: "stun:SHOP:UDP"}]});
  peer.createDataChannel("d"); await peer.setLocalDescription(await peer.createOffer());
  for (const host of ["127.0.0.1", "SHOP"])
    try { await new WebTransport(`https://${host}:UDP/x`).ready } catch (e) {}
  new Worker(URL.createObjectURL(new Blob(["fetch('http://VICTIM/worker',{mode:'no-cors'}).catch(()=>0)"])));
  navigator.sendBeacon("http://VICTIM/beacon", "x");
  document.getElementById("state").textContent = "done";
})();
</script>"""


@contextmanager
def datagrams():
    """Listen for UDP on every address of this machine and list what came."""
    came = []
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind(("0.0.0.0", 0))
    listening.settimeout(0.1)
    over = threading.Event()

    def listen():
        while not over.is_set():
            try:
                came.append(listening.recvfrom(2_000))
            except TimeoutError:
                continue

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield listening.getsockname()[1], came
    over.set()
    thread.join()
    listening.close()


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """Walk a shop that tries to reach a service on this machine; return the bundle and what came there."""
    folder = tmp_path_factory.mktemp("attacked")
    with (
        serve({}) as victim,
        serve({"/": Reply()}, at=SHOP) as shop,
        datagrams() as (udp, came),
    ):
        inside = f"127.0.0.1:{victim.port}"
        text = (
            ATTACKS.replace("VICTIM", inside)
            .replace("PORT", str(victim.port))
            .replace("UDP", str(udp))
            .replace("SHOP", SHOP)
        )
        shop.routes |= {
            "/": page("Toko", f"<h1>Toko</h1>{text}"),
            "/redirect": Reply("", 302, headers={"Location": f"http://{inside}/redirected"}),
            "/link": page("Toko", f"<h1>Toko</h1><a href=http://{inside}/clicked>Bayar nanti</a>"),
        }
        script = folder / "scenario.py"
        start = f"http://shop.test:{shop.port}/"
        script.write_text(scenario_text(start, BODY, "Stage.STOREFRONT, Stage.PRODUCT, Stage.CART"))
        settings = RunSettings.model_validate(
            {
                "out": folder / "out", "dwell_s": 1.0, "step_timeout_s": 8, "deadline_s": 90,
                "public_only": True, "allowed_ranges": [f"{SHOP}/32"],
                "resolve": [
                    {"host": "shop.test", "target": f"{SHOP}:{shop.port}"},
                    {"host": "inside.test", "target": inside},
                ],
            }
        )  # fmt: skip
        outcome = supervise(script, settings)
        yield Bundle(outcome.root), victim, came, shop


def test_nothing_of_this_machine_is_reached(attacked):
    bundle, victim, came, _ = attacked
    assert verify(str(bundle.root)) == []
    assert bundle.run.visits[0].reached, bundle.run.visits[0].detail
    assert victim.asked == []
    assert came == []


ASK = """async port => {
  const peer = new RTCPeerConnection({iceServers: [{urls: `stun:127.0.0.1:${port}`}]});
  peer.createDataChannel("d");
  await peer.setLocalDescription(await peer.createOffer());
  await new Promise(done => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done();
    setTimeout(done, 5000);
  });
}"""


@pytest.mark.parametrize("held", [True, False])
def test_the_switches_keep_webrtc_from_going_past_the_proxy(browser_type, browser_type_launch_args, held):
    args = [each for each in proxy_args(9) if held or "webrtc" not in each]
    own = [*browser_type_launch_args.get("args", []), *args]
    with datagrams() as (udp, came):
        browser = browser_type.launch(**browser_type_launch_args | {"args": own})
        browser.new_page().evaluate(ASK, udp)
        browser.close()
    assert bool(came) != held


def test_each_refusal_is_on_record_with_host_and_range(attacked):
    bundle, victim, _, shop = attacked
    told = {(each.host, each.range) for each in bundle.proxied_connections() if each.decision == "refused"}
    assert {
        ("127.0.0.1", "loopback"),
        ("inside.test", "loopback"),
        ("localhost", "loopback"),
        ("169.254.169.254", "metadata"),
    } <= told
    assert {"::1", "::ffff:7f00:1"} <= {host.strip("[]") for host, _ in told}
    went = {each.address.ip for each in bundle.proxied_connections() if each.decision == "connected"}
    assert went == {SHOP}
    assert proxied_view(bundle).connected >= 1
    assert bundle.run.trust.public_only
    assert bundle.run.trust.allowed_ranges == (f"{SHOP}/32",)
    assert bundle.run.settings["public_only"]
    assert shop.port != victim.port


def test_a_stage_that_ends_at_a_refused_address_says_that_it_was_us(attacked):
    bundle = attacked[0]
    product, cart = bundle.run.visits[1:3]
    assert (product.reached, product.reason) == (False, "address refused")
    assert "Pantau does not let this run reach it: loopback (127.0.0.1)" in product.detail
    assert (cart.reached, cart.reason) == (False, "address refused")


def test_the_ledger_has_the_servers_and_not_the_proxy(attacked):
    bundle, _, _, shop = attacked
    found = ledger.ledger_of(bundle)
    addresses = {(each.address.ip, each.address.port) for each in found.entries if each.address}
    assert addresses == {(SHOP, shop.port)}
    refused = {each.host for each in found.entries if each.refused_range}
    assert {"127.0.0.1", "inside.test", "localhost", "169.254.169.254"} <= refused
    assert not any(each.contacted for each in found.entries if each.refused_range)
    assert {each.host for each in found.entries if each.contacted} == {"shop.test"}
    responses = [each for each in bundle.responses().values() if each.address]
    assert {each.address.ip for each in responses} == {SHOP}


def test_the_browser_looks_up_no_name_itself(attacked):
    assert {each.host for each in ledger.ledger_of(attacked[0]).entries if each.state == "looked-up"} == set()
