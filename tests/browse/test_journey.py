"""Stages: what counts as reached, what is recorded where not, and whose a popup is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from crawler.browse.run.supervisor import Outcome
from crawler.store.bundle import Bundle
from tests.site import Reply, Site, hang, page, serve

pytestmark = pytest.mark.browser

Walk = Callable[..., Outcome]

TWO = """
with journey.stage(Stage.STOREFRONT):
    page.goto(journey.start_url)
with journey.stage(Stage.PRODUCT):
    page.get_by_role("link", name="Produk").click()
    page.get_by_role("heading", name="Produk").wait_for()
"""


def test_two_stages_are_walked_and_sealed(walk: Walk) -> None:
    events: list[dict[str, Any]] = []
    outcome = walk(TWO, on_event=events.append)
    bundle = Bundle(outcome.root)
    run = bundle.run
    assert (run.status, run.ended_by) == ("complete", "journey")
    assert [(visit.kind.value, visit.reached) for visit in run.visits] == [
        ("storefront", True),
        ("product", True),
    ]
    assert run.visits[1].urls[-1].endswith("/product")
    kinds = {artifact.kind for artifact in run.visits[0].artifacts}
    assert {
        "viewport",
        "fullpage",
        "tiles",
        "text",
        "html",
        "frames",
        "forms",
        "storage",
        "transport",
    } <= kinds
    assert run.visits[0].failures == ()
    assert run.failures == ()
    assert run.environment is not None
    assert run.environment.locale == "id-ID"
    assert run.guard is not None
    assert run.guard.enabled
    assert "data/netlog.json.gz" in bundle.paths()
    assert [event["event"] for event in events].count("visit") == 2
    requests = list(bundle.requests())
    assert {entry.visit for entry in requests} == {1, 2}
    assert len({entry.id for entry in requests}) == len(requests)


def test_a_stage_that_raises_is_not_reached_and_the_journey_goes_on(walk: Walk, site: Site) -> None:
    body = """
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url)
        page.get_by_role("button", name="Tidak ada").click(timeout=500)
    with journey.stage(Stage.PRODUCT):
        page.goto(journey.start_url + "product")
    """
    run = walk(body).run
    assert [(visit.reached, visit.reason) for visit in run.visits] == [
        (False, "element missing"),
        (True, None),
    ]
    assert [artifact.kind for artifact in run.visits[0].artifacts] == ["stopped-at"]
    assert "Tidak ada" in run.visits[0].detail
    assert run.status == "complete"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('page.goto("https://no-such-host.invalid/")', "navigation"),
        ('page.goto(journey.start_url + "loop")', "navigation"),
        ('page.goto(journey.start_url + "hang", timeout=1500)', "timeout"),
        ('page.goto("http://127.0.0.1:1/")', "navigation"),
        ('page.goto("chrome://crash")', "page crashed"),
        ("1 / 0", "script error"),
        ("journey.open_invoice()", "no invoice named"),
        ("journey.open_payment()", "no payment page named"),
        ('journey.not_reached("login only")', "element missing"),
        ('page.goto(journey.start_url + "endless")', "timeout"),
    ],
)
def test_why_a_stage_was_not_reached(walk: Walk, line: str, reason: str) -> None:
    body = f"""
    with journey.stage(Stage.STOREFRONT):
        {line}
    with journey.stage(Stage.PRODUCT):
        journey.page.goto(journey.start_url + "product")
    """
    run = walk(body, resolve=[{"host": "no-such-host.invalid", "target": "~NOTFOUND"}]).run
    first, second = run.visits
    assert (first.reached, first.reason) == (False, reason), first.detail
    if (
        "endless" not in line
    ):  # that page keeps its renderer busy for good: the next stage may or may not get out
        assert second.reached, second.detail


def test_a_shop_that_does_not_answer_a_click_is_pictured_and_the_page_stays(walk: Walk) -> None:
    body = """
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url)
        page.evaluate("document.querySelector('a').href = '/hang'")
        page.get_by_role("link", name="Produk").click()
        page.get_by_role("heading", name="Produk").wait_for()
    with journey.stage(Stage.PRODUCT):
        page.goto(journey.start_url + "product")
    """
    first, second = walk(body, step_timeout_s=2).run.visits
    assert (first.reached, first.reason) == (False, "timeout"), first.detail
    assert "/hang" in first.detail
    assert [artifact.kind for artifact in first.artifacts] == ["stopped-at"]
    assert first.pages[0].title == "Toko"
    assert second.reached, second.detail


def test_the_payment_page_that_was_named_is_opened(walk: Walk, site: Site) -> None:
    site.routes["/bayar/1"] = page("Bayar", "<h1>Pembayaran</h1><h2>Metode pembayaran</h2>")
    body = """
    with journey.stage(Stage.PAYMENT):
        journey.open_payment()
    """
    run = walk(body, stages="Stage.PAYMENT", payment_url=site.url("/bayar/1")).run
    assert run.visits[0].reached
    assert run.visits[0].urls[-1].endswith("/bayar/1")
    assert run.settings["payment_url"].endswith("/bayar/1")


FIVE = """
with journey.stage(Stage.STOREFRONT):
    page.goto(journey.start_url + "product")
with journey.stage(Stage.PRODUCT):
    page.goto("{dead}")
with journey.stage(Stage.CART):
    page.get_by_role("link", name="Keranjang").click()
with journey.stage(Stage.CHECKOUT):
    page.goto("{dead}checkout")
    page.get_by_role("button", name="Lanjut").click()
with journey.stage(Stage.INFO):
    page.goto(journey.start_url)
    page.get_by_role("link", name="Produk").wait_for()
"""


def test_a_dead_site_costs_its_stages_a_moment_and_the_rest_of_the_journey_nothing(walk: Walk) -> None:
    body = FIVE.format(dead="https://mati.test/")
    nowhere = [{"host": "mati.test", "target": "~NOTFOUND"}]
    first, *dead, last = walk(body, resolve=nowhere, step_timeout_s=20).run.visits
    assert first.reached
    assert [visit.reason for visit in dead] == ["navigation"] * 3
    assert all("mati.test" in visit.detail for visit in dead), [visit.detail for visit in dead]
    assert last.reached, last.detail
    began, ended = (datetime.fromisoformat(str(at)) for at in (dead[1].started, dead[1].ended))
    assert (ended - began).total_seconds() < 15


def test_a_host_that_never_answers_is_asked_for_one_step_only(walk: Walk, site: Site) -> None:
    with serve({"/": hang, "/checkout": hang}) as silent:
        body = FIVE.format(dead=silent.url("/", host="localhost"))
        first, *dead, last = walk(body, step_timeout_s=3).run.visits
        assert silent.asked == ["GET /"]
    assert first.reached
    assert [visit.reached for visit in dead] == [False] * 3
    assert (dead[0].reason, dead[2].reason) == ("timeout", "navigation")
    assert "localhost" in dead[2].detail
    assert last.reached, last.detail


def test_a_file_in_place_of_a_page_and_a_page_that_closed_itself_are_told_as_that(
    walk: Walk, site: Site
) -> None:
    offered = {"Content-Disposition": "attachment; filename=faktur.pdf"}
    site.routes["/faktur"] = Reply("%PDF-1.4", content_type="application/pdf", headers=offered)
    body = """
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url + "faktur")
    with journey.stage(Stage.PRODUCT):
        page.goto(journey.start_url)
        page.close()
        page.get_by_role("link", name="Produk").click()
    """
    first, second = walk(body).run.visits
    assert (first.reason, second.reason) == ("download", "page closed")


def test_a_wall_that_a_stage_waits_at_is_told_as_a_wall(walk: Walk, site: Site) -> None:
    site.routes["/p"] = page("toko", "<p>Memverifikasi bahwa Anda manusia. Tunggu beberapa detik.</p>")
    body = """
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url + "p")
        page.get_by_role("heading", name="Kopi").wait_for(timeout=500)
    """
    visit = walk(body).run.visits[0]
    assert (visit.reached, visit.reason) == (False, "challenge"), visit.detail


def test_a_driver_that_dies_is_no_error_of_the_scenario(walk: Walk) -> None:
    body = """
    import os, psutil, signal
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url)
    with journey.stage(Stage.PRODUCT):
        for process in psutil.Process(os.getpid()).children():
            if "run-driver" in process.cmdline():
                process.kill()
        page.goto(journey.start_url + "product")
    """
    run = walk(body).run
    assert run.visits[0].reached
    assert run.ended_by == "driver died"
    assert run.visits[1].reason == "driver died"


def test_stages_that_were_declared_and_never_opened_are_listed(walk: Walk) -> None:
    run = walk(TWO, stages="Stage.STOREFRONT, Stage.PRODUCT, Stage.CART, Stage.INFO, Stage.INFO").run
    assert [(visit.ordinal, visit.kind.value, visit.reason) for visit in run.visits[2:]] == [
        (3, "cart", "not opened"),
        (4, "info", "not opened"),
        (5, "info", "not opened"),
    ]


def test_a_script_that_raises_outside_a_stage_ends_the_run_as_incomplete(walk: Walk) -> None:
    run = walk(TWO + "\nraise RuntimeError('oh')\n").run
    assert (run.status, run.ended_by) == ("incomplete", "script error")
    assert "RuntimeError: oh" in run.detail
    assert "line 11" in run.detail
    assert all(visit.reached for visit in run.visits)


def test_a_popup_belongs_to_the_stage_that_opened_it(walk: Walk) -> None:
    body = """
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url + "popup")
        with page.expect_popup() as popup:
            page.get_by_role("link", name="Buka").click()
        popup.value.get_by_role("heading").wait_for()
    with journey.stage(Stage.PRODUCT):
        page.goto(journey.start_url)
    """
    bundle = Bundle(walk(body).root)
    first, second = bundle.run.visits
    assert [entry.page for entry in first.pages] == [1, 2]
    assert first.pages[1].url.endswith("/product")
    assert {artifact.page for artifact in first.artifacts} == {1, 2}
    assert {artifact.page for artifact in second.artifacts} == {1}
    popup = [entry for entry in bundle.requests() if entry.url.endswith("/product")]
    assert popup[0].visit == 1


def test_the_journey_may_go_on_in_a_popup(walk: Walk) -> None:
    body = """
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url + "popup")
        with page.expect_popup() as popup:
            page.get_by_role("link", name="Buka").click()
        popup.value.get_by_role("heading").wait_for()
        journey.page = popup.value
    with journey.stage(Stage.PRODUCT):
        journey.page.get_by_role("button", name="Beli").click()
    """
    run = walk(body).run
    assert run.visits[1].reached
    assert run.visits[1].pages[0].url.endswith("/product")


def test_a_hostile_title_is_text_and_no_path(walk: Walk) -> None:
    body = """
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url + "title")
    """
    outcome = walk(body)
    assert outcome.run.visits[0].pages[0].title == "../../x <script>"
    assert Bundle(outcome.root).run.visits[0].reached


def test_a_commit_click_is_stopped_and_the_stage_not_reached(walk: Walk, site: Site) -> None:
    site.routes["/pay"] = page(
        "Bayar", "<form method=post action=/order><button>Bayar Sekarang</button></form>"
    )
    site.routes["/order"] = Reply("ordered")
    body = """
    with journey.stage(Stage.PAYMENT):
        page.goto(journey.start_url + "pay")
        page.get_by_role("button", name="Bayar Sekarang").click()
    """
    run = walk(body, stages="Stage.PAYMENT").run
    assert (run.visits[0].reached, run.visits[0].reason) == (False, "guard")
    assert site.count("POST /order") == 0
    assert run.guard is not None
    assert [refusal.control for refusal in run.guard.refusals] == ["Bayar Sekarang"]


def test_a_stage_is_stopped_by_the_guard_only_where_nothing_else_stopped_it(walk: Walk, site: Site) -> None:
    """The refused request stands in the detail each time."""
    send = "fetch('/entah/taruh', {method: 'POST', body: 'satu=dua'})"
    shop = "<h1>Keranjang</h1><p>Kopi Gayo Rp 50.000</p><button>Hapus</button><button>Hapus</button>"
    check = "<h1>Checking your browser before accessing the site</h1><p>Verify you are human. Ray ID: 8f1</p>"
    site.routes |= {
        "/beacon": page("Keranjang", shop + "<script>navigator.sendBeacon('/entah/catat', 'x')</script>"),
        "/fetch": page("Keranjang", f"{shop}<script>{send}</script>"),
        "/check": page("Just a moment...", f"{check}<script>{send}</script>"),
        "/closed": Reply(f"<h1>Galat</h1><script>{send}</script>", status=503),
        "/blank": page("Toko", f"<div id=root></div><script>{send}</script>"),
    }
    missing = 'page.locator("#tidak-ada").click(timeout=1_500)'
    steps = {
        "beacon": missing,
        "fetch": missing,
        "check": missing,
        "closed": missing,
        "blank": missing,
        "fetch?two": 'page.locator("button").click(timeout=5_000)',
        "fetch?key": 'page.wait_for_timeout(300); {}["harga"]',
    }
    body = "".join(
        f'\nwith journey.stage(Stage.CART):\n    page.goto(journey.start_url + "{at}"); {step}'
        for at, step in steps.items()
    )
    run = walk(body, stages=", ".join(["Stage.CART"] * len(steps))).run
    told = {at: visit.reason for at, visit in zip(steps, run.visits, strict=True)}
    assert told == {
        "beacon": "element missing",
        "fetch": "guard",
        "check": "challenge",
        "closed": "error page",
        "blank": "guard",
        "fetch?two": "element missing",
        "fetch?key": "script error",
    }
    assert all("journey.allow(" in visit.detail for visit in run.visits)


def test_secrets_come_from_the_environment_and_leave_as_hashes(
    walk: Walk, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_SECRET_PIN", "rahasia-sekali-123")
    body = """
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url + "?q=" + journey.secret("pin"))
    """
    outcome = walk(body)
    assert any("rahasia-sekali-123" in entry for entry in site.asked)
    for path in outcome.root.rglob("*"):
        if path.is_file():
            assert b"rahasia-sekali-123" not in path.read_bytes(), path


def test_traffic_after_the_capture_is_heard_during_the_dwell(walk: Walk, site: Site) -> None:
    script = "<script>onload=()=>setTimeout(()=>fetch('/late'),1500)</script>"
    site.routes["/dwell"] = page("D", f"<h1>D</h1>{script}")
    site.routes["/late"] = Reply("late")
    body = """
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url + "dwell")
    """
    bundle = Bundle(walk(body, dwell_s=3.0).root)
    assert [entry.visit for entry in bundle.requests() if entry.url.endswith("/late")] == [1]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply("<h1>Ups</h1>", 500), "error page"),
        (Reply("<h1>Tidak ada</h1>", 404), "error page"),
        (page("Just a moment...", "<h1>Toko</h1>"), "challenge"),
        (page("Masuk ke akun Anda", "<h1>Toko</h1>"), "login wall"),
    ],
)
def test_a_page_that_stands_in_the_way_is_captured_and_no_stage(
    walk: Walk, site: Site, reply: Reply, reason: str
) -> None:
    site.routes["/"] = reply
    body = """
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url)
    """
    visit = walk(body).run.visits[0]
    assert (visit.reached, visit.reason) == (False, reason)
    assert "viewport" in {artifact.kind for artifact in visit.artifacts}


def test_a_stage_that_opens_nothing_is_not_reached(walk: Walk) -> None:
    visit = walk("with journey.stage(Stage.STOREFRONT):\n    pass\n").run.visits[0]
    assert (visit.reached, visit.reason) == (False, "navigation")


def test_a_popup_that_closed_is_on_record_as_not_seen(walk: Walk, site: Site) -> None:
    script = "const w=window.open('/product');setTimeout(()=>w.close(),700)"
    site.routes["/closing"] = page("C", f'<button onclick="{script}">Buka</button>')
    body = """
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url + "closing")
        page.get_by_role("button", name="Buka").click()
        page.wait_for_timeout(1500)
    """
    visit = walk(body).run.visits[0]
    assert [entry.url.rpartition("/")[2] for entry in visit.pages] == ["closing", "product"]
    assert [(failure.page, failure.error) for failure in visit.failures] == [(2, "PageClosed")]


def test_more_pages_than_are_looked_at_are_on_record(walk: Walk) -> None:
    body = """
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url)
        for _ in range(9):
            page.context.new_page().goto(journey.start_url + "product")
    """
    visit = walk(body).run.visits[0]
    assert len(visit.pages) == 10
    assert {failure.error for failure in visit.failures} == {"TooManyPages"}
    assert len({failure.page for failure in visit.failures}) == 2


def test_traffic_before_the_first_stage_counts_to_it(walk: Walk) -> None:
    body = """
    page.goto(journey.start_url + "product")
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url)
    """
    bundle = Bundle(walk(body).root)
    assert {entry.visit for entry in bundle.requests()} == {1}


def test_no_secret_stays_in_title_detail_or_settings(walk: Walk, site: Site) -> None:
    site.routes["/"] = page("Toko token=rahasia-12345678", "<h1>Toko</h1>")
    body = """
    with journey.stage(Stage.STOREFRONT):
        page.goto(journey.start_url)
    with journey.stage(Stage.PRODUCT):
        page.goto("http://127.0.0.1:1/?token=rahasia-12345678")
    """
    named = {"invoice_url": site.url("/invoice?token=rahasia-12345678")}
    named |= {"payment_url": site.url("/pay?token=rahasia-12345678")}
    outcome = walk(body, **named)
    assert outcome.run.visits[1].detail
    for path in (
        "data/run.json",
        "data/stages/01-storefront/visit.json",
        "data/stages/02-product/visit.json",
    ):
        assert b"rahasia-12345678" not in (outcome.root / path).read_bytes(), path


def test_an_order_that_was_sent_is_counted(tmp_path: Any) -> None:
    from crawler.browse.run.record import _orders_sent
    from crawler.store.layout import REQUESTS
    from crawler.store.writer import BundleWriter
    from tests.store.test_bundle import request

    writer = BundleWriter.create(tmp_path, "shop", "run")
    order = {"method": "POST", "type": "fetch", "url": "https://shop.test/api/v1/order/create"}
    writer.append(REQUESTS, request(1))
    writer.append(REQUESTS, request(2).model_copy(update=order))
    writer.append(REQUESTS, request(3).model_copy(update={**order, "state": "refused"}))
    assert _orders_sent(writer) == 1
