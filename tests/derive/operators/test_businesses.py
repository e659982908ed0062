"""The three businesses are told apart by place, host and title, and contradictions are shown."""

from __future__ import annotations

from datetime import date

import pytest

from crawler.derive.operators import businesses
from crawler.derive.operators.operator import Operators
from crawler.lib import words
from crawler.model.policy import load_brands
from crawler.model.scenario import Stage
from tests.bundles import a_visit, make_bundle

DAY = date(2024, 3, 12)
OPERATORS = Operators.on(DAY)


def standing(tmp_path, stage, url, title=""):
    bundle = make_bundle(tmp_path, visits=[a_visit(stage, url=url, title=title)])
    return businesses.of_visit(bundle.run.visits[0], OPERATORS.operator_of, load_brands(), DAY)


@pytest.mark.parametrize(
    ("stage", "url", "business"),
    [
        ("entry", "https://www.tiktok.com/", "social"),
        ("entry", "https://tidak-dikenal.test/", "social"),
        ("entry", "https://www.tokopedia.com/", "social-commerce"),
        ("entry", "https://shop.tiktok.com/", "social-commerce"),
        ("storefront", "https://www.tokopedia.com/", "social-commerce"),
        ("product", "https://shop-id.tokopedia.com/pdp/1", "social-commerce"),
        ("checkout", "https://www.tokopedia.com/cart/shipment", "e-commerce"),
        ("payment", "https://fp-sg.pipopay.com/pay", "e-commerce"),
    ],
)
def test_a_visit_belongs_by_its_place_unless_an_entry_is_not_the_medium_s(tmp_path, stage, url, business):
    assert standing(tmp_path, stage, url).business == business


def test_a_shop_on_the_social_medium_s_host_contradicts_and_stays_a_shop(tmp_path):
    found = standing(tmp_path, "storefront", "https://www.tiktok.com/shop")
    assert (found.business, found.by_host, found.contradicts) == ("social-commerce", "social", True)


@pytest.mark.parametrize(
    ("title", "business"),
    [
        ("Jual kopi | Shop Tokopedia", "social-commerce"),
        ("TikTok - Untuk Anda", "social"),
        ("Checkout Tokopedia", "e-commerce"),
        ("Jual kopi", None),
    ],
)
def test_a_title_says_whose_page_it_is(tmp_path, title, business):
    assert standing(tmp_path, "storefront", "https://www.tokopedia.com/", title).by_title == business


@pytest.mark.parametrize(
    ("host", "business"),
    [
        ("www.tiktok.com", "social"),
        ("analytics.tiktok.com", "social"),
        ("shop-id.tokopedia.com", "social-commerce"),
        ("pay.tokopediax.com", "social-commerce"),
        ("gql.tokopedia.com", "e-commerce"),
        ("app.midtrans.com", "e-commerce"),
        ("klikpay.klikbca.com", None),
        ("www.google-analytics.com", None),
    ],
)
def test_a_host_belongs_by_who_runs_it_and_its_part(host, business):
    assert businesses.of_host(OPERATORS.operator_of(host)) == business


def test_every_stage_has_its_place():
    assert set(words.load("businesses")["place"]) == {stage.value for stage in Stage}
