"""Pages that stand in the way, and pages that only sound like it, in whole crawls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browse.stops.wall_pages import PAGES, stage, table, wanted
from tests.trouble.harness import Request, Response, Step, crawl, html

if TYPE_CHECKING:
    from pathlib import Path

SHOP = "https://toko.test"
ENTRIES = {entry["page"]: entry for entry in table(PAGES)}
CHECKED = [
    "Cloudflare challenge in Indonesian with neutral title and 200",
    "neutral block notice in Indonesian",
    "waiting room in Indonesian",
    "maintenance in Indonesian",
    "JSON body",
    "plain login",
    "nothing",
    "contact form with Turnstile",
    "shirt with CAPTCHA",
    "goods received",
    "virtual account number alone",
    "checkout with a box to log in and a way without",
]
BLOCKED = html(
    "toko.test", "<p>Kunjungan ini kami batasi. Akses Anda ditolak.</p><p>Kode referensi: 81-2</p>"
)
JOURNEY = ("storefront", "product", "cart", "checkout", "payment")


def answer(request: Request) -> Response | None:
    """Serve the table's pages by their place in it, and pages that change while one looks."""
    if request.path.startswith("/t/"):
        entry = ENTRIES[CHECKED[int(request.path.rpartition("/")[2])]]
        return html(
            entry.get("title", ""), entry["body"], entry.get("head", ""), status=entry.get("status", 200)
        )
    return LATE.get(request.path)


def after(ms: int, change: str) -> str:
    """Return a script that changes the page so many milliseconds after it is loaded."""
    return f"<script>onload = () => setTimeout(() => {{ {change} }}, {ms})</script>"


WALL = "<p>Kami perlu memastikan Anda bukan robot</p><p>Geser untuk verifikasi</p>"
OVER = (
    "const d = document.createElement('div'); d.style = 'position:fixed;inset:0;background:#fff';"
    f"d.innerHTML = '{WALL}'; document.body.append(d)"
)
LATE = {
    "/turns": html("Toko", "<p>Memuat...</p>" + after(2_500, f"document.body.innerHTML = '{WALL}'")),
    "/hidden": html(
        "Kopi", "<h1>Kopi Gayo</h1><p>Rp45.000</p><button>+ Keranjang</button>" + after(2_500, OVER)
    ),
    "/opener": html("Toko", "<h1>Pembayaran</h1><p>Total Rp45.000</p><a href=/wall target=_blank>Lanjut</a>"),
    "/wall": html("Bayar", WALL),
}


def test_walls_and_innocents_are_told_apart_in_a_crawl(tmp_path: Path) -> None:
    steps = [
        Step(stage(ENTRIES[name]).value, f"{SHOP}/t/{place}", name=name) for place, name in enumerate(CHECKED)
    ]
    found = crawl(tmp_path, answer, steps)
    got = {name: (found.visit(name).reached, found.visit(name).reason) for name in CHECKED}
    right = {name: (wanted(ENTRIES[name]) == {None}, *wanted(ENTRIES[name])) for name in CHECKED}
    assert got == right


def test_walls_that_come_late_or_in_another_window_leave_nothing_to_pass(tmp_path: Path) -> None:
    popup = ("with page.expect_popup() as opened: page.get_by_role('link', name='Lanjut').click()",)
    steps = [
        Step("product", f"{SHOP}/turns", name="turns"),
        Step("product", f"{SHOP}/hidden", name="hidden"),
        Step("payment", f"{SHOP}/opener", popup, name="popup"),
    ]
    found = crawl(tmp_path, answer, steps, dwell_s=4.0)
    assert (found.visit("turns").reached, found.visit("turns").reason) == (False, "challenge")
    assert found.visit("hidden").reached
    assert found.visit("popup").reached
    for name in ("hidden", "popup"):
        assert "gap.wall" in {gap.message.id for gap in found.gaps(at=name)}, name
    assert found.verdicts["payment"] != "pass"


def test_a_journey_of_block_pages_passes_nothing_and_says_why(tmp_path: Path) -> None:
    steps = [Step(kind, f"{SHOP}/{kind}") for kind in JOURNEY]
    found = crawl(tmp_path, lambda _: BLOCKED, steps)
    assert {visit.reason for visit in found.run.visits} == {"challenge"}
    assert all("ditolak" in visit.detail for visit in found.run.visits)
    assert set(found.verdicts.values()) <= {"not_testable", "not_applicable"}  # 0 of 0 are judged
    assert found.exit_code == 4
