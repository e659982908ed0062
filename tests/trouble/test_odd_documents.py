"""Documents that are no HTML, empty themselves, run no script or never let go: kept as far as it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from crawler.model.evidence import TileMap
from tests.trouble.harness import Response, Step, crawl, html

pytestmark = pytest.mark.browser

TEXT = "foreign-brand-text"
NAMED = "<p>Belanja di TikTok Shop</p>"
DRAWING = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='500' height='300'>"
    "<text x='9' y='60' font-size='30'>TikTok Shop</text></svg>"
)
KINDS = {
    "gambar": ("image/svg+xml", DRAWING),
    "xml": ("application/xml", "<?xml version='1.0'?><katalog><nama>TikTok Shop</nama></katalog>"),
    "xhtml": (
        "application/xhtml+xml",
        f"<html xmlns='http://www.w3.org/1999/xhtml'><head><title>Toko</title></head><body>{NAMED}</body></html>",
    ),
    "json": ("application/json", '{"toko": "TikTok Shop"}'),
    "teks": ("text/plain; charset=utf-8", "TikTok Shop"),
}
EMPTIED = {
    "dibuka": "document.open()",
    "dicabut": "document.documentElement.remove()",
    "diganti": "document.documentElement.replaceWith(document.createElement('svg'))",
}
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
TALL = f"{NAMED}<div style='height:3000px'></div><p>Akhir halaman</p>"
LOOPS = {
    "tanya": "while (prompt('Umur?') === null) {}",
    "sibuk": "for (;;) {}",
}
SHOWN = "page.wait_for_timeout(700)"


def answer(request) -> Response | None:
    name = request.path.strip("/")
    if name in KINDS:
        kind, body = KINDS[name]
        return Response(body.encode(), kind)
    if name in EMPTIED:
        return html("Toko", f"{NAMED}<script>setTimeout(() => {EMPTIED[name]}, 250)</script>")
    if name == "kotak":
        return replace(html("Toko", TALL), headers=(("Content-Security-Policy", SANDBOX),))
    if name in LOOPS:
        return html("Toko", f"{NAMED}<script>setTimeout(() => {{ {LOOPS[name]} }}, 250)</script>")
    return html("Toko", f"<h1>Kopi Gayo</h1>{NAMED}") if name.startswith("biasa") else None


def walked(folder, names, *lines):
    """Walk pages in one tab that the scenario holds, an ordinary page after each."""
    pairs = [each for name in names for each in (name, f"biasa-{name}")]
    steps = [Step("product", f"https://kopi.test/{each}", lines, name=each) for each in pairs]
    return crawl(folder, answer, steps)


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    return walked(tmp_path_factory.mktemp("odd"), [*KINDS, *EMPTIED, "kotak"], SHOWN)


def kinds(found, name):
    return {artifact.kind for artifact in found.visit(name).artifacts}


@pytest.mark.parametrize("name", KINDS)
def test_a_document_that_is_no_html_is_pictured_and_its_words_are_read(odd, name):
    assert {"viewport", "fullpage", "text"} <= kinds(odd, name)
    assert odd.findings(TEXT, at=name) or odd.gaps(TEXT, at=name)


@pytest.mark.parametrize("name", EMPTIED)
def test_a_document_that_empties_itself_is_pictured_or_told(odd, name):
    visit = odd.visit(name)
    assert kinds(odd, name) & {"viewport", "stopped-at"}
    assert not visit.reached or odd.gaps(TEXT, at=name) or odd.findings(TEXT, at=name)
    assert visit.reason not in ("timeout", "script error", "element missing")


def test_a_page_that_forbids_every_script_is_pictured_whole(odd):
    visit = odd.visit("kotak")
    assert visit.reached
    assert odd.findings(TEXT, at="kotak")
    assert not [
        failure for failure in visit.failures if failure.collector in ("fullpage", "text", "viewport")
    ]
    tiles = next(artifact.path for artifact in visit.artifacts if artifact.kind == "tiles")
    assert TileMap.model_validate_json((odd.bundle / tiles).read_bytes()).taken[1] > 3_000


@pytest.mark.parametrize("name", [*KINDS, *EMPTIED, "kotak"])
def test_the_tab_that_a_scenario_holds_goes_on(odd, name):
    assert odd.visit(f"biasa-{name}").reached
    assert odd.findings(TEXT, at=f"biasa-{name}")


@pytest.fixture(scope="module")
def loops(tmp_path_factory):
    start = Step("storefront", "https://kopi.test/biasa", name="biasa")
    pairs = [each for name in LOOPS for each in (name, f"biasa-{name}")]
    steps = [start, *(Step("product", f"https://kopi.test/{each}", name=each) for each in pairs)]
    return crawl(tmp_path_factory.mktemp("loops"), answer, steps)


@pytest.mark.parametrize("name", LOOPS)
def test_a_page_that_never_lets_go_costs_a_bounded_time_and_no_other_stage(loops, name):
    visit = loops.visit(name)
    assert not visit.reached or visit.failures or loops.findings(TEXT, at=name)
    begun, ended = (datetime.fromisoformat(moment) for moment in (visit.started, visit.ended))
    assert (ended - begun).total_seconds() < 75
    assert loops.visit(f"biasa-{name}").reached
