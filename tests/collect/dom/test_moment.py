"""What a page is at a moment, and whether two moments are the same."""

import pytest

from crawler.collect.dom import moment
from crawler.collect.dom.moment import PlacedText, gone, same
from tests.site import page

PAGE = [
    PlacedText("Toko Kopi Gayo", 10),
    PlacedText("Rp45.000", 60),
    PlacedText("Kirim ke Bandung hari ini juga", 90),
]


def test_prices_and_clocks_may_change():
    later = [PAGE[0], PlacedText("Rp39.500", 60), PAGE[2]]
    assert same(PAGE, later)
    assert list(gone(PAGE, [run.text for run in later])) == []


def test_a_small_part_may_change():
    slides = [PlacedText("Gratis", 10), *(PlacedText(f"Produk pilihan {name}", 50) for name in "abcdefg")]
    assert same(slides, [PlacedText("Diskon", 10), *slides[1:]])


@pytest.mark.parametrize(
    "later",
    [[PlacedText("Memuat", 10)], [PlacedText(run.text, run.top + 40) for run in PAGE], []],
    ids=["another view", "moved", "empty"],
)
def test_another_view_or_place_is_another_moment(later):
    assert not same(PAGE, later)


def test_a_page_without_words_is_the_same_as_itself():
    assert same([], [])


def test_more_of_the_same_below_is_the_same():
    assert same(PAGE, [*PAGE, PlacedText("Ulasan pembeli", 400)])


def test_what_is_gone_is_told_once_and_split_words_are_still_there():
    before = [
        PlacedText("Tik Tok  Shop", 0),
        PlacedText("Keranjang belanja", 20),
        PlacedText("Keranjang belanja", 40),
    ]
    assert list(gone(before, ["Tik", "Tok ", "Shop"])) == ["Keranjang belanja"]


def test_hidden_text_is_still_there():
    assert list(gone([PlacedText("Slide dua", 0)], ["Slide satu", "Slide dua", "Slide tiga"])) == []


@pytest.mark.browser
def test_what_stands_on_a_page_is_read_by_block_and_hidden_text_left_out(lab, site):
    body = (
        "<p>Tik<b>Tok</b> Shop</p><p style='display:none'>rahasia</p><p>satu<span hidden>x</span>dua</p>"
        "<div id=bayang></div><script>bayang.attachShadow({mode: 'open'}).innerHTML = '<p>dalam</p>'</script>"
    )
    site.routes["/"] = page("Toko", body)
    lab.open(site.url())
    assert [run.text for run in moment.view_of(lab.target())] == ["TikTok Shop", "satu", "dua", "dalam"]


@pytest.mark.browser
def test_a_reload_is_another_document_and_a_route_change_is_not(lab, site):
    site.routes["/"] = page("Toko", "isi")
    lab.open(site.url())
    cdp = lab.target().cdp
    first = moment.document_of(cdp)
    lab.page.evaluate("history.pushState({}, '', '/lain')")
    assert moment.document_of(cdp) == first
    lab.open(site.url())
    assert moment.document_of(cdp) != first
