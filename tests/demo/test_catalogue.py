"""Goods on sale."""

from hypothesis import given
from hypothesis import strategies as st

from crawler.demo import catalogue, photos


def test_there_are_enough_goods_each_with_a_known_shelf_and_shape():
    shelves = {shelf.id for shelf in catalogue.categories()}
    assert len(catalogue.products()) >= 24
    assert len({item.id for item in catalogue.products()}) == len(catalogue.products())
    assert {item.category for item in catalogue.products()} == shelves
    assert {item.shape for item in catalogue.products()} <= set(photos.silhouettes())


def test_a_search_finds_by_name_merchant_and_shelf():
    assert {item.id for item in catalogue.find_products("KOPI temanggung")} == {102}
    assert len(catalogue.find_products("kopi")) == 8
    assert [item.merchant for item in catalogue.find_products("griya laweyan")] == ["Griya Laweyan"]
    assert len(catalogue.find_products("")) == len(catalogue.products())
    assert catalogue.find_products("kapal selam") == []


def test_the_price_before_is_higher_only_with_a_discount():
    for item in catalogue.products():
        assert (item.price_before > item.price) == (item.discount_percent > 0)


@given(st.integers(min_value=0, max_value=10**10))
def test_rupiah_reads_back(amount):
    printed = catalogue.rupiah(amount)
    assert int(printed.removeprefix("Rp").replace(".", "")) == amount
    assert all(len(group) == 3 for group in printed.removeprefix("Rp").split(".")[1:])
