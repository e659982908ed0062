"""Pages that go on to another document, replace their view, refresh themselves or never rest."""

import json

import pytest

from tests.trouble.harness import NAMING, Response, Step, crawl, html

pytestmark = pytest.mark.browser

TEXT = "foreign-brand-text"
NAMED = "<h1>Belanja hemat di TikTok Shop</h1><p>Semua produk pilihan kami, dikirim dari gudang terdekat.</p>"
CLEAN = "<h1>Beras Pandan Wangi 5 kg</h1><p>Dikirim dari Cianjur, sampai dalam tiga hari kerja.</p>"
LONG = "<div style='height:6000px'></div>"
# The pass over the page for its lazy parts scrolls it: what goes on then goes on in the middle of a capture.
ON_SCROLL = "<script>addEventListener('scroll', () => {{ {} }}, {{ once: true }})</script>"


def going_on(how: str) -> str:
    return NAMED + LONG + ON_SCROLL.format(how)


def form(path: str) -> str:
    return f"<form id=f method=post action={path}><input type=hidden name=halaman value=2></form>"


VIEW = "document.body.innerHTML = " + json.dumps(CLEAN)
PAGES = {
    # another document, each by its own way
    "/lokasi": going_on("location = '/bersih'"),
    "/ganti": going_on("location.replace('/bersih')"),
    "/formulir": going_on("f.submit()") + form("/bersih"),
    "/jangkar": going_on("a.click()") + "<a id=a href=/bersih>lanjut</a>",
    "/meta": going_on("m.httpEquiv = 'refresh'; m.content = '0;url=/bersih'; document.head.append(m)")
    + "<script>const m = document.createElement('meta')</script>",
    # the same address, another document
    "/ulang": "<script>if (sessionStorage.lagi) document.documentElement.innerHTML = "
    + json.dumps(f"<body>{CLEAN}</body>")
    + "; else sessionStorage.lagi = 1</script>"
    + going_on("location.reload()"),
    # the same document, another view
    "/rute": going_on("history.pushState({}, '', '/rute/2'); " + VIEW),
    "/tulis": going_on(f"document.open(); document.write({json.dumps(CLEAN)}); document.close()"),
    "/bersih": CLEAN,
}
DOCUMENTS = ("/lokasi", "/ganti", "/formulir", "/jangkar", "/meta")
VIEWS = ("/rute", "/tulis")


def answer(request) -> Response | None:
    body = PAGES.get(request.path)
    return html("Toko Beras", body) if body else None


def name(path: str) -> str:
    return path.strip("/")


@pytest.fixture(scope="module")
def gone_on(tmp_path_factory):
    steps = [Step("product", f"https://beras.test{path}", name=name(path)) for path in PAGES]
    return crawl(tmp_path_factory.mktemp("documents"), answer, steps)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_what_was_seen_of_the_first_document_is_judged_and_the_rest_of_it_is_a_gap(gone_on, path):
    visit = gone_on.visit(name(path))
    assert [page.url.rpartition("/")[2] for page in visit.pages] == [name(path), "bersih"]
    assert visit.pages[1].follows == 1
    assert gone_on.findings(TEXT, at=name(path))
    for rule in NAMING:
        assert gone_on.gaps(rule, at=name(path)), rule
    kinds = {artifact.kind for artifact in visit.artifacts if artifact.page == 2}
    assert {"viewport", "tiles", "text", "html", "forms", "storage"} <= kinds


def test_a_reload_is_another_document_at_the_same_address(gone_on):
    visit = gone_on.visit("ulang")
    assert [page.url for page in visit.pages] == ["https://beras.test/ulang"] * 2
    assert gone_on.findings(TEXT, at="ulang")
    assert gone_on.gaps(TEXT, at="ulang")


@pytest.mark.parametrize("path", VIEWS)
def test_another_view_of_the_same_document_is_the_same_page_and_both_are_read(gone_on, path):
    visit = gone_on.visit(name(path))
    assert len(visit.pages) == 1
    assert gone_on.findings(TEXT, at=name(path))
    assert not gone_on.gaps(*NAMING, at=name(path))


def test_a_route_change_is_a_new_address_of_the_same_document(gone_on):
    visit = gone_on.visit("rute")
    assert visit.urls == ("https://beras.test/rute", "https://beras.test/rute/2")
    assert visit.pages[0].addresses == ("https://beras.test/rute/2",)


def test_the_page_after_them_is_judged_alone(gone_on):
    assert gone_on.visit("bersih").reached
    assert not gone_on.findings(*NAMING, at="bersih")
    assert not gone_on.gaps(*NAMING, at="bersih")


MOVING = (
    "<h1>Toko Ramai</h1><p id=jam>00:00:00</p><p>Harga <b id=harga>Rp10.000</b></p><div id=geser></div>"
    + "".join(f"<p>Produk nomor {number} dari pemasok tepercaya</p>" for number in range(30))
    + "<script>let n = 0; const iklan = ['Gratis ongkir minggu ini', 'Cicilan tanpa bunga', 'Diskon akhir'];"
    "setInterval(() => { n += 1; jam.textContent = new Date().toISOString();"
    "harga.textContent = 'Rp' + n * 7;"
    "geser.innerHTML = `<h2 style='margin-left:${n % 90}px'>${iklan[n % 3]}</h2>`;"
    "history.replaceState({}, '', '?posisi=' + n % 5) }, 120)</script>"
)
POLLS = (
    "<h1>Menunggu pembayaran</h1><p>Laman ini memuat ulang sendiri.</p>"
    "<script>setTimeout(() => location.reload(), 3000)</script>"
)
RESTLESS = (
    CLEAN
    + LONG
    + "<script>history.scrollRestoration = 'manual'</script>"
    + ON_SCROLL.format("location.reload()")
)
SPA = {
    "/": MOVING,
    "/polls": POLLS,
    "/tak-henti": RESTLESS,
    "/popup": "<h1>Toko</h1><a id=buka href=/bersih target=_blank>Buka kasir</a>",
    "/bersih": CLEAN,
    "/tutup": "<h1>Selesai</h1>",
}


@pytest.fixture(scope="module")
def restless(tmp_path_factory):
    steps = [
        Step("storefront", "https://ramai.test/", name="moving"),
        Step("product", "https://ramai.test/polls", name="polls"),
        Step("product", "https://ramai.test/tak-henti", name="restless"),
        Step(
            "product",
            "https://ramai.test/popup",
            name="popup",
            walk=(
                "with page.expect_popup() as opened: page.click('#buka')",
                "opened.value.wait_for_load_state()",
                "journey.page = opened.value",
            ),
        ),
        Step(
            "cart",
            name="closed",
            walk=("journey.page.close()", "journey.page.goto('https://ramai.test/tutup')"),
        ),
    ]

    def answer(request) -> Response | None:
        body = SPA.get(request.path)
        return html("Toko Ramai", body) if body else None

    return crawl(tmp_path_factory.mktemp("restless"), answer, steps, dwell_s=3.5)


def test_what_moves_on_every_shop_is_no_gap_and_taken_once(restless):
    visit = restless.visit("moving")
    assert len(visit.pages) == 1
    assert not restless.gaps(*NAMING, at="moving")
    assert not restless.findings(*NAMING, at="moving")


def test_a_page_that_refreshes_itself_while_we_listen_leaves_whole_pages(restless):
    visit = restless.visit("polls")
    assert visit.reached
    assert 2 <= len(visit.pages) <= 4
    assert {page.url for page in visit.pages} == {"https://ramai.test/polls"}


def test_a_page_that_never_rests_is_bounded_and_told(restless):
    visit = restless.visit("restless")
    assert len(visit.pages) == 4
    errors = {failure.page: failure.error for failure in visit.failures if failure.error == "DocumentChanged"}
    assert set(errors) == {1, 2, 3, 4}
    assert restless.gaps(TEXT, at="restless")


def test_addresses_follow_the_popup_that_the_journey_goes_on_in(restless):
    visit = restless.visit("popup")
    assert visit.urls[-1] == "https://ramai.test/bersih"
    assert {page.page: page.url for page in visit.pages} == {
        1: "https://ramai.test/popup",
        2: "https://ramai.test/bersih",
    }
    assert not restless.gaps(TEXT, at="popup")


def test_a_page_after_a_closed_one_is_the_first_of_its_visit(restless):
    visit = restless.visit("closed")
    assert [(page.page, page.url) for page in visit.pages] == [(1, "https://ramai.test/tutup")]
    assert not restless.gaps(TEXT, at="closed")
