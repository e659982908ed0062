"""One reading of a bundle, whoever asks."""

from datetime import date

from crawler.derive.reading import reading_of
from tests.bundles import a_request, a_visit, make_bundle

DAY = date(2024, 3, 12)


def test_a_bundle_is_read_once(tmp_path):
    bundle = make_bundle(tmp_path, [a_visit("cart")], [a_request("https://www.tokopedia.com/cart")])
    reading = reading_of(bundle)
    assert reading is reading_of(bundle)
    assert reading.ledger is reading.ledger
    assert reading.text(bundle.run.visits[0].artifact("text").path) is reading.text(
        bundle.run.visits[0].artifact("text").path
    )
    assert reading.claims(DAY) is reading.claims(DAY)
    assert reading.operators(DAY) is reading.operators(DAY)


def test_who_runs_a_host_is_asked_for_a_day(tmp_path):
    reading = reading_of(make_bundle(tmp_path, [a_visit("cart")]))
    assert reading.operator("www.tokopedia.com", DAY).operator == "tokopedia_goto"


def test_a_page_without_a_picture_of_all_of_it_has_no_size(tmp_path):
    bundle = make_bundle(tmp_path, [a_visit("cart", without=["tiles"])])
    assert reading_of(bundle).page_size(bundle.run.visits[0], 1) is None


def test_the_body_of_a_request_without_one_is_empty(tmp_path):
    bundle = make_bundle(
        tmp_path, [a_visit("cart")], [a_request("https://a.test/", body="a=1", method="POST")]
    )
    reading = reading_of(bundle)
    assert reading.body(reading.requests[0]) == b"a=1"
    nothing = reading.requests[0].body.model_copy(update={"sha256_stored": None})
    assert reading.body(reading.requests[0].model_copy(update={"body": nothing})) == b""
