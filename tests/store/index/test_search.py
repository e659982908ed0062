"""Words found in findings and pages; what is asked is words and nothing else."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.errors import IndexUnavailable
from crawler.store import index
from crawler.store.index.search import search
from tests.bundles import a_visit, make_bundle


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    visits = [
        a_visit("cart", text=["Keranjang belanja Anda"]),
        a_visit("payment", text=["Bayar dengan café"]),
    ]
    bundle = make_bundle(folder, visits)
    place = bundle.root.parent.parent
    index.update(place)
    return place


def stages(out, words):
    return [hit.stage for hit in search(out, words)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("keranjang", ["cart"]),
        ("KERANJANG anda", ["cart"]),
        ("cafe", ["payment"]),
        ('"belanja anda"', ["cart"]),
        ('"anda belanja"', []),
        ("keranjang bayar", []),
        ("tidak", []),
        ("", []),
    ],
)
def test_all_words_in_any_case_and_phrases_in_quotes(out, words, found):
    assert stages(out, words) == found


@pytest.mark.parametrize(
    "words", ["keranjang OR bayar", "NEAR(keranjang)", "key:anda", "*", '"', "keranjang*"]
)
def test_operators_are_words(out, words):
    assert stages(out, words) in ([], ["cart"])


def test_what_was_found_is_marked(out):
    (hit,) = search(out, "belanja", marks=("<", ">"))
    assert "<belanja>" in hit.excerpt


def test_without_an_index_it_says_so(tmp_path):
    with pytest.raises(IndexUnavailable):
        search(tmp_path, "x")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=30))
def test_any_words_can_be_asked(out, words):
    search(out, words)
